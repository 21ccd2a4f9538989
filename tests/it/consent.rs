//! Nothing is verified without consent, and a withdrawal counts at once.

use biometry_gate::audit::EventKind;
use biometry_sandbox::{Fault, Operation};
use serde_json::json;

use crate::harness::{Host, World};

on_every_host! {
    consent_reaches_the_platform_before_it_counts_here,
    consent_that_the_platform_does_not_take_is_not_given,
    a_withdrawal_counts_whatever_the_platform_answers,
    a_withdrawal_is_told_to_the_platform,
    verifying_after_a_withdrawal_is_refused,
    consent_is_true_or_false_and_nothing_else,
    one_purpose_can_be_given_and_the_other_withdrawn_at_once,
    consent_of_one_user_says_nothing_of_another,
    the_platforms_dialect_withdraws_with_false,
}

async fn consent_reaches_the_platform_before_it_counts_here<H: Host>() {
    let world = World::open::<H>().await;
    let ana = world.log_in("ana@example.com").await;
    ana.consent().await;
    let seen = world.sandbox.consents("ana@example.com");
    assert!(seen.authorization && !seen.storage);
    ana.give_consent(json!({ "storage": true })).await.granted();
    let seen = world.sandbox.consents("ana@example.com");
    assert!(seen.authorization && seen.storage);
    assert_eq!(world.audit.reasons(EventKind::ConsentGiven), ["authorization", "storage"]);
}

async fn consent_that_the_platform_does_not_take_is_not_given<H: Host>() {
    let world = World::open::<H>().await;
    let ana = world.log_in("pass@example.com").await;
    let error = json!({ "error": "out of order" });
    for (fault, code) in [
        (Fault::on(Operation::AuthorizationConsent).status(500, error.clone()), "platform-error"),
        (Fault::on(Operation::AuthorizationConsent).status(503, error), "platform-unavailable"),
        (Fault::on(Operation::AuthorizationConsent).malformed_body("{}"), "platform-error"),
        (Fault::on(Operation::AuthorizationConsent).cut_before_reply(), "platform-unavailable"),
    ] {
        world.sandbox.fault(fault);
        ana.give_consent(json!({ "authorization": true })).await.problem(code);
        world.sandbox.clear_faults();
        let consent = ana.browser.get("/biometry/consent").send().await.granted();
        assert_eq!(consent["authorization"]["given"], false);
    }
    let challenge = ana.start("statement").await;
    ana.verify(&challenge).await.problem("consent-required");
}

async fn a_withdrawal_counts_whatever_the_platform_answers<H: Host>() {
    for fault in [
        Fault::anywhere().status(500, json!({ "error": "out of order" })),
        Fault::anywhere().status(400, json!({ "error": "is_consent_given must be true" })),
        Fault::anywhere().cut_before_reply(),
    ] {
        let world = World::open::<H>().await;
        let ana = world.log_in("pass@example.com").await;
        ana.consent_to_all().await;
        ana.pass("statement").await;
        let challenge = ana.start("statement").await;
        world.sandbox.fault(fault);
        let consent = ana.browser.delete("/biometry/consent").send().await.granted();
        assert_eq!(
            (&consent["authorization"]["given"], &consent["storage"]["given"]),
            (&json!(false), &json!(false))
        );
        ana.statement().await.problem("step-up-required");
        world.sandbox.clear_faults();
        ana.verify(&challenge).await.problem("consent-required");
        assert_eq!(ana.state(&challenge).await, "ended");
    }
}

async fn a_withdrawal_is_told_to_the_platform<H: Host>() {
    let world = World::open::<H>().await;
    let ana = world.log_in("ana@example.com").await;
    ana.consent_to_all().await;
    ana.browser.delete("/biometry/consent?purpose=storage").send().await.granted();
    let seen = world.sandbox.consents("ana@example.com");
    assert!(seen.authorization && !seen.storage);
    ana.browser.delete("/biometry/consent").send().await.granted();
    assert!(!world.sandbox.consents("ana@example.com").authorization);
}

async fn verifying_after_a_withdrawal_is_refused<H: Host>() {
    let world = World::open::<H>().await;
    let ana = world.consented("pass@example.com").await;
    ana.browser.delete("/biometry/consent?purpose=authorization").send().await.granted();
    let challenge = ana.start("statement").await;
    let refused = ana.verify(&challenge).await.problem("consent-required");
    assert_eq!(refused["purposes"], json!(["authorization"]));
    assert_eq!(world.captures(), 0);
}

async fn consent_is_true_or_false_and_nothing_else<H: Host>() {
    let world = World::open::<H>().await;
    let ana = world.log_in("ana@example.com").await;
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
    assert!(world.sandbox.journal().is_empty());
}

async fn one_purpose_can_be_given_and_the_other_withdrawn_at_once<H: Host>() {
    let world = World::open::<H>().await;
    let ana = world.log_in("ana@example.com").await;
    ana.consent_to_all().await;
    let consent = ana.give_consent(json!({ "authorization": true, "storage": false })).await.granted();
    assert_eq!(
        (&consent["authorization"]["given"], &consent["storage"]["given"]),
        (&json!(true), &json!(false))
    );
}

async fn consent_of_one_user_says_nothing_of_another<H: Host>() {
    let world = World::open::<H>().await;
    let ana = world.log_in("ana@example.com").await;
    ana.consent_to_all().await;
    let ben = world.log_in("ben@example.com").await;
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

async fn the_platforms_dialect_withdraws_with_false<H: Host>() {
    let world = World::open::<H>().await;
    let ana = world.consented("pass@example.com").await;
    ana.pass("statement").await;
    let body = json!({ "is_consent_given": false, "user_fullname": "pass@example.com" });
    let withdrawn = ana.browser.post("/biometry/api-consent/consent").json(body).send().await.granted();
    assert_eq!(withdrawn["data"]["is_consent_given"], false);
    ana.statement().await.problem("step-up-required");
}
