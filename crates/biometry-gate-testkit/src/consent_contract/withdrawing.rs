use std::time::Duration;

use biometry_gate::audit::EventKind;
use biometry_gate::consent::{Actor, Purpose, Receipt};
use biometry_sandbox::{Fault, Operation};
use serde_json::json;

use super::principal;
use crate::host::{HostHarness, Setup, Stage};

pub async fn a_withdrawal_counts_whatever_the_platform_answers<H: HostHarness>() {
    for fault in [
        Fault::anywhere().status(500, json!({ "error": "out of order" })),
        Fault::anywhere().status(400, json!({ "error": "is_consent_given must be true" })),
        Fault::anywhere().cut_before_reply(),
    ] {
        let stage = Stage::<H>::open().await;
        let ana = stage.log_in("pass@example.com");
        ana.consent_to_all().await;
        ana.pass("reusable").await;
        let challenge = ana.start("reusable").await;
        stage.sandbox.fault(fault);
        let consent = ana.browser.delete("/biometry/consent").send().await.granted();
        assert_eq!(
            (&consent["authorization"]["given"], &consent["storage"]["given"]),
            (&json!(false), &json!(false))
        );
        ana.enter().await.problem("step-up-required");
        stage.sandbox.clear_faults();
        ana.verify(&challenge).await.problem("consent-required");
        assert_eq!(ana.state(&challenge).await, "ended");
    }
}

pub async fn what_is_not_understood_withdraws_nothing<H: HostHarness>() {
    let stage = Stage::<H>::open().await;
    let ana = stage.log_in("ana@example.com");
    ana.consent_to_all().await;
    for query in
        ["?foo=1", "?purpose=nope", "?purpose=", "?purpose=storage&foo=1", "?Purpose=storage", "?storage"]
    {
        ana.browser.delete(&format!("/biometry/consent{query}")).send().await.problem("invalid-request");
    }
    let long = format!("{{{}}}", " ".repeat(100_000));
    for body in [r#"{"purpose":"storage"}"#, "{}", "null", " ", &long] {
        let request = ana.browser.delete("/biometry/consent?purpose=storage");
        request.body(body.to_owned()).send().await.problem("invalid-request");
    }
    let kept = ana.browser.get("/biometry/consent").send().await.granted();
    assert_eq!((&kept["authorization"]["given"], &kept["storage"]["given"]), (&json!(true), &json!(true)));
    let named = "/biometry/consent?purpose=storage&user_fullname=ana@example.com";
    assert_eq!(ana.browser.delete(named).send().await.granted()["storage"]["given"], false);
    assert_eq!(
        ana.browser.delete("/biometry/consent").send().await.granted()["authorization"]["given"],
        false
    );
}

pub async fn an_array_is_no_object<H: HostHarness>() {
    let stage = Stage::<H>::open().await;
    let ana = stage.log_in("ana@example.com");
    for (path, body) in [
        ("/biometry/consent", json!([true, true, null, null])),
        ("/biometry/api-consent/consent", json!([true, null])),
        ("/biometry/session/start", json!(["reusable", null, null, null])),
    ] {
        ana.browser.post(path).json(body).send().await.problem("invalid-request");
    }
    assert!(stage.sandbox.journal().is_empty());
}

pub async fn a_withdrawal_is_reported_to_the_platform<H: HostHarness>() {
    let stage = Stage::<H>::open().await;
    let ana = stage.log_in("ana@example.com");
    ana.consent_to_all().await;
    ana.browser.delete("/biometry/consent?purpose=storage").send().await.granted();
    let seen = stage.sandbox.consents("ana@example.com");
    assert!(seen.authorization && !seen.storage);
    ana.browser.delete("/biometry/consent").send().await.granted();
    assert!(!stage.sandbox.consents("ana@example.com").authorization);
}

pub async fn verifying_after_a_withdrawal_is_refused<H: HostHarness>() {
    let stage = Stage::<H>::open().await;
    let ana = stage.consented("pass@example.com").await;
    ana.browser.delete("/biometry/consent?purpose=authorization").send().await.granted();
    let challenge = ana.start("reusable").await;
    let refused = ana.verify(&challenge).await.problem("consent-required");
    assert_eq!(refused["purposes"], json!(["authorization"]));
    assert_eq!(stage.captures(), 0);
}

