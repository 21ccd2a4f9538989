use std::time::Duration;

use biometry_gate::principal::HostSession;
use biometry_gate::{Limits, Principal};
use serde_json::json;

use super::{signed_in, start, verify};
use crate::host::{Challenge, HostHarness, Setup};

pub async fn failed_sign_ins_lock_nobody_out_of_stepping_up<H: HostHarness>() {
    let stage = limited(Limits::default().failures(2, HOUR).starts(4, HOUR)).open::<H>().await;
    let member = stage.consented("fail@example.com").await;
    let stranger = stage.browser();
    for _ in 0..2 {
        let challenge = Challenge::read(&start(&stranger, "fail@example.com").await.granted());
        verify(&stranger, &challenge).await.problem("verification-failed");
    }
    start(&stranger, "fail@example.com").await.problem("too-many-attempts");
    start(&stage.browser(), "fail@example.com").await.problem("too-many-attempts");
    for _ in 0..4 {
        member.start("reusable").await;
    }
    let status = member.browser.get("/biometry/session").send().await.granted();
    assert_eq!(status["attempts_left"], 2);
}

pub async fn failed_step_ups_lock_nobody_out_of_signing_in<H: HostHarness>() {
    let stage = limited(Limits::default().failures(1, HOUR)).open::<H>().await;
    let member = stage.consented("fail@example.com").await;
    let challenge = member.start("reusable").await;
    member.verify(&challenge).await.problem("verification-failed");
    member.try_start(json!({})).await.problem("too-many-attempts");
    start(&stage.browser(), "fail@example.com").await.granted();
}

pub async fn strangers_keep_out_no_browser_that_has_signed_in_before<H: HostHarness>() {
    let stage = limited(Limits::default().failures(2, HOUR).starts(4, HOUR)).open::<H>().await;
    stage.consented(PASS).await;
    let own = signed_in(&stage, PASS).await;
    let stranger = stage.browser();
    for _ in 0..3 {
        start(&stranger, PASS).await.granted();
    }
    start(&stranger, PASS).await.problem("too-many-attempts");
    start(&stage.browser(), PASS).await.problem("too-many-attempts");
    let challenge = Challenge::read(&start(&own, PASS).await.granted());
    verify(&own, &challenge).await.granted();
    assert_eq!(own.post("/login/face").send().await.status, 200);
    // What was known of it before the last sign-in is of no use.
    for _ in 0..3 {
        start(&own, PASS).await.granted();
    }
    start(&own, PASS).await.problem("too-many-attempts");
}

pub async fn strangers_delay_each_other_and_block_no_name<H: HostHarness>() {
    let minute = Duration::from_secs(60);
    let stage = limited(Limits::default().failures(1, minute).block_at(1)).open::<H>().await;
    stage.consented("fail@example.com").await;
    for _ in 0..5 {
        let stranger = stage.browser();
        let challenge = Challenge::read(&start(&stranger, "fail@example.com").await.granted());
        verify(&stranger, &challenge).await.problem("verification-failed");
        let refused = start(&stage.browser(), "fail@example.com").await;
        refused.problem("too-many-attempts");
        assert_eq!(refused.header("retry-after"), Some("60"));
        stage.clock.advance(minute);
    }
    start(&stage.browser(), "fail@example.com").await.granted();
}

pub async fn the_host_lets_people_sign_in_again<H: HostHarness>() {
    let stage = limited(Limits::default().failures(1, HOUR)).open::<H>().await;
    stage.consented("fail@example.com").await;
    let stranger = stage.browser();
    let challenge = Challenge::read(&start(&stranger, "fail@example.com").await.granted());
    verify(&stranger, &challenge).await.problem("verification-failed");
    start(&stage.browser(), "fail@example.com").await.problem("too-many-attempts");
    let owner =
        Principal::new("fail@example.com", HostSession::parse("any").expect("a key")).expect("a principal");
    stage.app.gate().admin().unlock_sign_in(&owner).await.expect("a store");
    start(&stage.browser(), "fail@example.com").await.granted();
}

fn limited(limits: Limits) -> Setup {
    Setup::new().gate(move |gate| gate.limits(limits))
}

const PASS: &str = "pass@example.com";
const HOUR: Duration = Duration::from_secs(3_600);
