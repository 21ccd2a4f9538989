//! What a capture approves in which this or that is spoken.

use biometry_gate::audit::EventKind;
use serde_json::{Value, json};

use super::{challenge, fresh, speaking, start};
use crate::host::{HostHarness, Person, Stage};

pub async fn the_right_amount_passes_and_the_decision_says_that_it_was_spoken<H: HostHarness>() {
    let stage = speaking::<H>().await;
    let ana = stage.consented("pass@example.com").await;
    let answer = start(&ana, "say 12.50 to Zoe").await;
    ana.pass_with(&challenge(&answer)).await;
    let inside = ana.operate("say 12.50 to Zoe").await.json();
    assert_eq!((&inside["spoken"], &inside["policy"]), (&json!(true), &json!("operation")));
    for kind in [EventKind::DecisionCreated, EventKind::DecisionConsumed, EventKind::GateAllowed] {
        let events = stage.audit.events();
        let event = events.iter().find(|event| event.kind() == kind).expect("an event");
        assert!(event.is_operation_spoken(), "{kind:?}");
        assert!(!format!("{event:?}").contains("one two five zero"), "{kind:?}");
    }
    // What was proved without an operation says so, too.
    ana.pass("reusable").await;
    assert_eq!(ana.enter().await.json()["spoken"], false);
}

pub async fn a_capture_of_another_amount_approves_nothing<H: HostHarness>() {
    let stage = speaking::<H>().await;
    for (place, (amount, other)) in [
        ("12.50", "one two six zero"),
        ("12.50", "one two five zero zero"),
        ("12.50", "nine two five zero"),
        ("12.50", ""),
        ("0.05", "zero five"),
        ("0.00", "one zero zero"),
    ]
    .into_iter()
    .enumerate()
    {
        let ana = stage.consented(&format!("pass+{place}@example.com")).await;
        let operation = format!("say {amount} to Zoe");
        let answer = start(&ana, &operation).await;
        // Another amount, and the very digits that are fresh.
        let said = format!("{other} {}", fresh(&answer));
        let failed = refused(&stage, &ana, &answer, &said).await;
        assert_eq!(failed["spoken"], answer["spoken"], "{said}");
        assert_eq!(ana.operate(&operation).await.problem("step-up-required")["reason"], "absent", "{said}");
    }
    assert_eq!(stage.app.runs(), 0);
}

pub async fn a_capture_of_the_same_amount_from_before_approves_nothing<H: HostHarness>() {
    let stage = speaking::<H>().await;
    let ana = stage.consented("pass@example.com").await;
    let first = start(&ana, "say 12.50 to Zoe").await;
    ana.pass_with(&challenge(&first)).await;
    ana.operates("say 12.50 to Zoe").await;
    let second = start(&ana, "say 12.50 to Zoe").await;
    let old = first["phrase"].as_str().expect("a phrase");
    let failed = refused(&stage, &ana, &second, old).await;
    assert_ne!(failed["phrase"], second["phrase"]);
    ana.operate("say 12.50 to Zoe").await.problem("step-up-required");
    assert_eq!(stage.app.runs(), 1);
}

pub async fn another_amount_needs_another_phrase<H: HostHarness>() {
    let stage = speaking::<H>().await;
    let ana = stage.consented("pass@example.com").await;
    let answer = start(&ana, "say 12.50 to Zoe").await;
    ana.pass_with(&challenge(&answer)).await;
    for other in ["say 12.51 to Zoe", "say 125.00 to Zoe", "say 12.50 to Max"] {
        assert_eq!(ana.operate(other).await.problem("step-up-required")["reason"], "absent", "{other}");
    }
    let other = start(&ana, "say 12.51 to Zoe").await;
    assert_eq!(other["spoken"][0]["words"], "one two five one");
    assert_ne!(fresh(&other), fresh(&answer));
    // The capture of the amount that was approved does not approve the other one.
    refused(&stage, &ana, &other, answer["phrase"].as_str().expect("a phrase")).await;
    ana.operate("say 12.51 to Zoe").await.problem("step-up-required");
    ana.operates("say 12.50 to Zoe").await;
}

/// Uploads a capture in which this is spoken, which the platform lets pass, and the gate does not.
async fn refused<H: HostHarness>(stage: &Stage<H>, person: &Person, started: &Value, said: &str) -> Value {
    stage.sandbox.let_say(&person.subject, Some(said));
    let failed = person.verify(&challenge(started)).await.problem("verification-failed");
    stage.sandbox.let_say(&person.subject, None);
    failed
}
