//! Nothing is verified without consent, and a withdrawal counts at once.

use std::time::Duration;

use biometry_gate::audit::EventKind;
use biometry_gate::clock::Clock as _;
use biometry_gate::consent::{Actor, ConsentContext, ConsentText, Purpose, Receipt, TextHash};
use biometry_gate::gate::Builder;
use biometry_gate::principal::Principal;
use biometry_sandbox::{Fault, Operation};
use serde_json::json;

use crate::harness::{Host, Setup, World, eventually};

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
    storage_needs_authorization,
    a_withdrawn_authorization_takes_storage_along,
    a_history_in_the_platforms_dialect_is_as_the_platform_tells_it,
    a_receipt_says_what_was_agreed_to_when_by_whom_and_where,
    a_page_names_texts_that_exist,
    a_material_change_of_the_text_asks_again,
    what_is_given_again_is_no_second_receipt,
    a_withdrawal_the_platform_could_not_be_told_is_told_later,
    a_withdrawal_that_is_owed_survives_a_restart_with_a_shared_store,
    a_platform_that_takes_no_withdrawals_is_told_once,
    the_host_withdraws_on_its_own_account,
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

async fn storage_needs_authorization<H: Host>() {
    let world = World::open::<H>().await;
    let ana = world.log_in("ana@example.com").await;
    let body = json!({ "is_consent_given": true, "user_fullname": "ana@example.com" });
    let alone = [
        ana.give_consent(json!({ "storage": true })).await,
        ana.give_consent(json!({ "storage": true, "authorization": false })).await,
        ana.browser.post("/biometry/api-consent/strg-consent").json(body).send().await,
    ];
    for refused in alone {
        assert_eq!(refused.problem("consent-required")["purposes"], json!(["authorization"]));
    }
    assert!(world.sandbox.journal().is_empty());
    ana.consent_to_all().await;
    ana.give_consent(json!({ "storage": true })).await.granted();
}

async fn a_withdrawn_authorization_takes_storage_along<H: Host>() {
    let world = World::open::<H>().await;
    for (body, email) in
        [(json!({ "authorization": false }), "ana@example.com"), (json!(null), "ben@example.com")]
    {
        let member = world.log_in(email).await;
        member.consent_to_all().await;
        let consent = match body.is_null() {
            true => member.browser.delete("/biometry/consent?purpose=authorization").send().await.granted(),
            false => member.give_consent(body).await.granted(),
        };
        assert_eq!(consent["storage"]["given"], false, "{consent}");
        let seen = world.sandbox.consents(email);
        assert!(!seen.authorization && !seen.storage);
    }
}

async fn a_history_in_the_platforms_dialect_is_as_the_platform_tells_it<H: Host>() {
    let world = World::open::<H>().await;
    let ana = world.log_in("ana@example.com").await;
    for given in [true, false, true] {
        world.clock.advance(Duration::from_secs(60));
        ana.give_consent(json!({ "authorization": given })).await.granted();
    }
    let path = "/biometry/api-consent/history?user_fullname=ana%40example.com";
    let data = ana.browser.get(path).send().await.granted()["data"].clone();
    let record = &data["consent"];
    assert_eq!(
        (&data["user_fullname"], &record["is_consent_given"]),
        (&json!("ana@example.com"), &json!(true))
    );
    let history = record["history"].as_array().expect("a history");
    let given: Vec<_> = history.iter().map(|entry| entry["is_consent_given"].clone()).collect();
    assert_eq!(given, [true, false, true]);
    assert_eq!((&history[0]["date"], &history[2]["date"]), (&record["created_at"], &record["updated_at"]));
    assert!(history[0]["date"].as_str() < history[1]["date"].as_str(), "{history:?}");
    assert_eq!(data["storage_consent"]["is_consent_given"], false, "withdrawn along with authorization");
    let ben = ana.browser.get("/biometry/api-consent/history?user_fullname=ben%40example.com").send().await;
    ben.problem("subject-conflict");
}

