//! What the verifier refuses although the signature is right: an issuer that makes other tokens, too, or one of another
//! version.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use base64::Engine as _;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;
use ring::signature::{Ed25519KeyPair, KeyPair as _};
use serde_json::{Value, json};

use crate::{KeySet, ReceiptErrorKind as Kind, ReceiptVerifier};

const ISSUER: &str = "https://bank.example";
const AUDIENCE: &str = "https://ledger.example";
const NOW: u64 = 1_800_000_000;

fn pair() -> Ed25519KeyPair {
    Ed25519KeyPair::from_seed_unchecked(&[7; 32]).unwrap()
}

fn jwk() -> Value {
    let x = BASE64_URL_SAFE_NO_PAD.encode(pair().public_key().as_ref());
    json!({ "kty": "OKP", "crv": "Ed25519", "kid": "one", "use": "sig", "alg": "EdDSA", "x": x })
}

fn header() -> Value {
    json!({ "typ": "at+jwt", "alg": "EdDSA", "kid": "one" })
}

fn claims() -> Value {
    json!({
        "iss": ISSUER, "aud": AUDIENCE, "iat": NOW, "exp": NOW + 60, "jti": "1", "auth_time": NOW - 5,
        "acr": "urn:x", "amr": ["face"], "policy": "transfer", "policy_version": 1, "single_use": true,
    })
}

fn with(mut value: Value, name: &str, other: impl Into<Value>) -> Value {
    value[name] = other.into();
    value
}

fn sign(header: &str, claims: &str) -> String {
    let text = |part: &str| BASE64_URL_SAFE_NO_PAD.encode(part);
    let message = format!("{}.{}", text(header), text(claims));
    let signature = pair().sign(message.as_bytes());
    format!("{message}.{}", BASE64_URL_SAFE_NO_PAD.encode(signature.as_ref()))
}

fn kind_of(token: &str) -> Option<Kind> {
    let keys = KeySet::parse(json!({ "keys": [jwk()] }).to_string()).unwrap();
    let verifier = ReceiptVerifier::new(ISSUER, AUDIENCE, keys).unwrap();
    let now = UNIX_EPOCH + Duration::from_secs(NOW + 1);
    verifier.verify_at(token, now).map_err(|error| error.kind()).err()
}

fn kind(header: &Value, claims: &Value) -> Option<Kind> {
    kind_of(&sign(&header.to_string(), &claims.to_string()))
}

#[test]
fn a_receipt_is_taken_in_both_spellings_of_its_type() {
    for typ in ["at+jwt", "AT+JWT", "application/at+jwt"] {
        assert_eq!(kind(&with(header(), "typ", typ), &claims()), None, "{typ}");
    }
}

#[test]
fn another_header_is_refused_though_it_is_signed() {
    for (name, value, wanted) in [
        ("typ", json!("jwt"), Kind::Type),
        ("typ", json!(null), Kind::Malformed),
        ("alg", json!("none"), Kind::Algorithm),
        ("alg", json!("HS256"), Kind::Algorithm),
        ("alg", json!("ES256"), Kind::Algorithm),
        ("alg", json!("eddsa"), Kind::Algorithm),
        ("kid", json!("two"), Kind::UnknownKey),
        ("kid", json!(1), Kind::Malformed),
        ("crit", json!(["exp"]), Kind::Type),
        ("crit", json!(null), Kind::Type),
    ] {
        assert_eq!(kind(&with(header(), name, value.clone()), &claims()), Some(wanted), "{name} {value}");
    }
    assert_eq!(kind(&with(header(), "jwk", jwk()), &claims()), None, "a key in the header is not looked at");
}

#[test]
fn other_claims_are_refused_though_they_are_signed() {
    for (name, value, wanted) in [
        ("iss", json!("https://bank.example/"), Kind::Issuer),
        ("aud", json!("https://archive.example"), Kind::Audience),
        ("aud", json!([AUDIENCE]), Kind::Malformed),
        ("exp", json!(NOW), Kind::TooLong),
        ("exp", json!(NOW + 301), Kind::TooLong),
        ("exp", json!(u64::MAX), Kind::TooLong),
        ("exp", json!(NOW as f64 + 60.5), Kind::Malformed),
        ("exp", json!("1800000060"), Kind::Malformed),
        ("iat", json!(NOW + 30), Kind::Early),
        ("iat", json!(-1), Kind::Malformed),
        ("auth_time", json!(NOW + 30), Kind::Early),
        ("single_use", json!("no"), Kind::Malformed),
        ("policy", json!(null), Kind::Malformed),
    ] {
        assert_eq!(kind(&header(), &with(claims(), name, value.clone())), Some(wanted), "{name} {value}");
    }
}

