use std::time::Duration;

use biometry_sandbox::{Fault, Operation};
use serde_json::json;

use crate::form::Form;
use crate::host::{HostHarness, Setup, Stage};
use crate::media;

pub async fn an_outage_leaves_decisions_as_they_are<H: HostHarness>() {
    let stage = Stage::<H>::open().await;
    let ana = stage.consented("pass@example.com").await;
    ana.pass("reusable").await;
    ana.approve("Zoe 1").await;
    stage.sandbox.fault(Fault::anywhere().cut_before_reply());
    ana.enters().await;
    ana.operates("Zoe 1").await;
}

pub async fn a_platform_that_does_not_answer_is_spared_and_tried_again<H: HostHarness>() {
    let pause = Duration::from_secs(5);
    let stage = Setup::new()
        .gate(move |gate| gate.platform(|platform| platform.circuit_breaker(3, pause)))
        .open::<H>()
        .await;
    let ana = stage.consented("pass@example.com").await;
    let challenge = ana.start("reusable").await;
    stage.sandbox.fault(Fault::on(Operation::ProcessVideo).cut_before_reply());
    for _ in 0..3 {
        ana.verify(&challenge).await.problem("platform-unavailable");
    }
    let seen = stage.seen(Operation::ProcessVideo).len();
    let refusal = ana.verify(&challenge).await;
    refusal.problem("platform-unavailable");
    assert_eq!(refusal.retry_after(), Some(5));
    assert_eq!(stage.seen(Operation::ProcessVideo).len(), seen, "the platform is left alone");
    // What else the platform is asked is another matter.
    let challenge = ana.start("reusable").await;

    stage.clock.advance(pause);
    ana.verify(&challenge).await.problem("platform-unavailable");
    assert_eq!(stage.seen(Operation::ProcessVideo).len(), seen + 1, "one tries");
    assert_eq!(ana.verify(&challenge).await.retry_after(), Some(10));
    stage.sandbox.clear_faults();
    stage.clock.advance(pause * 2);
    ana.verify(&challenge).await.granted();
    ana.enters().await;
}

pub async fn what_callers_do_wrong_is_not_held_against_the_platform<H: HostHarness>() {
    let stage = Setup::new()
        .gate(|gate| gate.platform(|platform| platform.circuit_breaker(1, Duration::from_secs(5))))
        .open::<H>()
        .await;
    let ana = stage.consented("pass@example.com").await;
    let challenge = ana.start("reusable").await;
    let late_contradiction =
        Form::new().file("video", media::webm(100_000)).text("phrase", "nothing of the kind");
    ana.upload(&challenge).form(&late_contradiction).send().await.problem("phrase-mismatch");
    let (upload, _) = stage.begin_upload(&ana, &challenge).await;
    drop(upload);
    ana.idle(&challenge).await;
    stage
        .sandbox
        .fault(Fault::on(Operation::ProcessVideo).status(500, json!({ "error": "out of memory" })).times(1));
    ana.verify(&challenge).await.problem("platform-error");
    ana.verify(&challenge).await.granted();
}
