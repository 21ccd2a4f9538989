//! The banks' transfers speak their amounts.

use biometry_gate::audit::EventKind;
use serde_json::{Value, json};

use crate::harness::{Challenge, Host, Member, World};

on_every_host! {
    a_transfer_is_made_by_who_says_its_amount,
    a_transfer_is_not_made_with_a_capture_of_another_amount,
    long_amounts_are_said_by_their_length_and_first_digits,
}

async fn a_transfer_is_made_by_who_says_its_amount<H: Host>() {
    let world = World::open::<H>().await;
    let ana = world.consented("pass@example.com").await;
    let started = start(&ana, "12.50").await;
    let said = json!([{ "label": "Amount", "value": "12.50 EUR", "words": "one two five zero" }]);
    assert_eq!(started["spoken"], said);
    let phrase = started["phrase"].as_str().expect("a phrase");
    assert!(phrase.starts_with("one two five zero ") && phrase.split(' ').count() == 11, "{phrase}");
    ana.pass_with(&challenge(&started)).await;
    ana.transfer("Zoe", "12.50").await.ok();
    let events = world.audit.events();
    let made = events.iter().find(|event| event.kind() == EventKind::DecisionCreated).expect("a decision");
    assert!(made.is_operation_spoken());
}

async fn a_transfer_is_not_made_with_a_capture_of_another_amount<H: Host>() {
    let world = World::open::<H>().await;
    let ana = world.consented("pass@example.com").await;
    let first = start(&ana, "12.50").await;
    ana.pass_with(&challenge(&first)).await;
    ana.transfer("Zoe", "12.50").await.ok();
    // The video of that transfer, for one of another amount; one of the other amount with the digits that are fresh in the
    // first; and the old video for the same amount once more.
    let digits = |started: &Value| {
        let phrase = started["phrase"].as_str().expect("a phrase");
        phrase.split(' ').rev().take(7).collect::<Vec<_>>().into_iter().rev().collect::<Vec<_>>().join(" ")
    };
    let old = first["phrase"].as_str().expect("a phrase").to_owned();
    for amount in ["1250.00", "12.51", "12.50"] {
        let started = start(&ana, amount).await;
        let another = format!("one two five two {}", digits(&started));
        let mut challenge = challenge(&started);
        for said in [&old, &another] {
            world.sandbox.let_say("pass@example.com", Some(said));
            let failed = ana.verify(&challenge).await.problem("verification-failed");
            assert_eq!(failed["spoken"], started["spoken"], "{amount}");
            challenge = challenge.renewed(&failed);
            ana.transfer("Zoe", amount).await.problem("step-up-required");
        }
        world.sandbox.let_say("pass@example.com", None);
        // Who says it passes.
        ana.pass_with(&challenge).await;
        ana.transfer("Zoe", amount).await.ok();
    }
}

async fn long_amounts_are_said_by_their_length_and_first_digits<H: Host>() {
    let world = World::open::<H>().await;
    let ana = world.consented("pass@example.com").await;
    for (amount, words) in [
        ("0.05", "zero zero five"),
        ("99.99", "nine nine nine nine"),
        ("125", "three one two five zero"),
        ("1250", "four one two five zero"),
        ("9999.99", "four nine nine nine nine"),
    ] {
        let started = start(&ana, amount).await;
        assert_eq!(started["spoken"][0]["words"], words, "{amount}");
        assert!(started["phrase"].as_str().expect("a phrase").split(' ').count() <= 12);
    }
    let all = start(&ana, "10000.00").await;
    ana.pass_with(&challenge(&all)).await;
    ana.transfer("Zoe", "9999.99").await.problem("step-up-required");
    ana.transfer("Zoe", "10000").await.ok();
}

/// Has a transfer refused, and starts a session to approve it; the whole answer.
async fn start(member: &Member, amount: &str) -> Value {
    let refusal = member.transfer("Zoe", amount).await.problem("step-up-required");
    let intent = &refusal["step_up"]["intent"]["id"];
    member.try_start(json!({ "policy": "transfer", "intent": intent })).await.granted()
}

fn challenge(started: &Value) -> Challenge {
    Challenge::read(started)
}
