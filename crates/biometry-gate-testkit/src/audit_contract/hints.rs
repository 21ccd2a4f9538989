use std::time::Duration;

use biometry_gate::Limits;
use biometry_gate::audit::EventKind;
use biometry_gate::principal::{HostSession, Principal};

use crate::host::{HostHarness, Setup, Stage, eventually};
use biometry_gate::store::operations::StoreOperation;

pub async fn what_a_verdict_hints_at_is_an_event_of_its_own<H: HostHarness>() {
    let stage = Stage::<H>::open().await;
    let hints =
        [EventKind::VerifySubjectMismatch, EventKind::VerifyServicesRemoved, EventKind::VerifyAutoEnrolled];
    for (who, hinted) in [
        ("someone-else", [1, 0, 0]),
        ("removed", [1, 1, 0]),
        ("enroll-again", [1, 1, 1]),
        ("fail", [1, 1, 1]),
        ("pass", [1, 1, 1]),
    ] {
        let member = stage.log_in(&format!("{who}@example.com"));
        member.consent_to_all().await;
        let challenge = member.start("reusable").await;
        member.verify(&challenge).await;
        assert_eq!(hints.map(|kind| stage.audit.count(kind)), hinted, "{who}");
    }
}

pub async fn asking_for_another_operation_than_the_approved_one_is_an_event<H: HostHarness>() {
    let stage = Stage::<H>::open().await;
    let ana = stage.consented("pass@example.com").await;
    ana.operate("Zoe 1").await.problem("step-up-required");
    assert_eq!(stage.audit.count(EventKind::IntentMismatch), 0, "nothing was approved yet");
    ana.approve("Zoe 1").await;
    ana.operate("Max 1").await.problem("step-up-required");
    assert_eq!(stage.audit.count(EventKind::IntentMismatch), 1);
    ana.operates("Zoe 1").await;
    ana.operate("Max 1").await.problem("step-up-required");
    assert_eq!(stage.audit.count(EventKind::IntentMismatch), 1, "what was approved is done");
}

pub async fn a_challenge_whose_time_is_over_is_recorded_once<H: HostHarness>() {
    let stage = Stage::<H>::open().await;
    let ana = stage.consented("pass@example.com").await;
    let challenge = ana.start("reusable").await;
    let issued = stage.audit.events().pop().expect("an event");
    stage.clock.advance(Duration::from_secs(180));
    assert_eq!(ana.state(&challenge).await, "expired");
    eventually("challenge.expired", async || stage.audit.count(EventKind::ChallengeExpired) == 1).await;
    let expired = stage.audit.events().pop().expect("an event");
    assert_eq!((expired.attempt(), expired.subject()), (issued.attempt(), issued.subject()));

    ana.verify(&challenge).await.problem("session-expired");
    assert_eq!(stage.audit.reasons(EventKind::UploadRejected), ["too-late"]);
    assert_eq!(ana.state(&challenge).await, "expired");
    stage.app.gate().admin().sweep().await;
    ana.pass("reusable").await;
    stage.clock.advance(Duration::from_secs(301));
    stage.app.gate().admin().sweep().await;
    assert_eq!(
        stage.audit.count(EventKind::ChallengeExpired),
        1,
        "a pass that has grown old is no such thing"
    );
}

pub async fn a_challenge_that_ran_out_is_not_superseded<H: HostHarness>() {
    let stage = Stage::<H>::open().await;
    let ana = stage.consented("pass@example.com").await;
    ana.start("reusable").await;
    stage.clock.advance(Duration::from_secs(180));
    ana.start("reusable").await;
    eventually("challenge.expired", async || stage.audit.count(EventKind::ChallengeExpired) == 1).await;
    assert_eq!(stage.audit.count(EventKind::ChallengeVoided), 0);
    ana.start("reusable").await;
    assert_eq!(stage.audit.count(EventKind::ChallengeVoided), 1);
}

pub async fn a_decision_that_is_too_old_is_an_event<H: HostHarness>() {
    let stage = Stage::<H>::open().await;
    let ana = stage.consented("pass@example.com").await;
    ana.pass("reusable").await;
    stage.clock.advance(Duration::from_secs(301));
    assert_eq!(ana.enter().await.problem("step-up-required")["reason"], "stale");
    assert_eq!(stage.audit.count(EventKind::DecisionExpiredUse), 1);
    assert_eq!(stage.audit.reasons(EventKind::GateDenied), ["stale"]);
}

pub async fn a_store_that_does_not_answer_is_an_event<H: HostHarness>() {
    let (setup, store) = Setup::new().with_faulty_store();
    let stage = setup.open::<H>().await;
    let ana = stage.consented("pass@example.com").await;
    store.fail(&[StoreOperation::ClaimDecision]);
    ana.enter().await.problem("store-unavailable");
    let failed = stage.audit.events().pop().expect("an event");
    assert_eq!((failed.kind(), failed.reason_text()), (EventKind::GateError, "store-unavailable"));
    assert!(failed.subject().is_some());
}

pub async fn a_lock_out_that_the_host_lifts_is_an_event<H: HostHarness>() {
    let limits = Limits::default().failures(1, Duration::from_secs(60));
    let stage = Setup::new().gate(move |gate| gate.limits(limits)).open::<H>().await;
    let ana = stage.consented("fail@example.com").await;
    let challenge = ana.start("reusable").await;
    ana.verify(&challenge).await.problem("verification-failed");
    let locked = stage.audit.events().pop().expect("an event");
    assert_eq!(locked.kind(), EventKind::LockEntered);
    let principal =
        Principal::new("fail@example.com", HostSession::parse("of-the-help-desk").expect("a key"))
            .expect("a principal");
    stage.app.gate().admin().unlock(&principal).await.expect("unlocked");
    let cleared = stage.audit.events().pop().expect("an event");
    assert_eq!((cleared.kind(), cleared.subject()), (EventKind::LockCleared, locked.subject()));
    assert_eq!(cleared.host_session(), None, "it holds in all of them");
}

pub async fn a_clock_that_is_set_back_is_an_event<H: HostHarness>() {
    let stage = Stage::<H>::open().await;
    let ana = stage.consented("pass@example.com").await;
    ana.pass("reusable").await;
    stage.clock.turn_back(Duration::from_millis(900));
    ana.enter().await.problem("step-up-required");
    assert_eq!(stage.audit.count(EventKind::ClockAnomaly), 0);
    stage.clock.turn_back(Duration::from_secs(60));
    ana.enter().await.problem("step-up-required");
    ana.enter().await.problem("step-up-required");
    assert_eq!(stage.audit.reasons(EventKind::ClockAnomaly), ["set-back(60s)"]);
}
