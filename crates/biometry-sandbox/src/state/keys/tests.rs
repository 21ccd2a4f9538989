use std::time::UNIX_EPOCH;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;

use super::*;

fn unsigned(claims: &str, signature: &str) -> String {
    let encode = |text: &str| URL_SAFE_NO_PAD.encode(text);
    format!("{}.{}.{signature}", encode(r#"{"alg":"none"}"#), encode(claims))
}

#[test]
fn a_minted_key_says_what_it_may() {
    let mut keys = Keys::new();
    let services = ServiceSet::from_display_names(["Face Recognition"]);
    let token = keys.mint("project", services, false, UNIX_EPOCH);
    let claims = token.split('.').nth(1).unwrap();
    let claims: serde_json::Value = serde_json::from_slice(&URL_SAFE_NO_PAD.decode(claims).unwrap()).unwrap();
    assert_eq!(claims["project_id"], "project");
    assert_eq!(claims["selected_services"], serde_json::json!(["Face Recognition"]));
    let Lookup::Active(record) = keys.look_up(&token, Trust::OnlyMinted) else { panic!("unknown") };
    assert_eq!(claims["id"], record.id.as_str());
    assert_eq!(record.name, "minted_1970-01-01_00:00:00");
}

#[test]
fn a_revoked_key_stays_known_as_revoked() {
    let mut keys = Keys::new();
    let token = keys.mint("p", ServiceSet::ALL, true, UNIX_EPOCH);
    assert!(keys.revoke(&token, UNIX_EPOCH));
    assert_eq!(keys.look_up(&token, Trust::AlsoTestKeys), Lookup::Revoked);
}

#[test]
fn a_key_is_revoked_by_id_within_its_project_only() {
    let mut keys = Keys::new();
    let token = keys.mint("p", ServiceSet::ALL, true, UNIX_EPOCH);
    let Lookup::Active(record) = keys.look_up(&token, Trust::OnlyMinted) else { panic!("unknown") };
    assert!(!keys.revoke_id("q", &record.id, UNIX_EPOCH));
    assert!(keys.revoke_id("p", &record.id, UNIX_EPOCH));
    assert!(!keys.revoke_id("p", &record.id, UNIX_EPOCH));
}

#[test]
fn test_keys_are_taken_only_by_a_setting() {
    let mut keys = Keys::new();
    let token = unsigned(r#"{"id":"k1","project_id":"p1","selected_services":["Voice Recognition"]}"#, "");
    assert_eq!(keys.look_up(&token, Trust::OnlyMinted), Lookup::Unknown);
    let Lookup::Active(record) = keys.look_up(&token, Trust::AlsoTestKeys) else { panic!("unknown") };
    assert_eq!((record.id.as_str(), record.project_id.as_str()), ("k1", "p1"));
    assert_eq!(record.services.display_names(), ["Voice Recognition"]);
    assert!(keys.revoke(&token, UNIX_EPOCH));
    assert_eq!(keys.look_up(&token, Trust::AlsoTestKeys), Lookup::Revoked);
}

#[test]
fn a_signed_key_is_never_taken_for_a_test_key() {
    let keys = Keys::new();
    let foreign = Keys::new().mint("p", ServiceSet::ALL, true, UNIX_EPOCH);
    assert_eq!(keys.look_up(&foreign, Trust::AlsoTestKeys), Lookup::Unknown);
}

#[test]
fn what_is_no_token_is_unknown() {
    let keys = Keys::new();
    let listed = unsigned("[]", "sig");
    for token in ["", "a", "a.b", "a.b.c", "....", listed.as_str()] {
        assert_eq!(keys.look_up(token, Trust::AlsoTestKeys), Lookup::Unknown, "{token:?}");
    }
}

#[test]
fn debug_shows_neither_secret_nor_token() {
    let mut keys = Keys::new();
    let token = keys.mint("p", ServiceSet::ALL, true, UNIX_EPOCH);
    let shown = format!("{keys:?}");
    assert!(!shown.contains(&token) && !shown.contains("secret"), "{shown}");
}
