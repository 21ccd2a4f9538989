use std::time::{Duration, SystemTime};

use super::key::ReceiptKey;
use super::{ReceiptIssuer, ReceiptKeyError};

/// The key of RFC 8037, appendix A: everyone knows it.
const KNOWN: &str = "MC4CAQAwBQYDK2VwBCIEIJ1hsZ3v/VpguoRK9JLsLMREScVpezJpGXA7rAMcrn9g";

fn pem(base64: &str) -> String {
    format!("-----BEGIN PRIVATE KEY-----\n{base64}\n-----END PRIVATE KEY-----\n")
}

fn key() -> ReceiptKey {
    ReceiptKey::from_pkcs8_pem(&pem(KNOWN)).unwrap()
}

#[test]
fn a_key_has_the_thumbprint_and_the_public_half_of_the_standard() {
    let key = key();
    assert_eq!(key.id(), "kPrK_qmxVWaYVA9wwBF6Iuo3vVzz7TxHCTwXBygrS4k");
    let public = key.public();
    assert_eq!(public["x"], "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo");
    assert!(public.get("d").is_none(), "{public}");
}

#[test]
fn what_is_no_key_is_refused_and_not_repeated() {
    let error = |text: &str| ReceiptKey::from_pkcs8_pem(text).unwrap_err().to_string();
    let public = pem(KNOWN).replace("PRIVATE", "PUBLIC");
    let encrypted = pem(KNOWN).replace("PRIVATE", "ENCRYPTED PRIVATE");
    for text in ["", KNOWN, &public, &encrypted] {
        assert!(error(text).contains("BEGIN PRIVATE KEY"), "{text}");
    }
    let cut = pem(&KNOWN[..40]);
    assert!(error(&cut).contains("Ed25519") && !error(&cut).contains(&KNOWN[..40]));
}

#[test]
fn debug_shows_nothing_of_a_key() {
    let (key, issuer) = (key(), ReceiptIssuer::new("https://bank.example", key()));
    let shown = format!("{key:?} {issuer:?} {:?}", ReceiptKey::from_pkcs8_pem("").unwrap_err());
    assert!(!shown.contains(&KNOWN[24..40]), "{shown}");
    assert_eq!(format!("{key:?}"), format!("ReceiptKey({})", key.id()));
}

#[test]
fn an_issuer_that_could_not_work_says_what_to_change() {
    let of = |name: &str| ReceiptIssuer::new(name, key()).shortcoming();
    for name in
        ["", "bank.example", "http://bank.example", "https://", "https://bank.example?a", "https://b ank"]
    {
        assert!(of(name).unwrap().contains("ReceiptIssuer::new"), "{name}");
    }
    assert_eq!(of("https://bank.example/app"), None);
    let issuer = || ReceiptIssuer::new("https://bank.example", key());
    for seconds in [0, 301] {
        assert!(issuer().lifetime(Duration::from_secs(seconds)).shortcoming().is_some(), "{seconds}");
    }
    assert!(issuer().publish(key()).shortcoming().unwrap().contains("twice"));
}

#[test]
fn a_key_that_signs_again_is_not_published_twice() {
    let issuer = ReceiptIssuer::new("https://bank.example", key());
    issuer.rotate(key(), SystemTime::UNIX_EPOCH);
    assert_eq!(issuer.key_set(SystemTime::UNIX_EPOCH)["keys"].as_array().unwrap().len(), 1);
}

#[test]
fn a_key_error_is_one_sentence() {
    let error: ReceiptKeyError = ReceiptKey::from_pkcs8_pem("").unwrap_err();
    assert_eq!(format!("{error:?}"), error.to_string());
}
