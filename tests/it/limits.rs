//! How often one may start and fail.

use std::time::Duration;

use biometry_gate::audit::EventKind;
use biometry_gate::ledger::Limits;
use biometry_gate::principal::Principal;
use biometry_sandbox::Operation;
use serde_json::json;

use crate::harness::{Challenge, Host, Setup, World};

on_every_host! {
    failures_count_down_to_a_lock_out_that_ends,
    a_locked_out_user_keeps_decisions_and_the_hosts_session,
    a_lock_out_holds_in_every_browser_of_the_user_and_for_nobody_else,
    every_further_lock_out_lasts_twice_as_long,
    a_pass_forgives_earlier_failures,
    referrals_count_and_technical_errors_do_not,
    the_host_can_lift_a_lock_out,
    starts_are_limited_whatever_becomes_of_them,
    starts_of_all_browsers_count_together,
    refused_starts_do_not_reach_the_platform,
    captures_of_a_day_are_limited_whatever_comes_of_them,
    limits_that_are_reached_are_events,
}

async fn failures_count_down_to_a_lock_out_that_ends<H: Host>() {
    let world = Setup::new().var("MAX_FAILURES", 3).var("COOL_DOWN_SECS", 600).open::<H>().await;
    let member = world.consented("fail@example.com").await;
    let mut challenge = member.start("statement").await;
    for left in [2, 1] {
        let failed = member.verify(&challenge).await.problem("verification-failed");
        assert_eq!(failed["attempts_left"], left);
        challenge = challenge.renewed(&failed);
        let status = member.browser.get("/biometry/session").send().await.granted();
        assert_eq!(status["attempts_left"], left);
    }
    let last = member.verify(&challenge).await.problem("verification-failed");
    assert_eq!((&last["attempts_left"], &last["phrase"]), (&json!(0), &json!(null)));
    assert_eq!(member.state(&challenge).await, "failed");
    assert_eq!(world.audit.count(EventKind::LockEntered), 1);

    let refused = member.verify(&challenge).await;
    refused.problem("too-many-attempts");
    assert_eq!(refused.retry_after(), Some(600));
    world.clock.advance(Duration::from_millis(599_500));
    let refused = member.try_start(json!({})).await;
    refused.problem("too-many-attempts");
    assert_eq!(refused.retry_after(), Some(1), "rounded up");
    assert_eq!(world.captures(), 3);

    world.clock.advance(Duration::from_millis(500));
    let challenge = member.start("statement").await;
    let failed = member.verify(&challenge).await.problem("verification-failed");
    assert_eq!(failed["attempts_left"], 2);
}

async fn a_locked_out_user_keeps_decisions_and_the_hosts_session<H: Host>() {
    let world = Setup::new().var("MAX_FAILURES", 1).open::<H>().await;
    let ana = world.log_in("ana@example.com").await;
    ana.consent_to_all().await;
    let challenge = ana.start("statement").await;
    let enrolled = ana.verify(&challenge).await.problem("enrolled-not-verified");
    // One rejection closes a session where one failure is allowed, although an enrollment counts for no failure.
    assert_eq!(enrolled["attempts_left"], 0);
    ana.pass("statement").await;
    lock_out(&world, "ana@example.com", "statement").await;
    let owner = Principal::new("ana@example.com", "any").expect("a principal");
    ana.try_start(json!({})).await.problem("too-many-attempts");
    ana.statement().await.ok();
    assert_eq!(ana.browser.get("/api/whoami").send().await.ok()["email"], "ana@example.com");
    world.gate().unlock(&owner).await.expect("the store works");
    ana.start("statement").await;
}

/// Fails often enough from another browser: the sandbox is told to reject this user for once.
async fn lock_out(world: &World, email: &str, policy: &str) {
    let fail = json!({ "scoring_result": "fail", "score": 10, "data": {}, "message": "processed" });
    let fault = biometry_sandbox::Fault::on(Operation::ProcessVideo).for_user(email);
    world.sandbox.fault(fault.malformed_body(fail.to_string()));
    let member = world.log_in(email).await;
    let challenge = member.start(policy).await;
    let failed = member.verify(&challenge).await.problem("verification-failed");
    assert_eq!(failed["attempts_left"], 0);
    world.sandbox.clear_faults();
}

async fn a_lock_out_holds_in_every_browser_of_the_user_and_for_nobody_else<H: Host>() {
    let world = Setup::new().var("MAX_FAILURES", 1).open::<H>().await;
    let first = world.consented("fail@example.com").await;
    let second = world.log_in("fail@example.com").await;
    let waiting = second.start("statement").await;
    let challenge = first.start("statement").await;
    first.verify(&challenge).await.problem("verification-failed");
    second.verify(&waiting).await.problem("too-many-attempts");
    world.log_in("fail@example.com").await.try_start(json!({})).await.problem("too-many-attempts");
    world.consented("pass@example.com").await.pass("statement").await;
}

async fn every_further_lock_out_lasts_twice_as_long<H: Host>() {
    let world = Setup::new().var("MAX_FAILURES", 1).var("COOL_DOWN_SECS", 100).open::<H>().await;
    let member = world.consented("fail@example.com").await;
    for lasts in [100, 200] {
        let challenge = member.start("statement").await;
        member.verify(&challenge).await.problem("verification-failed");
        let refused = member.try_start(json!({})).await;
        refused.problem("too-many-attempts");
        assert_eq!(refused.retry_after(), Some(lasts));
        world.clock.advance(Duration::from_secs(lasts));
    }
}

