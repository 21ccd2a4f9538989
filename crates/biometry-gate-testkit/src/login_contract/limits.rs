use std::time::Duration;

use biometry_gate::Limits;
use serde_json::json;

use super::{start, verify};
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

fn limited(limits: Limits) -> Setup {
    Setup::new().gate(move |gate| gate.limits(limits))
}

const HOUR: Duration = Duration::from_secs(3_600);
