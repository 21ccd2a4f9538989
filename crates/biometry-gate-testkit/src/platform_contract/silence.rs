use std::time::Duration;

use biometry_gate::CaptureLimits;
use biometry_sandbox::{Fault, Operation};
use serde_json::json;

use super::is_as_before;
use crate::form::Form;
use crate::host::{HostHarness, Setup, Stage};
use crate::media;

pub async fn a_platform_that_never_answers_is_given_up<H: HostHarness>() {
    let stage =
        Setup::new().gate(|gate| gate.platform(|platform| platform.timeout(SECOND))).open::<H>().await;
    let ana = stage.consented("pass@example.com").await;
    let challenge = ana.start("reusable").await;
    stage.sandbox.fault(Fault::on(Operation::ProcessVideo).hang());
    ana.verify(&challenge).await.problem("platform-timeout");
    is_as_before(&ana).await;
    stage.sandbox.clear_faults();
    stage.sandbox.fault(Fault::on(Operation::StartSession).hang());
    ana.try_start(json!({})).await.problem("platform-timeout");
    stage.sandbox.clear_faults();
    ana.verify(&challenge).await.granted();
}

pub async fn a_platform_that_stops_reading_is_given_up<H: HostHarness>() {
    let limits = CaptureLimits::default().with_first_byte(SECOND).with_idle(SECOND).with_total(2 * SECOND);
    let setup = Setup::new()
        .gate(move |gate| gate.platform(|platform| platform.timeout(SECOND)).capture_limits(limits));
    let stage = setup.open::<H>().await;
    let ana = stage.consented("pass@example.com").await;
    let challenge = ana.start("reusable").await;
    stage.sandbox.fault(Fault::on(Operation::ProcessVideo).stop_reading());
    let form = Form::new().file("video", media::webm(30_000_000));
    ana.upload(&challenge).form(&form).send().await.problem("platform-timeout");
    is_as_before(&ana).await;
    stage.sandbox.clear_faults();
    ana.verify(&challenge).await.granted();
}

pub async fn an_answer_before_the_end_is_no_verdict<H: HostHarness>() {
    let stage = Stage::<H>::open().await;
    let ana = stage.consented("pass@example.com").await;
    let challenge = ana.start("reusable").await;
    for (status, code) in [
        (200, "platform-error"),
        (400, "platform-error"),
        (413, "platform-error"),
        (500, "platform-error"),
        (503, "platform-unavailable"),
    ] {
        stage.sandbox.fault(Fault::on(Operation::ProcessVideo).early_reply(status));
        let form = Form::new().file("video", media::webm(50_000));
        let mut upload = ana.upload(&challenge).header("content-type", &form.content_type()).open();
        let bytes = form.bytes();
        upload.send(bytes.slice(..bytes.len() - 1)).await;
        upload.answer().await.problem(code);
        stage.sandbox.clear_faults();
        is_as_before(&ana).await;
    }
    ana.verify(&challenge).await.granted();
}

pub async fn a_client_that_still_sends_gets_to_see_an_early_answer<H: HostHarness>() {
    let stage = Stage::<H>::open().await;
    let ana = stage.consented("pass@example.com").await;
    let challenge = ana.start("reusable").await;
    stage.sandbox.fault(Fault::on(Operation::ProcessVideo).early_reply(413));
    for _ in 0..5 {
        let form = Form::new().file("video", media::webm(3_000_000));
        let answer = ana.upload(&challenge).form(&form).send().await;
        // The platform's side may be reset before its answer was read: then all we know is that it went away.
        let code = answer.code().unwrap_or_default();
        assert!(["platform-error", "platform-unavailable"].contains(&&*code), "{answer:?}");
        answer.problem(&code);
        is_as_before(&ana).await;
    }
}

pub async fn a_capture_is_never_sent_twice<H: HostHarness>() {
    let stage = Stage::<H>::open().await;
    let ana = stage.consented("pass@example.com").await;
    let challenge = ana.start("reusable").await;
    let video = || Fault::on(Operation::ProcessVideo).times(1);
    let error = json!({ "error": "out of order" });
    for fault in [video().cut_before_reply(), video().status(503, error.clone()), video().status(500, error)]
    {
        let before = stage.seen(Operation::ProcessVideo).len();
        stage.sandbox.fault(fault);
        assert!(ana.verify(&challenge).await.status.is_server_error());
        assert_eq!(stage.seen(Operation::ProcessVideo).len(), before + 1);
        stage.sandbox.clear_faults();
    }
}

const SECOND: Duration = Duration::from_secs(1);