async fn a_pass_forgives_earlier_failures<H: Host>() {
    let world = Setup::new().var("MAX_FAILURES", 2).open::<H>().await;
    let member = world.consented("pass@example.com").await;
    let fail = json!({ "scoring_result": "fail", "message": "processed" }).to_string();
    let once = biometry_sandbox::Fault::on(Operation::ProcessVideo).times(1).malformed_body(fail);
    for _ in 0..3 {
        world.sandbox.fault(once.clone());
        let challenge = member.start("statement").await;
        let failed = member.verify(&challenge).await.problem("verification-failed");
        assert_eq!(failed["attempts_left"], 1);
        member.verify(&challenge.renewed(&failed)).await.granted();
    }
}

async fn referrals_count_and_technical_errors_do_not<H: Host>() {
    let world = Setup::new().var("MAX_FAILURES", 2).open::<H>().await;
    let member = world.consented("refer@example.com").await;
    let challenge = member.start("statement").await;
    let referred = member.verify(&challenge).await.problem("verification-referred");
    assert_eq!(referred["attempts_left"], 1);
    let challenge = challenge.renewed(&referred);
    let error = json!({ "error": "out of order" });
    for fault in [
        biometry_sandbox::Fault::on(Operation::ProcessVideo).status(500, error.clone()),
        biometry_sandbox::Fault::on(Operation::ProcessVideo).status(422, error),
        biometry_sandbox::Fault::on(Operation::ProcessVideo).cut_before_reply(),
    ] {
        world.sandbox.fault(fault);
        let answer = member.verify(&challenge).await;
        assert!(answer.status.is_server_error(), "{answer:?}");
        world.sandbox.clear_faults();
    }
    let status = member.browser.get("/biometry/session").send().await.granted();
    assert_eq!((&status["attempts_left"], &status["state"]), (&json!(1), &json!("issued")));
}

async fn the_host_can_lift_a_lock_out<H: Host>() {
    let world = Setup::new().var("MAX_FAILURES", 1).open::<H>().await;
    let member = world.consented("fail@example.com").await;
    let challenge = member.start("statement").await;
    member.verify(&challenge).await.problem("verification-failed");
    member.try_start(json!({})).await.problem("too-many-attempts");
    let owner = Principal::new("fail@example.com", "any").expect("a principal");
    world.gate().unlock(&owner).await.expect("the store works");
    member.start("statement").await;
}

async fn starts_are_limited_whatever_becomes_of_them<H: Host>() {
    let world = Setup::new().var("MAX_STARTS", 3).var("STARTS_WINDOW_SECS", 60).open::<H>().await;
    let ana = world.consented("pass@example.com").await;
    ana.start("statement").await;
    world.clock.advance(Duration::from_secs(20));
    ana.pass("statement").await;
    let ended: Challenge = ana.start("statement").await;
    let end = ana.browser.post("/biometry/session/end").header("x-session-id", &ended.session);
    end.send().await.granted();
    let refused = ana.try_start(json!({})).await;
    refused.problem("too-many-attempts");
    assert_eq!(refused.retry_after(), Some(40));
    world.clock.advance(Duration::from_secs(40));
    ana.start("statement").await;
    ana.try_start(json!({})).await.problem("too-many-attempts");
    ana.statement().await.ok();
}

async fn starts_of_all_browsers_count_together<H: Host>() {
    let world = Setup::new().var("MAX_STARTS", 2).open::<H>().await;
    for _ in 0..2 {
        world.log_in("ana@example.com").await.start("statement").await;
    }
    world.log_in("ana@example.com").await.try_start(json!({})).await.problem("too-many-attempts");
    world.log_in("ben@example.com").await.start("statement").await;
}

async fn refused_starts_do_not_reach_the_platform<H: Host>() {
    let world = Setup::new().var("MAX_STARTS", 1).open::<H>().await;
    let ana = world.log_in("ana@example.com").await;
    ana.start("statement").await;
    for _ in 0..3 {
        ana.try_start(json!({})).await.problem("too-many-attempts");
        let start = ana.browser.post("/biometry/api-gateway/sessions/start");
        start.send().await.problem("too-many-attempts");
    }
    assert_eq!(world.seen(Operation::StartSession).len(), 1);
}

async fn captures_of_a_day_are_limited_whatever_comes_of_them<H: Host>() {
    let limits = Limits::default().failures(2, Duration::from_secs(60)).per_day(2);
    let world = Setup::new().gate(move |gate| gate.limits(limits)).open::<H>().await;
    let ana = world.consented("pass@example.com").await;
    ana.pass("statement").await;
    ana.pass("statement").await;
    let challenge = ana.start("statement").await;
    let refused = ana.verify(&challenge).await;
    refused.problem("too-many-attempts");
    assert!(refused.retry_after().is_some_and(|seconds| seconds > 23 * 3_600), "{refused:?}");
    assert_eq!(world.captures(), 2);
    ana.statement().await.ok();
    world.clock.advance(Duration::from_secs(24 * 3_600));
    ana.pass("statement").await;
}

async fn limits_that_are_reached_are_events<H: Host>() {
    let limits = Limits::default().starts(1, Duration::from_secs(600)).failures(1, Duration::from_secs(60));
    let world = Setup::new().gate(move |gate| gate.limits(limits)).open::<H>().await;
    let ana = world.consented("fail@example.com").await;
    let challenge = ana.start("statement").await;
    ana.verify(&challenge).await.problem("verification-failed");
    ana.verify(&challenge).await.problem("too-many-attempts");
    world.clock.advance(Duration::from_secs(61));
    ana.browser.post("/biometry/session/start").send().await.problem("too-many-attempts");
    assert_eq!(world.audit.reasons(EventKind::LimitExceeded), ["failures", "starts"]);
}