async fn a_receipt_says_what_was_agreed_to_when_by_whom_and_where<H: Host>() {
    let text = |purpose| ConsentText::new(purpose, "2027-01", &format!("I agree to {purpose:?}."));
    let context = |head: &http::request::Parts| {
        let locale = head.headers.get("accept-language").and_then(|value| value.to_str().ok());
        ConsentContext::new().with_ip("192.0.2.7").with_locale(locale.unwrap_or_default())
    };
    let setup = Setup::new().gate(move |gate| {
        let texts = [Purpose::Authorization, Purpose::Storage].map(text);
        texts.into_iter().fold(gate.consent_context(context), Builder::consent_text)
    });
    let world = setup.open::<H>().await;
    let ana = world.log_in("ana@example.com").await;
    let yes = json!({ "authorization": true, "text_version": "2027-01" });
    ana.browser.post("/biometry/consent").header("accept-language", "de").json(yes).send().await.granted();
    let no = ana.browser.delete("/biometry/consent").header("accept-language", "en").send().await.granted();
    assert_eq!(no["authorization"]["text_version"], "2027-01");

    let receipts = world.gate().consent_history(&principal("ana@example.com")).await.expect("a history");
    let (given, withdrawn) = (&receipts[0], &receipts[receipts.len() - 1]);
    assert_eq!((given.purpose(), given.is_given()), (Purpose::Authorization, true));
    assert_eq!((given.actor(), given.at()), (Actor::Subject, world.clock.now()));
    assert_eq!(given.text_version(), Some("2027-01"));
    assert_eq!(given.text_hash(), Some(TextHash::of("I agree to Authorization.")));
    assert_eq!((given.context().ip(), given.context().locale()), (Some("192.0.2.7"), Some("de")));
    assert_eq!(given.context().user_agent(), None);
    assert!(!withdrawn.is_given());
    assert_eq!(withdrawn.context().locale(), Some("en"));
    // What is on record of where stays with the host.
    let history = ana.browser.get("/biometry/api-consent/history").send().await;
    assert!(!history.text().contains("192.0.2.7"), "{}", history.text());
}

async fn a_page_names_texts_that_exist<H: Host>() {
    let text = |version| ConsentText::new(Purpose::Authorization, version, "I agree.");
    let setup = Setup::new().gate(move |gate| gate.consent_text(text("1")).consent_text(text("2")));
    let world = setup.open::<H>().await;
    let ana = world.log_in("ana@example.com").await;
    let unknown = json!({ "authorization": true, "text_version": "3" });
    ana.give_consent(unknown).await.problem("invalid-request");
    assert!(world.sandbox.journal().is_empty());
    for (said, kept) in [(json!("1"), "1"), (json!(null), "2")] {
        let body = json!({ "authorization": true, "text_version": said });
        assert_eq!(ana.give_consent(body).await.granted()["authorization"]["text_version"], kept);
    }
}

async fn a_material_change_of_the_text_asks_again<H: Host>() {
    let old = ConsentText::new(Purpose::Authorization, "1", "I agree.");
    let new = ConsentText::new(Purpose::Authorization, "2", "I agree to a lot more.").material();
    let (setup, store) = Setup::new().with_faulty_store();
    let before = setup.gate({
        let old = old.clone();
        move |gate| gate.consent_text(old)
    });
    let before = before.open::<H>().await;
    let ana = before.consented("pass@example.com").await;
    ana.pass("statement").await;

    let after = Setup::replica_of(&before).store(store);
    let after = after.gate(move |gate| gate.consent_text(old).consent_text(new)).open::<H>().await;
    let ana = ana.at(after.address());
    let consent = ana.browser.get("/biometry/consent").send().await.granted();
    assert_eq!(
        (&consent["authorization"]["given"], &consent["authorization"]["stale"]),
        (&json!(false), &json!(true))
    );
    let challenge = ana.start("statement").await;
    let refused = ana.verify(&challenge).await.problem("consent-required");
    assert_eq!(refused["purposes"], json!(["authorization"]));
    assert_eq!(after.audit.reasons(EventKind::ConsentStale), ["authorization"]);
    let next = &ana.transfer("Zoe", "1").await.problem("step-up-required")["step_up"]["next"][0];
    assert_eq!((&next["rel"], &next["needed"]), (&json!("consent"), &json!(true)));

    let outdated = json!({ "authorization": true, "text_version": "1" });
    ana.give_consent(outdated).await.problem("invalid-request");
    ana.give_consent(json!({ "authorization": true, "text_version": "2" })).await.granted();
    ana.verify(&challenge).await.granted();
}