pub async fn the_platforms_dialect_withdraws_with_false<H: HostHarness>() {
    let stage = Stage::<H>::open().await;
    let ana = stage.consented("pass@example.com").await;
    ana.pass("reusable").await;
    let body = json!({ "is_consent_given": false, "user_fullname": "pass@example.com" });
    let withdrawn = ana.browser.post("/biometry/api-consent/consent").json(body).send().await.granted();
    assert_eq!(withdrawn["data"]["is_consent_given"], false);
    ana.enter().await.problem("step-up-required");
}

pub async fn a_withdrawn_authorization_takes_storage_along<H: HostHarness>() {
    let stage = Stage::<H>::open().await;
    for (body, email) in
        [(json!({ "authorization": false }), "ana@example.com"), (json!(null), "ben@example.com")]
    {
        let member = stage.log_in(email);
        member.consent_to_all().await;
        let consent = match body.is_null() {
            true => member.browser.delete("/biometry/consent?purpose=authorization").send().await.granted(),
            false => member.give_consent(body).await.granted(),
        };
        assert_eq!(consent["storage"]["given"], false, "{consent}");
        let seen = stage.sandbox.consents(email);
        assert!(!seen.authorization && !seen.storage);
    }
}

pub async fn a_withdrawal_that_could_not_be_reported_is_reported_later<H: HostHarness>() {
    let stage = Stage::<H>::open().await;
    let ana = stage.log_in("ana@example.com");
    ana.consent_to_all().await;
    let error = json!({ "error": "out of order" });
    stage.sandbox.fault(Fault::on(Operation::StorageConsent).status(500, error));
    ana.browser.delete("/biometry/consent").send().await.granted();
    let seen = stage.sandbox.consents("ana@example.com");
    assert!(!seen.authorization && seen.storage);
    stage.clock.advance(Duration::from_secs(3_600));
    stage.app.gate().admin().sweep().await;
    assert!(stage.sandbox.consents("ana@example.com").storage, "it still fails");
    stage.sandbox.clear_faults();
    stage.clock.advance(Duration::from_secs(3_600));
    stage.app.gate().admin().sweep().await;
    assert!(!stage.sandbox.consents("ana@example.com").storage);
    let reports = stage.seen(Operation::StorageConsent).len();
    stage.clock.advance(Duration::from_secs(24 * 3_600));
    stage.app.gate().admin().sweep().await;
    assert_eq!(stage.seen(Operation::StorageConsent).len(), reports, "a withdrawal is reported once");
}

pub async fn a_platform_that_takes_no_withdrawals_gets_one_report<H: HostHarness>() {
    let setup = Setup::new().sandbox(|sandbox| sandbox.revocation_refused(true));
    let stage = setup.open::<H>().await;
    let ana = stage.consented("pass@example.com").await;
    ana.pass("reusable").await;
    ana.browser.delete("/biometry/consent?purpose=authorization").send().await.granted();
    ana.enter().await.problem("step-up-required");
    let reports = stage.seen(Operation::AuthorizationConsent).len();
    assert_eq!(stage.audit.reasons(EventKind::WithdrawalRefused), ["storage", "authorization"]);
    stage.clock.advance(Duration::from_secs(24 * 3_600));
    stage.app.gate().admin().sweep().await;
    assert_eq!(stage.seen(Operation::AuthorizationConsent).len(), reports);
}

pub async fn the_host_withdraws_on_its_own_account<H: HostHarness>() {
    let stage = Stage::<H>::open().await;
    let ana = stage.log_in("pass@example.com");
    ana.consent_to_all().await;
    ana.pass("reusable").await;
    let owner = principal("pass@example.com");
    stage.app.gate().admin().withdraw_consent(&owner, &[Purpose::Authorization]).await.expect("a withdrawal");
    ana.enter().await.problem("step-up-required");
    let seen = stage.sandbox.consents("pass@example.com");
    assert!(!seen.authorization && !seen.storage);
    let receipts = stage.app.gate().admin().consent_history(&owner).await.expect("a history");
    let by_host = receipts.iter().filter(|receipt| receipt.actor() == Actor::Host);
    assert_eq!(by_host.map(Receipt::is_given).collect::<Vec<_>>(), [false, false]);
}
