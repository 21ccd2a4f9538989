//! What those who answer for it can read afterwards.

use std::time::Duration;

use biometry_gate::audit::EventKind;
use biometry_gate_testkit::{Form, media};
use biometry_sandbox::Operation;

use crate::harness::{Host, Setup, World};

on_every_host! {
    every_step_of_a_transfer_is_an_event,
    events_name_people_by_pseudonyms_and_no_secrets,
    the_platforms_own_id_of_a_verification_is_kept,
    a_required_trail_that_is_lost_lets_nobody_in,
    a_trail_that_is_not_required_may_be_lost,
    a_spent_budget_refuses_everybody_until_it_is_renewed,
}

async fn every_step_of_a_transfer_is_an_event<H: Host>() {
    let world = World::open::<H>().await;
    let ana = world.consented("pass@example.com").await;
    ana.approve("Zoe", "1").await;
    ana.transfer("Zoe", "1").await.ok();
    ana.transfer("Zoe", "1").await.problem("step-up-required");
    ana.browser.delete("/biometry/consent").send().await.granted();
    ana.log_out().await;
    let kinds: Vec<_> = world.audit.events().iter().map(|event| event.kind().as_str()).collect();
    let expected = [
        "consent.given",
        "gate.denied",
        "challenge.issued",
        "verify.passed",
        "gate.allowed",
        "gate.denied",
        "consent.withdrawn",
        "consent.withdrawn",
        "decision.revoked",
    ];
    assert_eq!(kinds, expected);
}

async fn events_name_people_by_pseudonyms_and_no_secrets<H: Host>() {
    let world = World::open::<H>().await;
    let ana = world.consented("pass+ana@example.com").await;
    let ben = world.consented("fail+ben@example.com").await;
    let challenge = ana.pass("statement").await;
    let failed = ben.start("statement").await;
    ben.verify(&failed).await.problem("verification-failed");
    ben.upload(&failed).form(&Form::new().file("video", media::png(5_000))).send().await;

    let events = world.audit.events();
    let shown = format!("{events:?}");
    for secret in ["ana@example", "ben@example", &challenge.session, &challenge.phrase, "92.5", &*world.key] {
        assert!(!shown.contains(secret), "{secret}: {shown}");
    }
    let people: Vec<_> = events.iter().filter_map(biometry_gate::audit::Event::subject).collect();
    assert!(people.contains(&people[0]) && people.iter().any(|other| *other != people[0]), "{shown}");
    let failures = world.audit.reasons(EventKind::VerifyFailed);
    assert!(failures[0].contains("verdict-fail"), "why it failed is for operators: {failures:?}");
}

async fn the_platforms_own_id_of_a_verification_is_kept<H: Host>() {
    let world = World::open::<H>().await;
    let ana = world.consented("pass@example.com").await;
    ana.pass("statement").await;
    let events = world.audit.events();
    let passed = events.iter().find(|event| event.kind() == EventKind::VerifyPassed).expect("a pass");
    let video = world.seen(Operation::ProcessVideo).remove(0);
    assert_eq!(passed.platform_request_id(), Some(&*video.request_id));
    assert_eq!(passed.policy_name(), Some("statement"));
}

async fn a_required_trail_that_is_lost_lets_nobody_in<H: Host>() {
    let world = Setup::new().gate(biometry_gate::gate::Builder::require_audit).open::<H>().await;
    let ana = world.consented("pass@example.com").await;
    ana.pass("statement").await;
    ana.statement().await.ok();
    let challenge = ana.start("statement").await;
    world.audit.lose();
    assert_eq!(ana.statement().await.status, 503);
    let answer = ana.verify(&challenge).await;
    assert!(answer.status.is_server_error(), "{answer:?}");
    world.audit.mend();
    ana.statement().await.ok();
}

async fn a_trail_that_is_not_required_may_be_lost<H: Host>() {
    let world = World::open::<H>().await;
    world.audit.lose();
    let ana = world.consented("pass@example.com").await;
    ana.approve("Zoe", "1").await;
    ana.transfer("Zoe", "1").await.ok();
    assert!(world.audit.events().is_empty());
}

async fn a_spent_budget_refuses_everybody_until_it_is_renewed<H: Host>() {
    let world = Setup::new().gate(|gate| gate.budget(2, Duration::from_secs(60))).open::<H>().await;
    let ana = world.consented("pass+ana@example.com").await;
    let ben = world.consented("pass+ben@example.com").await;
    ana.pass("statement").await;
    ben.pass("statement").await;
    let challenge = ana.start("statement").await;
    let refused = ana.verify(&challenge).await;
    refused.problem("overloaded");
    assert_eq!(refused.retry_after(), Some(60));
    assert_eq!(world.captures(), 2);
    assert_eq!(ana.state(&challenge).await, "issued");
    ana.statement().await.ok();
    world.clock.advance(Duration::from_secs(60));
    ana.verify(&challenge).await.granted();
}
