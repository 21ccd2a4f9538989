use std::time::Duration;

use base64::Engine as _;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;
use biometry_gate_receipts::{KeySet, ReceiptErrorKind, ReceiptVerifier};
use serde_json::{Value, json};

use super::{ISSUER, keys, now, open, receipt, verifier, verify};
use crate::host::{ARCHIVE, HostHarness, LEDGER};

pub async fn a_receipt_says_what_was_proved_and_not_who<H: HostHarness>() {
    let stage = open::<H>().await;
    let ana = stage.consented("pass@example.com").await;
    ana.pass("reusable").await;
    let verified_at = now(&stage);
    stage.clock.advance(Duration::from_secs(100));
    let answer = ana.enter().await;
    let token = receipt(&answer, "ledger");
    let (header, claims) = parts(&token);
    assert_eq!((&header["typ"], &header["alg"]), (&json!("at+jwt"), &json!("EdDSA")));
    assert!(!claims.to_string().contains("pass@example.com"), "{claims}");
    assert!(claims.get("sub").is_none() && claims.get("display").is_none(), "{claims}");
    let found = verify(&stage, &token).await.expect("a valid receipt");
    assert_eq!((found.policy(), found.is_single_use(), found.subject()), ("reusable", false, None));
    assert_eq!(found.acr(), "urn:biometry-gate:acr:face-live");
    assert_eq!(found.amr().collect::<Vec<_>>(), ["face", "vbm"]);
    let seconds =
        |later: std::time::SystemTime| later.duration_since(found.auth_time()).expect("later").as_secs();
    assert!(seconds(verified_at) <= 1, "the moment of the verification");
    let valid = found.expires_at().duration_since(found.issued_at()).expect("later");
    assert_eq!(valid, Duration::from_secs(60));
    let again = verify(&stage, &receipt(&answer, "again")).await.expect("a valid receipt");
    assert_ne!(found.id(), again.id(), "each receipt of a reusable proof is one of its own");
}

pub async fn a_receipt_names_the_person_where_the_app_asks_for_it<H: HostHarness>() {
    let stage = open::<H>().await;
    let ana = stage.consented("pass@example.com").await;
    ana.pass("reusable").await;
    let token = receipt(&ana.enter().await, "archive");
    let found = verifier(&stage, ARCHIVE).await.verify_at(&token, now(&stage)).expect("a valid receipt");
    assert_eq!((found.subject(), found.tenant()), (Some("pass@example.com"), None));
}

pub async fn a_receipt_of_an_operation_is_for_what_was_shown_and_for_one_use<H: HostHarness>() {
    let stage = open::<H>().await;
    let ana = stage.consented("pass@example.com").await;
    let mut ids = Vec::new();
    for operation in ["12.50 for Zo\u{eb}", "12.51 for Zo\u{eb}"] {
        ana.approve(operation).await;
        let answer = ana.operate(operation).await;
        let found = verify(&stage, &receipt(&answer, "ledger")).await.expect("a valid receipt");
        assert!(found.is_single_use() && found.operation().is_some());
        found.expect_display(&[("What", operation)]).expect("what the person saw");
        for other in
            [&[("What", "1250 for Zo\u{eb}")][..], &[("Who", operation)], &[], &[("What", operation); 2]]
        {
            let error = found.expect_display(other).expect_err("something else");
            assert_eq!(error.kind(), ReceiptErrorKind::OtherOperation);
        }
        let again = verify(&stage, &receipt(&answer, "again")).await.expect("a valid receipt");
        assert_eq!(found.id(), again.id(), "one use, one id");
        let elsewhere = parts(&receipt(&answer, "archive")).1;
        assert_ne!(elsewhere["jti"], found.id(), "each service sees another id");
        ids.push(found.id().to_owned());
    }
    assert_ne!(ids[0], ids[1], "another use, another id");
}

pub async fn a_receipt_ends_with_its_proof<H: HostHarness>() {
    let stage = open::<H>().await;
    let ana = stage.consented("pass@example.com").await;
    ana.pass("reusable").await;
    stage.clock.advance(crate::host::MAX_AGE - Duration::from_secs(20));
    let found = verify(&stage, &receipt(&ana.enter().await, "ledger")).await.expect("a valid receipt");
    let valid = found.expires_at().duration_since(found.issued_at()).expect("later");
    assert!(valid <= Duration::from_secs(20), "{valid:?}");
}

pub async fn a_receipt_is_for_its_issuer_and_audience_in_its_time<H: HostHarness>() {
    let stage = open::<H>().await;
    let ana = stage.consented("pass@example.com").await;
    ana.pass("reusable").await;
    let token = receipt(&ana.enter().await, "ledger");
    let now = now(&stage);
    let keys = KeySet::parse(keys(&stage).await.to_string()).expect("keys");
    let kind = |issuer, audience, moment| {
        let verifier = ReceiptVerifier::new(issuer, audience, keys.clone()).expect("a verifier");
        verifier.verify_at(&token, moment).map_err(|error| error.kind()).err()
    };
    let at = |seconds| now + Duration::from_secs(seconds);
    assert_eq!(kind(ISSUER, LEDGER, now), None);
    assert_eq!(kind("https://bank.example/", LEDGER, now), Some(ReceiptErrorKind::Issuer));
    assert_eq!(kind(ISSUER, ARCHIVE, now), Some(ReceiptErrorKind::Audience));
    assert_eq!(kind(ISSUER, LEDGER, at(65)), None, "clocks may differ a little");
    assert_eq!(kind(ISSUER, LEDGER, at(71)), Some(ReceiptErrorKind::Expired));
    assert_eq!(kind(ISSUER, LEDGER, now - Duration::from_secs(15)), Some(ReceiptErrorKind::Early));
}

pub async fn a_changed_receipt_is_none<H: HostHarness>() {
    let stage = open::<H>().await;
    let ana = stage.consented("pass@example.com").await;
    ana.pass("reusable").await;
    let token = receipt(&ana.enter().await, "ledger");
    let verifier = verifier(&stage, LEDGER).await;
    for at in 0..token.len() {
        for with in ["A", "B", ".", "=", ""] {
            let mut other = token.clone();
            other.replace_range(at..=at, with);
            assert!(other == token || verifier.verify_at(&other, now(&stage)).is_err(), "{with} at {at}");
        }
    }
}

fn parts(token: &str) -> (Value, Value) {
    let part = |at: usize| {
        let part = token.split('.').nth(at).expect("three parts");
        let json = BASE64_URL_SAFE_NO_PAD.decode(part).expect("base64url");
        serde_json::from_slice(&json).expect("JSON")
    };
    (part(0), part(1))
}
