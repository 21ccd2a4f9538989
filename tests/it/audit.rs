//! What those who answer for it can read afterwards.

use std::time::Duration;

use biometry_gate::audit::EventKind;
use biometry_gate::clock::Clock as _;
use biometry_gate::policy::Action;
use biometry_gate_testkit::{Form, media};
use biometry_sandbox::Operation;

use crate::harness::{Host, Setup, World};

on_every_host! {
    every_step_of_a_transfer_is_an_event,
    events_that_belong_together_say_so,
    what_a_verdict_hints_at_is_an_event_of_its_own,
    events_name_people_by_pseudonyms_and_no_secrets,
    the_platforms_own_id_of_a_verification_is_kept,
    asking_for_another_operation_than_the_approved_one_is_an_event,
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
        "upload.accepted",
        "verify.passed",
        "decision.created",
        "decision.consumed",
        "gate.allowed",
        "decision.reuse_attempt",
        "gate.denied",
        "consent.withdrawn",
        "consent.withdrawn",
        "decision.revoked",
    ];
    assert_eq!(kinds, expected);
}

async fn events_that_belong_together_say_so<H: Host>() {
    let world = World::open::<H>().await;
    let ana = world.consented("pass@example.com").await;
    let refused = ana.transfer("Zoe", "1").await;
    let denied = world.audit.events().pop().expect("an event");
    assert_eq!(denied.request_id(), refused.header("x-request-id"));
    assert_eq!((denied.policy_version(), denied.action()), (Some(1), Some(Action::Confirmation)));

    ana.approve("Zoe", "1").await;
    ana.transfer("Zoe", "1").await.ok();
    let events = world.audit.events();
    let of = |kind| events.iter().find(|event| event.kind() == kind).expect("it happened");
    let [issued, accepted, passed, created, consumed, allowed] = [
        EventKind::ChallengeIssued,
        EventKind::UploadAccepted,
        EventKind::VerifyPassed,
        EventKind::DecisionCreated,
        EventKind::DecisionConsumed,
        EventKind::GateAllowed,
    ]
    .map(of);
    assert!(issued.attempt().is_some());
    assert!([accepted, passed, created].iter().all(|event| event.attempt() == issued.attempt()));
    assert!(accepted.request_id().is_some() && accepted.request_id() != issued.request_id());
    assert!([passed, created].iter().all(|event| event.request_id() == accepted.request_id()));
    assert!(created.decision().is_some());
    assert!([consumed, allowed].iter().all(|event| event.decision() == created.decision()));
    let all = [issued, accepted, passed, created, consumed, allowed];
    assert!(
        all.iter()
            .all(|event| event.host_session().is_some() && event.host_session() == denied.host_session())
    );
    assert!(all.iter().all(|event| event.at() == world.clock.now()));
}

async fn what_a_verdict_hints_at_is_an_event_of_its_own<H: Host>() {
    let world = World::open::<H>().await;
    let hints =
        [EventKind::VerifySubjectMismatch, EventKind::VerifyServicesRemoved, EventKind::VerifyAutoEnrolled];
    for (who, hinted) in [
        ("someone-else", [1, 0, 0]),
        ("removed", [1, 1, 0]),
        ("enroll-again", [1, 1, 1]),
        ("fail", [1, 1, 1]),
        ("pass", [1, 1, 1]),
    ] {
        let member = world.log_in(&format!("{who}@example.com")).await;
        member.consent_to_all().await;
        let challenge = member.start("statement").await;
        member.verify(&challenge).await;
        assert_eq!(hints.map(|kind| world.audit.count(kind)), hinted, "{who}");
    }
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

async fn asking_for_another_operation_than_the_approved_one_is_an_event<H: Host>() {
    let world = World::open::<H>().await;
    let ana = world.consented("pass@example.com").await;
    ana.transfer("Zoe", "1").await.problem("step-up-required");
    assert_eq!(world.audit.count(EventKind::IntentMismatch), 0, "nothing was approved yet");
    ana.approve("Zoe", "1").await;
    ana.transfer("Max", "1").await.problem("step-up-required");
    assert_eq!(world.audit.count(EventKind::IntentMismatch), 1);
    ana.transfer("Zoe", "1").await.ok();
    ana.transfer("Max", "1").await.problem("step-up-required");
    assert_eq!(world.audit.count(EventKind::IntentMismatch), 1, "what was approved is done");
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
