//! Where the platform is asked for consent, only what both sides know of counts.

use std::time::Duration;

use biometry_gate::audit::EventKind;
use biometry_gate::consent::{Actor, ConsentSource, Receipt};
use biometry_gate::principal::{HostSession, Principal};
use biometry_sandbox::{Fault, Operation};
use serde_json::json;

use crate::harness::{Host, Setup, World};

on_every_host! {
    consent_that_the_platform_does_not_know_of_is_none,
    consent_that_the_platform_remembers_is_taken_over,
    what_was_withdrawn_here_stays_withdrawn,
    an_answer_is_good_for_a_minute,
    an_answer_is_doubted_when_services_are_left_out,
    a_platform_that_cannot_tell_is_a_refusal,
    without_it_the_platform_is_never_asked,
}

async fn open<H: Host>() -> World {
    Setup::new()
        .gate(|gate| gate.consent(|consent| consent.source(ConsentSource::Platform)))
        .open::<H>()
        .await
}

async fn consent_that_the_platform_does_not_know_of_is_none<H: Host>() {
    let world = open::<H>().await;
    let ana = world.log_in("pass@example.com").await;
    let challenge = ana.start("statement").await;
    let refused = ana.verify(&challenge).await.problem("consent-required");
    assert_eq!(refused["purposes"], json!(["authorization"]));
    // The platform says that it takes the consent, and forgets it.
    let answer = json!({ "data": { "is_consent_given": true, "user_fullname": "pass@example.com" } });
    world.sandbox.fault(Fault::on(Operation::AuthorizationConsent).status(200, answer));
    ana.consent().await;
    ana.verify(&challenge).await.problem("consent-required");
    let consent = ana.browser.get("/biometry/consent").send().await.granted();
    assert_eq!(consent["authorization"]["given"], false);
    world.sandbox.clear_faults();
    ana.consent().await;
    ana.verify(&challenge).await.granted();
    assert_eq!(world.audit.reasons(EventKind::ConsentDenied), ["authorization", "authorization"]);
}

async fn consent_that_the_platform_remembers_is_taken_over<H: Host>() {
    let world = open::<H>().await;
    // As after a restart with a store that did not outlive the process.
    world.sandbox.give_consents("pass@example.com");
    let ana = world.log_in("pass@example.com").await;
    let started = ana.try_start(json!({ "policy": "statement" })).await.granted();
    assert_eq!(started["consent"], json!({ "authorization": true, "storage": true }));
    ana.pass("statement").await;
    let owner =
        Principal::new("pass@example.com", HostSession::parse("s").expect("a key")).expect("a principal");
    let receipts = world.gate().admin().consent_history(&owner).await.expect("a history");
    assert_eq!(receipts.iter().map(Receipt::actor).collect::<Vec<_>>(), [Actor::Platform; 2]);
}

async fn what_was_withdrawn_here_stays_withdrawn<H: Host>() {
    let setup = Setup::new().gate(|gate| gate.consent(|consent| consent.source(ConsentSource::Platform)));
    let world = setup.sandbox(|sandbox| sandbox.revocation_refused(true)).open::<H>().await;
    let ana = world.consented("pass@example.com").await;
    ana.browser.delete("/biometry/consent").send().await.granted();
    assert!(world.sandbox.consents("pass@example.com").authorization, "the platform takes no withdrawals");
    let challenge = ana.start("statement").await;
    ana.verify(&challenge).await.problem("consent-required");
    let consent = ana.browser.get("/biometry/consent").send().await.granted();
    assert_eq!(consent["authorization"]["given"], false);
}

async fn an_answer_is_good_for_a_minute<H: Host>() {
    let world = open::<H>().await;
    let ana = world.consented("pass@example.com").await;
    ana.pass("statement").await;
    let asked = world.seen(Operation::ConsentHistory).len();
    ana.pass("statement").await;
    assert_eq!(world.seen(Operation::ConsentHistory).len(), asked);
    world.clock.advance(Duration::from_secs(60));
    ana.pass("statement").await;
    assert_eq!(world.seen(Operation::ConsentHistory).len(), asked + 1);
    // A change made here ends it at once.
    ana.give_consent(json!({ "storage": true })).await.granted();
    ana.pass("statement").await;
    assert_eq!(world.seen(Operation::ConsentHistory).len(), asked + 2);
}

async fn an_answer_is_doubted_when_services_are_left_out<H: Host>() {
    let world = open::<H>().await;
    let ana = world.consented("removed@example.com").await;
    let challenge = ana.start("statement").await;
    let asked = world.seen(Operation::ConsentHistory).len();
    ana.verify(&challenge).await.problem("verification-failed");
    assert_eq!(world.audit.count(EventKind::VerifyServicesRemoved), 1);
    ana.browser.get("/biometry/consent").send().await.granted();
    assert_eq!(world.seen(Operation::ConsentHistory).len(), asked + 1);
}

async fn a_platform_that_cannot_tell_is_a_refusal<H: Host>() {
    let world = open::<H>().await;
    let ana = world.consented("pass@example.com").await;
    let error = json!({ "error": "out of order" });
    for (fault, code) in [
        (Fault::on(Operation::ConsentHistory).status(503, error.clone()), "platform-unavailable"),
        (Fault::on(Operation::ConsentHistory).status(500, error.clone()), "platform-error"),
        (Fault::on(Operation::ConsentHistory).status(401, error), "platform-unavailable"),
        (Fault::on(Operation::ConsentHistory).malformed_body("{\"data\":true}"), "platform-error"),
        (Fault::on(Operation::ConsentHistory).cut_before_reply(), "platform-unavailable"),
    ] {
        let challenge = ana.start("statement").await;
        world.clock.advance(Duration::from_secs(60));
        world.sandbox.fault(fault);
        ana.verify(&challenge).await.problem(code);
        ana.browser.get("/biometry/consent").send().await.problem(code);
        world.sandbox.clear_faults();
    }
    assert_eq!(world.captures(), 0);
    // A withdrawal asks neither side first.
    world.sandbox.fault(Fault::on(Operation::ConsentHistory).hang());
    ana.browser.delete("/biometry/consent").send().await.granted();
}

async fn without_it_the_platform_is_never_asked<H: Host>() {
    let world = World::open::<H>().await;
    let ana = world.consented("pass@example.com").await;
    ana.pass("statement").await;
    ana.browser.get("/biometry/consent").send().await.granted();
    ana.browser.get("/biometry/api-consent/history").send().await.granted();
    assert!(world.seen(Operation::ConsentHistory).is_empty());
}
