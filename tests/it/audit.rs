//! What those who answer for it can read afterwards.

use std::time::Duration;

use biometry_client::ApiKey;
use biometry_gate::audit::EventKind;
use biometry_gate::clock::Clock as _;
use biometry_gate::document::Documents;
use biometry_gate::gate::Builder;
use biometry_gate::ledger::Limits;
use biometry_gate::policy::{Action, Policy, Threshold};
use biometry_gate::principal::Principal;
use biometry_gate_testkit::{Form, MemoryRecords, Step, media};
use biometry_sandbox::Operation;
use serde_json::json;

use crate::harness::{Challenge, Host, Setup, World, capture, eventually};

on_every_host! {
    every_step_of_a_transfer_is_an_event,
    events_that_belong_together_say_so,
    what_a_verdict_hints_at_is_an_event_of_its_own,
    events_name_people_by_pseudonyms_and_no_secrets,
    the_platforms_own_id_of_a_verification_is_kept,
    asking_for_another_operation_than_the_approved_one_is_an_event,
    events_name_the_key_and_the_replica,
    an_operation_is_one_pseudonym_from_its_approval_to_its_run,
    a_challenge_whose_time_is_over_is_told_of_once,
    a_challenge_that_ran_out_is_not_superseded,
    a_decision_that_is_too_old_is_an_event,
    a_store_that_does_not_answer_is_an_event,
    a_lock_out_that_the_host_lifts_is_an_event,
    a_clock_that_is_set_back_is_an_event,
    settings_that_weaken_the_gate_are_events,
    a_required_trail_that_is_lost_lets_nobody_in,
    a_use_that_could_not_be_told_of_is_given_back,
    a_sign_in_that_could_not_be_told_of_is_redeemed_later,
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

async fn events_name_the_key_and_the_replica<H: Host>() {
    let world = Setup::new().gate(|gate| gate.replica_name("bank-2")).open::<H>().await;
    let ana = world.consented("pass@example.com").await;
    ana.pass("statement").await;
    world.browser().get("/api/statement").send().await.problem("authentication-required");
    let key = ApiKey::parse(&world.key).expect("a key");
    let events = world.audit.events();
    assert!(events.len() > 4 && events.iter().all(|event| event.replica() == Some("bank-2")));
    assert!(events.iter().all(|event| event.key_id() == key.claims().id()), "{events:?}");
}

async fn an_operation_is_one_pseudonym_from_its_approval_to_its_run<H: Host>() {
    let world = World::open::<H>().await;
    let ana = world.consented("pass@example.com").await;
    ana.approve("Zoe", "1").await;
    ana.transfer("Max", "1").await.problem("step-up-required");
    ana.transfer("Zoe", "1").await.ok();
    let events = world.audit.events();
    let of = |kind| events.iter().find(|event| event.kind() == kind).expect("it happened").intent();
    let approved = of(EventKind::ChallengeIssued).expect("an operation");
    for kind in [EventKind::DecisionCreated, EventKind::DecisionConsumed, EventKind::GateAllowed] {
        assert_eq!(of(kind), Some(approved), "{kind:?}");
    }
    assert!(of(EventKind::IntentMismatch).is_some_and(|asked| asked != approved));
    let shown = format!("{events:?}");
    assert!(!shown.contains("Zoe") && !shown.contains("Max"), "{shown}");
}

async fn a_challenge_whose_time_is_over_is_told_of_once<H: Host>() {
    let world = World::open::<H>().await;
    let ana = world.consented("pass@example.com").await;
    let challenge = ana.start("statement").await;
    let issued = world.audit.events().pop().expect("an event");
    world.clock.advance(Duration::from_secs(180));
    assert_eq!(ana.state(&challenge).await, "expired");
    eventually("challenge.expired", async || world.audit.count(EventKind::ChallengeExpired) == 1).await;
    let expired = world.audit.events().pop().expect("an event");
    assert_eq!((expired.attempt(), expired.subject()), (issued.attempt(), issued.subject()));

    ana.verify(&challenge).await.problem("session-expired");
    assert_eq!(world.audit.reasons(EventKind::UploadRejected), ["too-late"]);
    assert_eq!(ana.state(&challenge).await, "expired");
    world.gate().sweep().await;
    ana.pass("statement").await;
    world.clock.advance(Duration::from_secs(301));
    world.gate().sweep().await;
    assert_eq!(
        world.audit.count(EventKind::ChallengeExpired),
        1,
        "a pass that has grown old is no such thing"
    );
}

async fn a_challenge_that_ran_out_is_not_superseded<H: Host>() {
    let world = World::open::<H>().await;
    let ana = world.consented("pass@example.com").await;
    ana.start("statement").await;
    world.clock.advance(Duration::from_secs(180));
    ana.start("statement").await;
    eventually("challenge.expired", async || world.audit.count(EventKind::ChallengeExpired) == 1).await;
    assert_eq!(world.audit.count(EventKind::ChallengeVoided), 0);
    ana.start("statement").await;
    assert_eq!(world.audit.count(EventKind::ChallengeVoided), 1);
}

async fn a_decision_that_is_too_old_is_an_event<H: Host>() {
    let world = World::open::<H>().await;
    let ana = world.consented("pass@example.com").await;
    ana.pass("statement").await;
    world.clock.advance(Duration::from_secs(301));
    assert_eq!(ana.statement().await.problem("step-up-required")["reason"], "stale");
    assert_eq!(world.audit.count(EventKind::DecisionExpiredUse), 1);
    assert_eq!(world.audit.reasons(EventKind::GateDenied), ["stale"]);
}

async fn a_store_that_does_not_answer_is_an_event<H: Host>() {
    let (setup, store) = Setup::new().with_faulty_store();
    let world = setup.open::<H>().await;
    let ana = world.consented("pass@example.com").await;
    store.fail(&[Step::ClaimDecision]);
    ana.statement().await.problem("store-unavailable");
    let failed = world.audit.events().pop().expect("an event");
    assert_eq!((failed.kind(), failed.reason_text()), (EventKind::GateError, "store-unavailable"));
    assert!(failed.subject().is_some());
}

async fn a_lock_out_that_the_host_lifts_is_an_event<H: Host>() {
    let world = Setup::new().var("MAX_FAILURES", 1).open::<H>().await;
    let ana = world.consented("fail@example.com").await;
    let challenge = ana.start("statement").await;
    ana.verify(&challenge).await.problem("verification-failed");
    let locked = world.audit.events().pop().expect("an event");
    assert_eq!(locked.kind(), EventKind::LockEntered);
    let principal = Principal::new("fail@example.com", "of-the-help-desk").expect("a principal");
    world.gate().unlock(&principal).await.expect("unlocked");
    let cleared = world.audit.events().pop().expect("an event");
    assert_eq!((cleared.kind(), cleared.subject()), (EventKind::LockCleared, locked.subject()));
    assert_eq!(cleared.host_session(), None, "it holds in all of them");
}

async fn a_clock_that_is_set_back_is_an_event<H: Host>() {
    let world = World::open::<H>().await;
    let ana = world.consented("pass@example.com").await;
    ana.pass("statement").await;
    world.clock.turn_back(Duration::from_millis(900));
    ana.statement().await.problem("step-up-required");
    assert_eq!(world.audit.count(EventKind::ClockAnomaly), 0);
    world.clock.turn_back(Duration::from_secs(60));
    ana.statement().await.problem("step-up-required");
    ana.statement().await.problem("step-up-required");
    assert_eq!(world.audit.reasons(EventKind::ClockAnomaly), ["set-back(60s)"]);
}

async fn settings_that_weaken_the_gate_are_events<H: Host>() {
    let sound = World::open::<H>().await;
    assert!(sound.gate().lints().is_empty() && sound.audit.events().is_empty());
    let unguarded = Policy::face_live("unguarded", Threshold::vendor_verdict_only())
        .dangerous_without_liveness()
        .max_age(Duration::from_secs(3601));
    let weaken = |gate: Builder| {
        let limits = Limits::default().failures(11, Duration::from_secs(29));
        let gate = gate.policy(unguarded).limits(limits).challenge_ttl(Duration::from_secs(601));
        gate.dangerous_disclose_reasons().documents(Documents::new().dangerous_disclose_portrait())
    };
    let weak = Setup::new().gate(weaken).open::<H>().await;
    let told = weak.audit.reasons(EventKind::ConfigLint);
    let expected = [
        "many-failures",
        "short-cool-down",
        "long-challenge",
        "reasons-disclosed",
        "portrait-disclosed",
        "without-liveness(unguarded)",
        "long-lived(unguarded)",
    ];
    assert_eq!(told, expected);
    assert!(weak.gate().lints().iter().all(|lint| lint.advice().contains('`')));

    let records = MemoryRecords::default();
    let apart = Setup::new().with_shared_store(&records).var("SESSION_SECRET", "").open::<H>().await;
    assert_eq!(apart.audit.reasons(EventKind::ConfigLint), ["pseudonyms-apart"]);
    let together = Setup::new().with_shared_store(&records).open::<H>().await;
    assert!(together.gate().lints().is_empty(), "the banks make the key of the secret that they share");
}

async fn a_required_trail_that_is_lost_lets_nobody_in<H: Host>() {
    let world = Setup::new().gate(Builder::require_audit).open::<H>().await;
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

async fn a_use_that_could_not_be_told_of_is_given_back<H: Host>() {
    let world = Setup::new().gate(Builder::require_audit).open::<H>().await;
    let ana = world.consented("pass@example.com").await;
    ana.approve("Zoe", "1").await;
    for _ in 0..2 {
        world.audit.lose();
        ana.transfer("Zoe", "1").await.problem("store-unavailable");
        world.audit.mend();
    }
    // The use is told of, and that a route was opened with it is not.
    world.audit.lose_each(EventKind::GateAllowed);
    ana.transfer("Zoe", "1").await.problem("store-unavailable");
    world.audit.mend();
    let kinds: Vec<_> =
        world.audit.events().iter().rev().take(3).map(biometry_gate::audit::Event::kind).collect();
    assert_eq!(kinds, [EventKind::GateError, EventKind::Restored, EventKind::DecisionConsumed]);

    ana.transfer("Zoe", "1").await.ok();
    assert_eq!(ana.transfer("Zoe", "1").await.problem("step-up-required")["reason"], "consumed");
    ana.pass("statement").await;
    assert_eq!(ana.statement().await.ok()["entries"].as_array().map(Vec::len), Some(1));
    assert!(world.gate().lost_audit_events() >= 3);
}

async fn a_sign_in_that_could_not_be_told_of_is_redeemed_later<H: Host>() {
    let world = Setup::new().gate(Builder::require_audit).open::<H>().await;
    world.consented("pass@example.com").await;
    let browser = world.browser();
    let started = browser.post("/biometry/session/start");
    let started = started.json(json!({ "policy": "login", "subject": "pass@example.com" })).send().await;
    let challenge = Challenge::read(&started.granted());
    let upload = browser.post("/biometry/verify").header("x-session-id", &challenge.session);
    upload.form(&capture()).send().await.granted();
    world.audit.lose();
    browser.post("/login/face").send().await.problem("store-unavailable");
    browser.get("/api/whoami").send().await.problem("authentication-required");
    world.audit.mend();
    browser.post("/login/face").send().await.ok();
    let redeemed = world.audit.events().pop().expect("an event");
    assert_eq!((redeemed.kind(), redeemed.policy_name()), (EventKind::LoginRedeemed, Some("login")));
    assert!(redeemed.decision().is_some());
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
