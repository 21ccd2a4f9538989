use std::time::Duration;

use biometry_gate::audit::EventKind;
use biometry_sandbox::{Fault, Operation};
use serde_json::json;

use super::failures;
use crate::host::HostHarness;

pub async fn failures_count_down_to_a_lock_out_that_ends<H: HostHarness>() {
    let stage = failures(3, 600).open::<H>().await;
    let member = stage.consented("fail@example.com").await;
    let mut challenge = member.start("reusable").await;
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
    assert_eq!(stage.audit.count(EventKind::LockEntered), 1);

    let refused = member.verify(&challenge).await;
    refused.problem("too-many-attempts");
    assert_eq!(refused.retry_after(), Some(600));
    stage.clock.advance(Duration::from_millis(599_500));
    let refused = member.try_start(json!({})).await;
    refused.problem("too-many-attempts");
    assert_eq!(refused.retry_after(), Some(1), "rounded up");
    assert_eq!(stage.captures(), 3);

    stage.clock.advance(Duration::from_millis(500));
    let challenge = member.start("reusable").await;
    let failed = member.verify(&challenge).await.problem("verification-failed");
    assert_eq!(failed["attempts_left"], 2);
}

pub async fn a_pass_forgives_earlier_failures<H: HostHarness>() {
    let stage = failures(2, 1_800).open::<H>().await;
    let member = stage.consented("pass@example.com").await;
    let fail = json!({ "scoring_result": "fail", "message": "processed" }).to_string();
    let once = Fault::on(Operation::ProcessVideo).times(1).malformed_body(fail);
    for _ in 0..3 {
        stage.sandbox.fault(once.clone());
        let challenge = member.start("reusable").await;
        let failed = member.verify(&challenge).await.problem("verification-failed");
        assert_eq!(failed["attempts_left"], 1);
        member.verify(&challenge.renewed(&failed)).await.granted();
    }
}

pub async fn referrals_count_and_technical_errors_do_not<H: HostHarness>() {
    let stage = failures(2, 1_800).open::<H>().await;
    let member = stage.consented("refer@example.com").await;
    let challenge = member.start("reusable").await;
    let referred = member.verify(&challenge).await.problem("verification-referred");
    assert_eq!(referred["attempts_left"], 1);
    let challenge = challenge.renewed(&referred);
    let error = json!({ "error": "out of order" });
    for fault in [
        Fault::on(Operation::ProcessVideo).status(500, error.clone()),
        Fault::on(Operation::ProcessVideo).status(422, error),
        Fault::on(Operation::ProcessVideo).cut_before_reply(),
    ] {
        stage.sandbox.fault(fault);
        let answer = member.verify(&challenge).await;
        assert!(answer.status.is_server_error(), "{answer:?}");
        stage.sandbox.clear_faults();
    }
    let status = member.browser.get("/biometry/session").send().await.granted();
    assert_eq!((&status["attempts_left"], &status["state"]), (&json!(1), &json!("issued")));
}
