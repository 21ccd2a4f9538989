use std::time::Duration;

use biometry_gate::Limits;
use biometry_gate::principal::{HostSession, Principal};
use biometry_sandbox::{Fault, Operation};
use serde_json::json;

use super::failures;
use crate::host::{HostHarness, Setup, Stage};

pub async fn a_locked_out_user_keeps_decisions<H: HostHarness>() {
    let stage = failures(1, 1_800).open::<H>().await;
    let ana = stage.log_in("ana@example.com");
    ana.consent_to_all().await;
    let challenge = ana.start("reusable").await;
    let enrolled = ana.verify(&challenge).await.problem("enrolled-not-verified");
    // One rejection closes a session where one failure is allowed, although an enrollment counts for no failure.
    assert_eq!(enrolled["attempts_left"], 0);
    ana.pass("reusable").await;
    lock_out(&stage, "ana@example.com").await;
    let owner =
        Principal::new("ana@example.com", HostSession::parse("any").expect("a key")).expect("a principal");
    ana.try_start(json!({})).await.problem("too-many-attempts");
    ana.enters().await;
    stage.app.gate().admin().unlock(&owner).await.expect("the store works");
    ana.start("reusable").await;
}

/// Fails often enough from another browser: the sandbox rejects this user once.
async fn lock_out<H: HostHarness>(stage: &Stage<H>, subject: &str) {
    let fail = json!({ "scoring_result": "fail", "score": 10, "data": {}, "message": "processed" });
    let fault = Fault::on(Operation::ProcessVideo).for_user(subject);
    stage.sandbox.fault(fault.malformed_body(fail.to_string()));
    let member = stage.log_in(subject);
    let challenge = member.start("reusable").await;
    let failed = member.verify(&challenge).await.problem("verification-failed");
    assert_eq!(failed["attempts_left"], 0);
    stage.sandbox.clear_faults();
}

pub async fn a_lock_out_holds_in_every_browser_of_the_user_and_for_nobody_else<H: HostHarness>() {
    let stage = failures(1, 1_800).open::<H>().await;
    let first = stage.consented("fail@example.com").await;
    let second = stage.log_in("fail@example.com");
    let waiting = second.start("reusable").await;
    let challenge = first.start("reusable").await;
    first.verify(&challenge).await.problem("verification-failed");
    second.verify(&waiting).await.problem("too-many-attempts");
    stage.log_in("fail@example.com").try_start(json!({})).await.problem("too-many-attempts");
    stage.consented("pass@example.com").await.pass("reusable").await;
}

pub async fn every_further_lock_out_lasts_twice_as_long<H: HostHarness>() {
    let stage = failures(1, 100).open::<H>().await;
    let member = stage.consented("fail@example.com").await;
    for lasts in [100, 200] {
        let challenge = member.start("reusable").await;
        member.verify(&challenge).await.problem("verification-failed");
        let refused = member.try_start(json!({})).await;
        refused.problem("too-many-attempts");
        assert_eq!(refused.retry_after(), Some(lasts));
        stage.clock.advance(Duration::from_secs(lasts));
    }
}

pub async fn a_lock_out_for_good_says_so_until_the_host_lifts_it<H: HostHarness>() {
    let limits = Limits::default().failures(1, Duration::from_secs(100)).block_at(2);
    let stage = Setup::new().gate(|gate| gate.limits(limits)).open::<H>().await;
    let member = stage.consented("fail@example.com").await;
    let mut details = Vec::new();
    for _ in 0..2 {
        let challenge = member.start("reusable").await;
        member.verify(&challenge).await.problem("verification-failed");
        let refused = member.try_start(json!({})).await;
        details.push(refused.problem("too-many-attempts")["detail"].as_str().expect("a detail").to_owned());
        assert!(refused.retry_after().is_some());
        stage.clock.advance(Duration::from_secs(100));
    }
    assert!(details[0].contains("try again later") && details[1].contains("until the service unlocks"));
    stage.clock.advance(Duration::from_secs(1_000_000));
    member.try_start(json!({})).await.problem("too-many-attempts");
    let owner =
        Principal::new("fail@example.com", HostSession::parse("any").expect("a key")).expect("a principal");
    stage.app.gate().admin().unlock(&owner).await.expect("the store works");
    member.start("reusable").await;
}

pub async fn the_host_can_lift_a_lock_out<H: HostHarness>() {
    let stage = failures(1, 1_800).open::<H>().await;
    let member = stage.consented("fail@example.com").await;
    let challenge = member.start("reusable").await;
    member.verify(&challenge).await.problem("verification-failed");
    member.try_start(json!({})).await.problem("too-many-attempts");
    let owner =
        Principal::new("fail@example.com", HostSession::parse("any").expect("a key")).expect("a principal");
    stage.app.gate().admin().unlock(&owner).await.expect("the store works");
    member.start("reusable").await;
}