#[test]
fn a_claim_that_is_missing_makes_it_none() {
    for name in claims().as_object().unwrap().keys() {
        let mut fewer = claims();
        fewer.as_object_mut().unwrap().remove(name);
        assert_eq!(kind(&header(), &fewer), Some(Kind::Malformed), "{name}");
    }
}

#[test]
fn a_member_that_comes_twice_makes_it_none() {
    let (header, claims) = (header().to_string(), claims().to_string());
    let twice = claims.replacen('{', "{\"policy\":\"statement\",", 1);
    assert_eq!(kind_of(&sign(&header, &twice)), Some(Kind::Malformed));
    let twice = header.replacen('{', "{\"kid\":\"one\",", 1);
    assert_eq!(kind_of(&sign(&twice, &claims)), Some(Kind::Malformed));
}

#[test]
fn what_is_no_token_is_refused() {
    let token = sign(&header().to_string(), &claims().to_string());
    let long = format!("{token}{}", "A".repeat(9_000));
    for text in
        ["", ".", "..", "a.b.c", &token[..token.len() - 1], &format!("{token}="), &format!("{token}."), &long]
    {
        assert_eq!(kind_of(text), Some(Kind::Malformed), "{text}");
    }
    assert_eq!(kind_of(&format!("{token}AAAA")), Some(Kind::Signature));
}

#[test]
fn a_set_of_keys_is_bounded_and_has_a_key_that_can_be_used() {
    let set = |keys: Vec<Value>| KeySet::parse(json!({ "keys": keys }).to_string());
    let other = |name: &str, value: Value| with(jwk(), name, value);
    assert!(set(vec![jwk(), json!({ "kty": "RSA" }), other("kid", json!("two"))]).is_ok());
    for keys in [
        vec![],
        vec![jwk(), jwk()],
        vec![other("use", json!("enc"))],
        vec![other("alg", json!("ES256"))],
        vec![other("crv", json!("X25519"))],
        vec![other("x", json!("AAAA"))],
        vec![other("y", json!("AAAA"))],
        (0..33).map(|n| other("kid", json!(n.to_string()))).collect(),
    ] {
        assert_eq!(set(keys.clone()).unwrap_err().kind(), Kind::Settings, "{keys:?}");
    }
    for text in ["", "[]", "{}", &format!("{{\"keys\":[]{}}}", " ".repeat(70_000))] {
        assert_eq!(KeySet::parse(text).unwrap_err().kind(), Kind::Settings);
    }
}

#[test]
fn settings_that_accept_too_much_are_refused() {
    let keys = KeySet::parse(json!({ "keys": [jwk()] }).to_string()).unwrap();
    assert!(ReceiptVerifier::new("", AUDIENCE, keys.clone()).is_err());
    let verifier = ReceiptVerifier::new(ISSUER, AUDIENCE, keys).unwrap();
    let error = verifier.leeway(Duration::from_secs(61)).unwrap_err();
    assert!(error.to_string().contains("set the clocks right"), "{error}");
}

#[test]
fn nothing_of_a_receipt_is_shown() {
    let keys = KeySet::parse(json!({ "keys": [jwk()] }).to_string()).unwrap();
    let verifier = ReceiptVerifier::new(ISSUER, AUDIENCE, keys).unwrap();
    let token = sign(&header().to_string(), &with(claims(), "sub", "ana@example.com").to_string());
    let moment: SystemTime = UNIX_EPOCH + Duration::from_secs(NOW);
    let receipt = verifier.verify_at(&token, moment).unwrap();
    assert_eq!(receipt.subject(), Some("ana@example.com"));
    assert_eq!(format!("{receipt:?}"), "Receipt { policy: \"transfer\", .. }");
    let error = verifier.verify_at(&token[1..], moment).unwrap_err();
    assert!(!format!("{error:?} {error} {}", error.problem()).contains("ana"));
}
