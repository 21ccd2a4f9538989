use std::time::Duration;

use biometry_gate::CaptureLimits;
use biometry_sandbox::{Entry, Fault, Operation};

use super::{ready, still_good};
use crate::PATIENCE;
use crate::browser::Browser;
use crate::form::Form;
use crate::host::{Challenge, HostHarness, Person, Setup, Stage, capture};
use crate::media;
use crate::wire::Wire;

pub async fn an_upload_that_breaks_off_dies_upstream<H: HostHarness>() {
    let (stage, ana, challenge) = ready::<H>(Setup::new()).await;
    break_off(&stage, &ana, &challenge).await;
    still_good(&stage, &ana, &challenge).await;
}

pub async fn an_upload_that_breaks_off_over_http2_dies_upstream<H: HostHarness>() {
    let (stage, ana, challenge) = ready::<H>(Setup::new()).await;
    break_off(&stage, &ana.over_http2(), &challenge).await;
    still_good(&stage, &ana, &challenge).await;
}

/// Breaks off in several places, of bodies whose length is announced and of others.
async fn break_off<H: HostHarness>(stage: &Stage<H>, person: &Person, challenge: &Challenge) {
    let form = Form::new().file("video", media::webm(500_000)).text("phrase", &challenge.phrase);
    let bytes = form.bytes();
    for length in [None, Some(bytes.len().to_string())] {
        // Inside the file, just before its end, and just before the last byte of all.
        for at in [100_000, 450_000, bytes.len() - 60, bytes.len() - 1] {
            let before = stage.seen(Operation::ProcessVideo).len();
            let request = person.upload(challenge).header("content-type", &form.content_type());
            let mut upload = match &length {
                Some(length) => request.header("content-length", length).open(),
                None => request.open(),
            };
            upload.send(bytes.slice(..at)).await;
            reaches_the_platform(stage, before).await;
            upload.abort().await;
            dies_upstream(stage, before).await;
            person.idle(challenge).await;
        }
    }
}

pub async fn an_upload_that_is_reset_dies_upstream<H: HostHarness>() {
    let (stage, ana, challenge) = ready::<H>(Setup::new()).await;
    let form = Form::new().file("video", media::webm(500_000));
    let bytes = form.bytes();
    for framing in [format!("Content-Length: {}", bytes.len()), "Transfer-Encoding: chunked".to_owned()] {
        let before = stage.seen(Operation::ProcessVideo).len();
        let mut wire = Wire::connect(ana.browser.address()).await;
        wire.send(ana.upload_head(&challenge, &form.content_type(), &framing)).await;
        if framing.ends_with("chunked") {
            wire.send(format!("{:x}\r\n", bytes.len())).await;
        }
        wire.send(bytes.slice(..300_000)).await;
        reaches_the_platform(&stage, before).await;
        wire.reset();
        dies_upstream(&stage, before).await;
        ana.idle(&challenge).await;
    }
    still_good(&stage, &ana, &challenge).await;
}

async fn reaches_the_platform<H: HostHarness>(stage: &Stage<H>, before: usize) {
    let arrives = |seen: &[Entry]| videos(seen, before).any(|entry| entry.body_bytes > 0);
    stage.sandbox.journal_when(arrives).await.expect("the platform sees the upload");
}

async fn dies_upstream<H: HostHarness>(stage: &Stage<H>, before: usize) {
    let is_over = |seen: &[Entry]| videos(seen, before).all(|entry| entry.finished);
    let seen = stage.sandbox.journal_when(is_over).await.expect("the platform sees it break off");
    let video = videos(&seen, before).next().expect("an upload");
    assert!(!video.complete && video.status.is_none(), "{video:?}");
}

fn videos(seen: &[Entry], before: usize) -> impl Iterator<Item = &Entry> {
    seen.iter().filter(|entry| entry.operation == Some(Operation::ProcessVideo)).skip(before)
}

pub async fn a_verdict_is_settled_for_those_who_do_not_wait<H: HostHarness>() {
    let (stage, ana, challenge) = ready::<H>(Setup::new()).await;
    stage.sandbox.fault(Fault::on(Operation::ProcessVideo).times(1).delay(Duration::from_millis(200)));
    let form = capture();
    let more = format!("Content-Length: {}", form.bytes().len());
    let mut wire = Wire::connect(ana.browser.address()).await;
    wire.send(ana.upload_head(&challenge, &form.content_type(), &more)).await;
    wire.send(form.bytes()).await;
    let is_whole = |seen: &[Entry]| videos(seen, 0).any(|entry| entry.complete);
    stage.sandbox.journal_when(is_whole).await.expect("the platform gets the upload");
    drop(wire);
    assert!(stage.app.gate().drain(PATIENCE).await, "the work behind the upload ends");
    assert_eq!(ana.state(&challenge).await, "passed");
    assert_eq!(ana.browser.get("/gated/reusable").send().await.status, 200);
}

