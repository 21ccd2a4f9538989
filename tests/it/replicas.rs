//! Several replicas of a bank with one store and one secret are one bank.

use biometry_gate_testkit::MemoryRecords;
use biometry_sandbox::Operation;
use serde_json::json;
use tokio::task::JoinSet;

use crate::harness::{Host, Member, Setup, World};

on_every_host! {
    what_is_started_at_one_is_verified_at_another_and_opens_both,
    an_approval_is_used_once_at_all_of_them_together,
    a_raised_threshold_counts_for_decisions_that_exist,
    a_lower_threshold_does_not_let_a_failed_user_in,
    limits_are_counted_together,
    a_log_out_at_one_is_one_at_all,
    a_withdrawal_at_one_is_one_at_all,
    without_a_common_store_they_are_strangers,
}

async fn what_is_started_at_one_is_verified_at_another_and_opens_both<H: Host>() {
    let (one, two) = pair::<H>(Setup::new(), |setup| setup).await;
    let ana = one.consented("pass@example.com").await;
    let challenge = ana.start("statement").await;
    let elsewhere = ana.at(two.address());
    assert_eq!(elsewhere.state(&challenge).await, "issued");
    elsewhere.verify(&challenge).await.granted();
    ana.statement().await.ok();
    elsewhere.statement().await.ok();

    let refusal = ana.transfer("Zoe", "1").await.problem("step-up-required");
    let start = json!({ "policy": "transfer", "intent": refusal["step_up"]["intent"]["id"] });
    let approval = crate::harness::Challenge::read(&elsewhere.try_start(start).await.granted());
    ana.verify(&approval).await.granted();
    elsewhere.transfer("Zoe", "1").await.ok();
    assert_eq!(ana.transfer("Zoe", "1").await.problem("step-up-required")["reason"], "consumed");
}

async fn an_approval_is_used_once_at_all_of_them_together<H: Host>() {
    let (one, two) = pair::<H>(Setup::new(), |setup| setup).await;
    let ana = one.consented("pass@example.com").await;
    ana.approve("Zoe", "1").await;
    let mut transfers = JoinSet::new();
    for n in 0..60 {
        let member = if n % 2 == 0 { ana.clone() } else { ana.at(two.address()) };
        transfers.spawn(async move { member.transfer("Zoe", "1").await });
    }
    let answers = transfers.join_all().await;
    assert_eq!(answers.iter().filter(|answer| answer.status == 200).count(), 1);
}

async fn a_raised_threshold_counts_for_decisions_that_exist<H: Host>() {
    let (low, high) = pair::<H>(Setup::new(), |setup| setup.var("MIN_SCORE", 95)).await;
    let ana = low.consented("pass@example.com").await;
    ana.pass("statement").await;
    ana.approve("Zoe", "1").await;
    ana.statement().await.ok();
    let strict = ana.at(high.address());
    assert_eq!(strict.statement().await.problem("step-up-required")["reason"], "level");
    assert_eq!(strict.transfer("Zoe", "1").await.problem("step-up-required")["reason"], "level");
    ana.transfer("Zoe", "1").await.ok();
}

async fn a_lower_threshold_does_not_let_a_failed_user_in<H: Host>() {
    let (high, low) = pair::<H>(Setup::new().var("MIN_SCORE", 95), |setup| setup).await;
    let ana = high.consented("pass@example.com").await;
    let challenge = ana.start("statement").await;
    ana.verify(&challenge).await.problem("verification-failed");
    assert_eq!(ana.at(low.address()).statement().await.problem("step-up-required")["reason"], "absent");
}

async fn limits_are_counted_together<H: Host>() {
    let limited = |setup: Setup| setup.var("MAX_FAILURES", 2).var("MAX_STARTS", 3);
    let (one, two) = pair::<H>(limited(Setup::new()), limited).await;
    let member = one.consented("fail@example.com").await;
    let elsewhere = member.at(two.address());
    let challenge = member.start("statement").await;
    member.verify(&challenge).await.problem("verification-failed");
    let challenge = elsewhere.start("statement").await;
    assert_eq!(elsewhere.verify(&challenge).await.problem("verification-failed")["attempts_left"], 0);
    member.try_start(json!({})).await.problem("too-many-attempts");
    elsewhere.try_start(json!({})).await.problem("too-many-attempts");

    let ana = one.log_in("ana@example.com").await;
    ana.start("statement").await;
    ana.at(two.address()).start("statement").await;
    ana.start("statement").await;
    ana.at(two.address()).try_start(json!({})).await.problem("too-many-attempts");
}

async fn a_log_out_at_one_is_one_at_all<H: Host>() {
    let (one, two) = pair::<H>(Setup::new(), |setup| setup).await;
    let ana = one.consented("pass@example.com").await;
    ana.pass("statement").await;
    let stolen = ana.browser.copy().at(two.address());
    stolen.get("/api/statement").send().await.ok();
    ana.log_out().await;
    for copy in [stolen.at(one.address()), stolen] {
        copy.get("/api/statement").send().await.problem("authentication-required");
        copy.get("/api/whoami").send().await.problem("authentication-required");
        copy.get("/biometry/session").send().await.problem("authentication-required");
    }
    let elsewhere = ana.browser.copy();
    let before = Member::log_in(elsewhere.clone(), "pass@example.com").await.browser.copy();
    Member::log_in(elsewhere.at(two.address()), "pass@example.com").await;
    before.get("/api/whoami").send().await.problem("authentication-required");
}

async fn a_withdrawal_at_one_is_one_at_all<H: Host>() {
    let (one, two) = pair::<H>(Setup::new(), |setup| setup).await;
    let ana = one.consented("pass@example.com").await;
    ana.pass("statement").await;
    let challenge = ana.start("statement").await;
    let elsewhere = ana.at(two.address());
    elsewhere.browser.delete("/biometry/consent").send().await.granted();
    ana.statement().await.problem("step-up-required");
    ana.verify(&challenge).await.problem("consent-required");
    assert_eq!(one.seen(Operation::ProcessVideo).len(), 1);
}

async fn without_a_common_store_they_are_strangers<H: Host>() {
    let one = World::open::<H>().await;
    let two = Setup::replica_of(&one).open::<H>().await;
    let ana = one.consented("pass@example.com").await;
    ana.pass("statement").await;
    let elsewhere = ana.at(two.address());
    assert_eq!(elsewhere.browser.get("/api/whoami").send().await.ok()["email"], "pass@example.com");
    assert_eq!(elsewhere.statement().await.problem("step-up-required")["reason"], "absent");
}

/// Two banks with one store; the second one is adjusted.
async fn pair<H: Host>(setup: Setup, adjust: impl FnOnce(Setup) -> Setup) -> (World, World) {
    let records = MemoryRecords::new();
    let one = setup.with_shared_store(&records).open::<H>().await;
    let two = adjust(Setup::replica_of(&one).with_shared_store(&records)).open::<H>().await;
    (one, two)
}
