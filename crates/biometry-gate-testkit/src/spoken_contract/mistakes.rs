//! Operations that their policy cannot have spoken.

use biometry_gate::Policy;
use http::StatusCode;
use serde_json::json;

use super::{speaking, start};
use crate::host::{HostHarness, Person, Setup, Stage};

pub async fn an_operation_too_long_to_be_spoken_is_refused<H: HostHarness>() {
    let stage = speaking::<H>().await;
    let ana = stage.consented("pass@example.com").await;
    for long in ["say 1250.00 to Zoe", "say 12.50 04 to Zoe", "say 1.25 0421 to Zoe", "say 1.25 4a to Zoe"] {
        let problem = ana.operate(long).await.problem("invalid-request");
        assert_eq!(problem["status"], 422, "{long}");
        assert!(problem["detail"].as_str().is_some_and(|detail| detail.contains("spoken")), "{problem}");
    }
    start(&ana, "say 999.99 to Zoe").await;
    let stage = Setup::new().operations(Policy::speak_operation_shortened).open::<H>().await;
    let ana = stage.consented("pass@example.com").await;
    start(&ana, "say 999999999.99 to Zoe").await;
    ana.operate("say 1000000000.00 to Zoe").await.problem("invalid-request");
}

pub async fn an_operation_that_says_nothing_is_a_mistake_of_the_host<H: HostHarness>() {
    let stage = speaking::<H>().await;
    let ana = stage.consented("pass@example.com").await;
    let answer = ana.operate("12.50 to Zoe").await;
    assert_eq!(answer.status, StatusCode::INTERNAL_SERVER_ERROR, "{answer:?}");
    assert!(!answer.text().contains("spoken_line"), "that is for the log: {answer:?}");
}

pub async fn a_spoken_operation_under_a_silent_policy_is_a_mistake_of_the_host<H: HostHarness>() {
    let stage = Stage::<H>::open().await;
    let ana = stage.consented("pass@example.com").await;
    let answer = ana.operate("say 12.50 to Zoe").await;
    assert_eq!(answer.status, StatusCode::INTERNAL_SERVER_ERROR, "{answer:?}");
    assert_eq!(stage.app.runs(), 0);
}

/// The same person at a host whose policy is silent and at one whose policy speaks, with one store.
async fn before_and_after<H: HostHarness>() -> (Stage<H>, Person, Stage<H>, Person) {
    let (silent, store) = Setup::new().with_faulty_store();
    let silent = silent.open::<H>().await;
    let speaking = Setup::new().operations(Policy::speak_operation).gate(move |gate| gate.store(store));
    let speaking = speaking.open::<H>().await;
    let ana = silent.consented("pass@example.com").await;
    // Each host has a platform of its own.
    speaking.sandbox.give_consents(&ana.subject);
    let browser = ana.browser.at(speaking.browser().address());
    let ana_later = Person { browser, subject: ana.subject.clone() };
    (silent, ana, speaking, ana_later)
}

pub async fn a_session_from_before_the_policy_spoke_is_over<H: HostHarness>() {
    let (_silent, ana, speaking, ana_later) = before_and_after::<H>().await;
    let refusal = ana.operate("12.50 to Zoe").await.problem("step-up-required");
    let challenge = ana.start_approval(&refusal).await;
    for _ in 0..6 {
        ana_later.verify(&challenge).await.problem("session-expired");
    }
    assert_eq!(speaking.captures(), 0, "no capture could have passed");
    let refusal = ana_later.operate("say 12.50 to Zoe").await.problem("step-up-required");
    ana_later.pass_with(&ana_later.start_approval(&refusal).await).await;
    ana_later.operates("say 12.50 to Zoe").await;
}

pub async fn what_was_handed_out_before_the_policy_changed_is_asked_for_anew<H: HostHarness>() {
    let (_silent, ana, _speaking, ana_later) = before_and_after::<H>().await;
    for (before, after, operation, anew) in [
        (&ana, &ana_later, "12.50 to Zoe", "say 12.50 to Zoe"),
        (&ana_later, &ana, "say 12.50 to Zoe", "12.50 to Zoe"),
    ] {
        let refusal = before.operate(operation).await.problem("step-up-required");
        let intent = &refusal["step_up"]["intent"]["id"];
        let body = json!({ "policy": "operation", "intent": intent });
        after.try_start(body.clone()).await.problem("invalid-request");
        before.try_start(body).await.granted();
        let challenge = after.operate(anew).await.problem("step-up-required");
        after.pass_with(&after.start_approval(&challenge).await).await;
        after.operates(anew).await;
    }
}
