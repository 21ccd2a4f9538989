use biometry_gate::audit::EventKind;
use biometry_sandbox::{Fault, Operation};
use serde_json::json;

use crate::host::{HostHarness, Stage};

pub async fn consent_reaches_the_platform_before_it_counts_here<H: HostHarness>() {
    let stage = Stage::<H>::open().await;
    let ana = stage.log_in("ana@example.com");
    ana.consent().await;
    let seen = stage.sandbox.consents("ana@example.com");
    assert!(seen.authorization && !seen.storage);
    ana.give_consent(json!({ "storage": true })).await.granted();
    let seen = stage.sandbox.consents("ana@example.com");
    assert!(seen.authorization && seen.storage);
    assert_eq!(stage.audit.reasons(EventKind::ConsentGiven), ["authorization", "storage"]);
}

pub async fn consent_that_the_platform_does_not_take_is_not_given<H: HostHarness>() {
    let stage = Stage::<H>::open().await;
    let ana = stage.log_in("pass@example.com");
    let error = json!({ "error": "out of order" });
    for (fault, code) in [
        (Fault::on(Operation::AuthorizationConsent).status(500, error.clone()), "platform-error"),
        (Fault::on(Operation::AuthorizationConsent).status(503, error), "platform-unavailable"),
        (Fault::on(Operation::AuthorizationConsent).malformed_body("{}"), "platform-error"),
        (Fault::on(Operation::AuthorizationConsent).cut_before_reply(), "platform-unavailable"),
    ] {
        stage.sandbox.fault(fault);
        ana.give_consent(json!({ "authorization": true })).await.problem(code);
        stage.sandbox.clear_faults();
        let consent = ana.browser.get("/biometry/consent").send().await.granted();
        assert_eq!(consent["authorization"]["given"], false);
    }
    let challenge = ana.start("reusable").await;
    ana.verify(&challenge).await.problem("consent-required");
}

pub async fn consent_is_true_or_false_and_nothing_else<H: HostHarness>() {
    let stage = Stage::<H>::open().await;
    let ana = stage.log_in("ana@example.com");
    for body in [
        json!({}),
        json!({ "authorization": "true" }),
        json!({ "authorization": 1 }),
        json!({ "authorization": null }),
        json!({ "authorization": true, "everything": true }),
        json!({ "authorization": true, "text_version": "" }),
        json!({ "authorization": true, "text_version": 7 }),
        json!([true]),
    ] {
        ana.give_consent(body).await.problem("invalid-request");
    }
    for text in ["", "{", "authorization=true", r#"{"authorization":false,"authorization":true}"#] {
        let request = ana.browser.post("/biometry/consent").header("content-type", "application/json");
        request.body(text).send().await.problem("invalid-request");
    }
    for path in ["/biometry/api-consent/consent", "/biometry/api-consent/strg-consent"] {
        for body in [json!({}), json!({ "is_consent_given": "true" }), json!({ "is_consent_given": 1 })] {
            ana.browser.post(path).json(body).send().await.problem("invalid-request");
        }
    }
    for query in ["?purpose=everything", "?purpose=", "?purpose=storage&purpose=authorization"] {
        ana.browser.delete(&format!("/biometry/consent{query}")).send().await.problem("invalid-request");
    }
    assert!(stage.sandbox.journal().is_empty());
}

pub async fn one_purpose_can_be_given_and_the_other_withdrawn_at_once<H: HostHarness>() {
    let stage = Stage::<H>::open().await;
    let ana = stage.log_in("ana@example.com");
    ana.consent_to_all().await;
    let consent = ana.give_consent(json!({ "authorization": true, "storage": false })).await.granted();
    assert_eq!(
        (&consent["authorization"]["given"], &consent["storage"]["given"]),
        (&json!(true), &json!(false))
    );
}

pub async fn consent_of_one_user_says_nothing_of_another<H: HostHarness>() {
    let stage = Stage::<H>::open().await;
    let ana = stage.log_in("ana@example.com");
    ana.consent_to_all().await;
    let ben = stage.log_in("ben@example.com");
    let consent = ben.browser.get("/biometry/consent").send().await.granted();
    assert_eq!(
        (&consent["authorization"]["given"], &consent["storage"]["given"]),
        (&json!(false), &json!(false))
    );
    let history = ben.browser.get("/biometry/api-consent/history").send().await.granted();
    assert_eq!(
        history["data"],
        json!({ "user_fullname": "ben@example.com", "consent": null, "storage_consent": null })
    );
}

pub async fn storage_needs_authorization<H: HostHarness>() {
    let stage = Stage::<H>::open().await;
    let ana = stage.log_in("ana@example.com");
    let body = json!({ "is_consent_given": true, "user_fullname": "ana@example.com" });
    let alone = [
        ana.give_consent(json!({ "storage": true })).await,
        ana.give_consent(json!({ "storage": true, "authorization": false })).await,
        ana.browser.post("/biometry/api-consent/strg-consent").json(body).send().await,
    ];
    for refused in alone {
        assert_eq!(refused.problem("consent-required")["purposes"], json!(["authorization"]));
    }
    assert!(stage.sandbox.journal().is_empty());
    ana.consent_to_all().await;
    ana.give_consent(json!({ "storage": true })).await.granted();
}