pub async fn a_silent_client_is_given_up<H: HostHarness>() {
    let (stage, ana, challenge) = ready::<H>(hasty()).await;
    let (upload, _) = stage.begin_upload(&ana, &challenge).await;
    let answer = upload.answer().await;
    let problem = answer.problem("upload-timeout");
    assert_eq!(answer.header("connection"), Some("close"));
    assert!(problem["received"].as_u64().is_some_and(|received| received > 0), "{problem}");
    let asked = ["least_rate", "idle_s", "total_s"].map(|member| problem[member].as_u64());
    assert_eq!(asked, [Some(32_768), Some(1), Some(1)], "{problem}");
    assert_eq!(stage.captures(), 0);
    still_good(&stage, &ana, &challenge).await;
}

pub async fn a_silent_stream_is_given_up_over_http2<H: HostHarness>() {
    let (stage, ana, challenge) = ready::<H>(hasty()).await;
    let (upload, _) = stage.begin_upload(&ana.over_http2(), &challenge).await;
    upload.answer().await.problem("upload-timeout");
    assert_eq!(stage.captures(), 0);
    still_good(&stage, &ana, &challenge).await;
}

pub async fn an_upload_that_takes_too_long_in_all_is_given_up<H: HostHarness>() {
    let (stage, ana, challenge) = ready::<H>(hasty()).await;
    let form = capture();
    let mut bytes = form.bytes();
    let mut upload = ana.upload(&challenge).header("content-type", &form.content_type()).open();
    let mut beat = tokio::time::interval(Duration::from_millis(50));
    // A trickle that is never silent for long.
    while bytes.len() > 1 && upload.send(bytes.split_to(1)).await && !upload.is_answered() {
        beat.tick().await;
    }
    upload.answer().await.problem("upload-timeout");
    still_good(&stage, &ana, &challenge).await;
}

pub async fn a_short_body_is_short_and_comes_in_time<H: HostHarness>() {
    let (stage, ana, challenge) = ready::<H>(hasty()).await;
    let stranger = stage.browser();
    let json = |browser: &Browser, path| browser.post(path).header("content-type", "application/json");
    for path in ["/biometry/session/start", "/biometry/consent", "/biometry/api-consent/consent"] {
        let long = format!(r#"{{"text_version":"{}"}}"#, "x".repeat(20_000));
        json(&ana.browser, path).body(long).send().await.problem("upload-too-large");
    }
    let mut silent = Vec::new();
    for (browser, path) in [
        (&ana.browser, "/biometry/session/start"),
        (&ana.browser, "/biometry/consent"),
        (&stranger, "/biometry/session/start"),
    ] {
        let mut upload = json(browser, path).header("content-length", "2").open();
        upload.send("{").await;
        silent.push(upload);
    }
    for upload in silent {
        let answer = upload.answer().await;
        answer.problem("upload-timeout");
        assert_eq!(answer.header("connection"), Some("close"));
    }
    still_good(&stage, &ana, &challenge).await;
}

pub async fn too_many_uploads_at_once_are_shed<H: HostHarness>() {
    let (stage, ana, challenge) =
        ready::<H>(Setup::new().gate(|gate| gate.platform(|platform| platform.max_uploads(1)))).await;
    let ben = stage.consented("pass+ben@example.com").await;
    let bens = ben.start("reusable").await;
    let (mut upload, rest) = stage.begin_upload(&ana, &challenge).await;
    ben.verify(&bens).await.problem("overloaded");
    assert_eq!(ben.state(&bens).await, "issued");
    upload.send(rest).await;
    upload.finish().await.granted();
    ben.pass_with(&bens).await;
}

/// A gate that waits for a client for at most a second.
fn hasty() -> Setup {
    let second = Duration::from_secs(1);
    let limits = CaptureLimits::default().with_first_byte(second).with_idle(second).with_total(second);
    Setup::new().gate(move |gate| gate.capture_limits(limits))
}