async fn what_is_given_again_is_no_second_receipt<H: Host>() {
    let world = World::open::<H>().await;
    let ana = world.log_in("ana@example.com").await;
    for _ in 0..3 {
        ana.consent().await;
    }
    let receipts = world.gate().consent_history(&principal("ana@example.com")).await.expect("a history");
    assert_eq!(receipts.len(), 1);
    assert_eq!(world.seen(Operation::AuthorizationConsent).len(), 3, "the platform may have forgotten");
}

async fn a_withdrawal_the_platform_could_not_be_told_is_told_later<H: Host>() {
    let world = World::open::<H>().await;
    let ana = world.log_in("ana@example.com").await;
    ana.consent_to_all().await;
    let error = json!({ "error": "out of order" });
    world.sandbox.fault(Fault::on(Operation::StorageConsent).status(500, error));
    ana.browser.delete("/biometry/consent").send().await.granted();
    let seen = world.sandbox.consents("ana@example.com");
    assert!(!seen.authorization && seen.storage);
    world.clock.advance(Duration::from_secs(3_600));
    world.gate().sweep().await;
    assert!(world.sandbox.consents("ana@example.com").storage, "it still fails");
    world.sandbox.clear_faults();
    world.clock.advance(Duration::from_secs(3_600));
    world.gate().sweep().await;
    assert!(!world.sandbox.consents("ana@example.com").storage);
    let told = world.seen(Operation::StorageConsent).len();
    world.clock.advance(Duration::from_secs(24 * 3_600));
    world.gate().sweep().await;
    assert_eq!(world.seen(Operation::StorageConsent).len(), told, "once it is told, it is told");
}

async fn a_withdrawal_that_is_owed_survives_a_restart_with_a_shared_store<H: Host>() {
    let (setup, store) = Setup::new().with_faulty_store();
    let before = setup.open::<H>().await;
    let ana = before.consented("ana@example.com").await;
    let error = json!({ "error": "out of order" });
    before.sandbox.fault(Fault::on(Operation::AuthorizationConsent).status(503, error));
    ana.browser.delete("/biometry/consent").send().await.granted();
    before.sandbox.clear_faults();
    assert!(before.sandbox.consents("ana@example.com").authorization);

    let after = Setup::replica_of(&before).store(store).open::<H>().await;
    after.clock.advance(Duration::from_secs(3_600));
    // Whoever looks at the subject's consent next has it told.
    ana.at(after.address()).browser.get("/biometry/consent").send().await.granted();
    eventually("the platform knows", async || !before.sandbox.consents("ana@example.com").authorization)
        .await;
}

async fn a_platform_that_takes_no_withdrawals_is_told_once<H: Host>() {
    let setup = Setup::new().sandbox(|sandbox| sandbox.revocation_refused(true));
    let world = setup.open::<H>().await;
    let ana = world.consented("pass@example.com").await;
    ana.pass("statement").await;
    ana.browser.delete("/biometry/consent?purpose=authorization").send().await.granted();
    ana.statement().await.problem("step-up-required");
    let told = world.seen(Operation::AuthorizationConsent).len();
    assert_eq!(world.audit.reasons(EventKind::WithdrawalRefused), ["storage", "authorization"]);
    world.clock.advance(Duration::from_secs(24 * 3_600));
    world.gate().sweep().await;
    assert_eq!(world.seen(Operation::AuthorizationConsent).len(), told);
}

async fn the_host_withdraws_on_its_own_account<H: Host>() {
    let world = World::open::<H>().await;
    let ana = world.log_in("pass@example.com").await;
    ana.consent_to_all().await;
    ana.pass("statement").await;
    let owner = principal("pass@example.com");
    world.gate().withdraw_consent(&owner, &[Purpose::Authorization]).await.expect("a withdrawal");
    ana.statement().await.problem("step-up-required");
    let seen = world.sandbox.consents("pass@example.com");
    assert!(!seen.authorization && !seen.storage);
    let receipts = world.gate().consent_history(&owner).await.expect("a history");
    let by_host = receipts.iter().filter(|receipt| receipt.actor() == Actor::Host);
    assert_eq!(by_host.map(Receipt::is_given).collect::<Vec<_>>(), [false, false]);
}

/// The same user, in a session of the host that does not matter.
fn principal(email: &str) -> Principal {
    Principal::new(email, "another-session-of-the-host").expect("a principal")
}
