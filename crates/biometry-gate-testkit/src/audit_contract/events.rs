use biometry_client::ApiKey;
use biometry_gate::audit::{Event, EventKind};
use biometry_gate::clock::Clock as _;
use biometry_gate::policy::Action;
use biometry_sandbox::Operation;

use crate::form::Form;
use crate::host::{HostHarness, Setup, Stage};
use crate::media;

pub async fn events_that_belong_together_say_so<H: HostHarness>() {
    let stage = Stage::<H>::open().await;
    let ana = stage.consented("pass@example.com").await;
    let refused = ana.operate("Zoe 1").await;
    let denied = stage.audit.events().pop().expect("an event");
    assert_eq!(denied.request_id(), refused.header("x-request-id"));
    assert_eq!((denied.policy_version(), denied.action()), (Some(1), Some(Action::Confirmation)));

    ana.approve("Zoe 1").await;
    ana.operates("Zoe 1").await;
    let events = stage.audit.events();
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
    assert!(all.iter().all(|event| event.at() == stage.clock.now()));
}

pub async fn events_name_people_by_pseudonyms_and_no_secrets<H: HostHarness>() {
    let stage = Stage::<H>::open().await;
    let ana = stage.consented("pass+ana@example.com").await;
    let ben = stage.consented("fail+ben@example.com").await;
    let challenge = ana.pass("reusable").await;
    let failed = ben.start("reusable").await;
    ben.verify(&failed).await.problem("verification-failed");
    ben.upload(&failed).form(&Form::new().file("video", media::png(5_000))).send().await;

    let events = stage.audit.events();
    let shown = format!("{events:?}");
    for secret in ["ana@example", "ben@example", &challenge.session, &challenge.phrase, "92.5", &*stage.key] {
        assert!(!shown.contains(secret), "{secret}: {shown}");
    }
    let people: Vec<_> = events.iter().filter_map(Event::subject).collect();
    assert!(people.contains(&people[0]) && people.iter().any(|other| *other != people[0]), "{shown}");
    let failures = stage.audit.reasons(EventKind::VerifyFailed);
    assert!(failures[0].contains("verdict-fail"), "why it failed is for operators: {failures:?}");
}

pub async fn the_platforms_own_id_of_a_verification_is_kept<H: HostHarness>() {
    let stage = Stage::<H>::open().await;
    let ana = stage.consented("pass@example.com").await;
    ana.pass("reusable").await;
    let events = stage.audit.events();
    let passed = events.iter().find(|event| event.kind() == EventKind::VerifyPassed).expect("a pass");
    let video = stage.seen(Operation::ProcessVideo).remove(0);
    assert_eq!(passed.platform_request_id(), Some(&*video.request_id));
    assert_eq!(passed.policy_name(), Some("reusable"));
}

pub async fn events_name_the_key_and_the_replica<H: HostHarness>() {
    let stage = Setup::new().gate(|gate| gate.audit(|audit| audit.replica_name("bank-2"))).open::<H>().await;
    let ana = stage.consented("pass@example.com").await;
    ana.pass("reusable").await;
    stage.browser().get("/gated/reusable").send().await.problem("authentication-required");
    let key = ApiKey::parse(&stage.key).expect("a key");
    let events = stage.audit.events();
    assert!(events.len() > 4 && events.iter().all(|event| event.replica() == Some("bank-2")));
    assert!(events.iter().all(|event| event.key_id() == key.claims().id()), "{events:?}");
}

pub async fn an_operation_is_one_pseudonym_from_its_approval_to_its_run<H: HostHarness>() {
    let stage = Stage::<H>::open().await;
    let ana = stage.consented("pass@example.com").await;
    ana.approve("Zoe 1").await;
    ana.operate("Max 1").await.problem("step-up-required");
    ana.operates("Zoe 1").await;
    let events = stage.audit.events();
    let of = |kind| events.iter().find(|event| event.kind() == kind).expect("it happened").intent();
    let approved = of(EventKind::ChallengeIssued).expect("an operation");
    for kind in [EventKind::DecisionCreated, EventKind::DecisionConsumed, EventKind::GateAllowed] {
        assert_eq!(of(kind), Some(approved), "{kind:?}");
    }
    assert!(of(EventKind::IntentMismatch).is_some_and(|asked| asked != approved));
    let shown = format!("{events:?}");
    assert!(!shown.contains("Zoe") && !shown.contains("Max"), "{shown}");
}
