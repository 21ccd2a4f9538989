use std::time::Duration;

use biometry_gate::audit::{Event, EventKind};
use biometry_gate::gate::Auditing;
use serde_json::json;

use crate::host::{Challenge, HostHarness, Setup, Stage, capture};

pub async fn a_required_trail_that_is_lost_lets_nobody_in<H: HostHarness>() {
    let stage = Setup::new().gate(|gate| gate.audit(Auditing::required)).open::<H>().await;
    let ana = stage.consented("pass@example.com").await;
    ana.pass("reusable").await;
    ana.enters().await;
    let challenge = ana.start("reusable").await;
    stage.audit.lose();
    assert_eq!(ana.enter().await.status, 503);
    let answer = ana.verify(&challenge).await;
    assert!(answer.status.is_server_error(), "{answer:?}");
    stage.audit.mend();
    ana.enters().await;
}

pub async fn a_use_that_could_not_be_recorded_is_given_back<H: HostHarness>() {
    let stage = Setup::new().gate(|gate| gate.audit(Auditing::required)).open::<H>().await;
    let ana = stage.consented("pass@example.com").await;
    ana.approve("Zoe 1").await;
    for _ in 0..2 {
        stage.audit.lose();
        ana.operate("Zoe 1").await.problem("store-unavailable");
        stage.audit.mend();
    }
    // The use is recorded, and that a route was opened with it is not.
    stage.audit.lose_each(EventKind::GateAllowed);
    ana.operate("Zoe 1").await.problem("store-unavailable");
    stage.audit.mend();
    let kinds: Vec<_> = stage.audit.events().iter().rev().take(3).map(Event::kind).collect();
    assert_eq!(kinds, [EventKind::GateError, EventKind::Restored, EventKind::DecisionConsumed]);

    ana.operates("Zoe 1").await;
    assert_eq!(ana.operate("Zoe 1").await.problem("step-up-required")["reason"], "consumed");
    assert_eq!(stage.app.runs(), 1);
    assert!(stage.app.gate().admin().lost_audit_events() >= 3);
}

pub async fn a_sign_in_that_could_not_be_recorded_is_redeemed_later<H: HostHarness>() {
    let stage = Setup::new().gate(|gate| gate.audit(Auditing::required)).open::<H>().await;
    stage.consented("pass@example.com").await;
    let browser = stage.browser();
    let started = browser.post("/biometry/session/start");
    let started = started.json(json!({ "policy": "login", "subject": "pass@example.com" })).send().await;
    let challenge = Challenge::read(&started.granted());
    let upload = browser.post("/biometry/verify").header("x-session-id", &challenge.session);
    upload.form(&capture()).send().await.granted();
    stage.audit.lose();
    browser.post("/login/face").send().await.problem("store-unavailable");
    stage.audit.mend();
    assert_eq!(browser.post("/login/face").send().await.status, 200);
    let redeemed = stage.audit.events().pop().expect("an event");
    assert_eq!((redeemed.kind(), redeemed.policy_name()), (EventKind::LoginRedeemed, Some("login")));
    assert!(redeemed.decision().is_some());
}

pub async fn a_trail_that_is_not_required_may_be_lost<H: HostHarness>() {
    let stage = Stage::<H>::open().await;
    stage.audit.lose();
    let ana = stage.consented("pass@example.com").await;
    ana.approve("Zoe 1").await;
    ana.operates("Zoe 1").await;
    assert!(stage.audit.events().is_empty());
}

pub async fn a_spent_budget_refuses_every_caller_until_it_is_renewed<H: HostHarness>() {
    let stage = Setup::new()
        .gate(|gate| gate.platform(|platform| platform.budget(2, Duration::from_secs(60))))
        .open::<H>()
        .await;
    let ana = stage.consented("pass+ana@example.com").await;
    let ben = stage.consented("pass+ben@example.com").await;
    ana.pass("reusable").await;
    ben.pass("reusable").await;
    let challenge = ana.start("reusable").await;
    let refused = ana.verify(&challenge).await;
    refused.problem("overloaded");
    assert_eq!(refused.retry_after(), Some(60));
    assert_eq!(stage.captures(), 2);
    assert_eq!(ana.state(&challenge).await, "issued");
    ana.enters().await;
    stage.clock.advance(Duration::from_secs(60));
    ana.verify(&challenge).await.granted();
}
