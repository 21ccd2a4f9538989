use std::time::Duration;

use biometry_gate::CaptureLimits;
use biometry_sandbox::{Entry, Fault, Operation};
use bytes::Bytes;
use sha2::{Digest as _, Sha256};

use super::ready;
use crate::form::{File, Form};
use crate::host::{Challenge, HostHarness, Person, Setup, Stage};
use crate::media;
use crate::wire::Wire;

pub async fn a_capture_arrives_intact_however_it_is_cut<H: HostHarness>() {
    let stage = many_starts().open::<H>().await;
    let ana = stage.consented("pass@example.com").await;
    cut_in_every_way(&stage, &ana).await;
    let (small, challenge) = (media::mp4(1_500), ana.start("reusable").await);
    let form = Form::new().file("video", small.clone()).text("phrase", &challenge.phrase);
    upload_in_chunks(&ana, &challenge, &form, &[1]).await;
    check_arrival(&stage, &small, &challenge);
}

pub async fn a_capture_arrives_intact_over_http2<H: HostHarness>() {
    let stage = many_starts().open::<H>().await;
    let ana = stage.consented("pass@example.com").await.over_http2();
    cut_in_every_way(&stage, &ana).await;
}

async fn cut_in_every_way<H: HostHarness>(stage: &Stage<H>, person: &Person) {
    // A boundary that the file keeps beginning to look like.
    let boundary = "\r\n--x-\r\n--x\r\n-".repeat(3_000);
    let file = media::webm(200_000);
    let file = File { bytes: [&file.bytes, boundary.as_bytes(), &file.bytes].concat().into(), ..file };
    for sizes in [&[1, 2, 3, 4_096, 1, 65_537, 5, 300_000][..], &[13, 8_191, 1], &[70_001], &[1_000_000]] {
        let challenge = person.start("reusable").await;
        let form = Form::new().boundary("x-y").text("phrase", &challenge.phrase).file("video", file.clone());
        upload_in_chunks(person, &challenge, &form, sizes).await;
        check_arrival(stage, &file, &challenge);

        let challenge = person.start("reusable").await;
        let form = Form::new().boundary("x-y").file("video", file.clone()).text("phrase", &challenge.phrase);
        person.upload(&challenge).form(&form).send().await.granted();
        check_arrival(stage, &file, &challenge);
    }
}

pub async fn a_capture_is_passed_on_while_it_arrives<H: HostHarness>() {
    let (stage, ana, challenge) = ready::<H>(Setup::new()).await;
    let form = Form::new().file("video", media::webm(4_000_000));
    let mut rest = form.bytes();
    let mut upload = ana.upload(&challenge).header("content-type", &form.content_type()).open();
    for part in 1..4 {
        upload.send(rest.split_to(1_000_000)).await;
        let expected = part * 1_000_000 - 200_000;
        let arrives =
            |seen: &[Entry]| seen.iter().any(|entry| entry.body_bytes >= expected && !entry.complete);
        stage.sandbox.journal_when(arrives).await.expect("the platform sees what was sent so far");
    }
    upload.send(rest).await;
    upload.finish().await.granted();
}

pub async fn a_capture_beyond_the_usual_limits_of_frameworks_arrives<H: HostHarness>() {
    let (stage, ana, challenge) = ready::<H>(Setup::new()).await;
    let file = media::webm(12_000_000);
    let form = Form::new().file("video", file.clone());
    ana.upload(&challenge).form(&form).send().await.granted();
    check_arrival(&stage, &file, &challenge);
}

pub async fn a_platform_that_does_not_read_slows_the_client_down<H: HostHarness>() {
    let second = Duration::from_secs(1);
    let limits = CaptureLimits::default().with_first_byte(second).with_idle(second).with_total(2 * second);
    let (stage, ana, challenge) =
        ready::<H>(Setup::new().gate(move |gate| gate.capture_limits(limits))).await;
    stage.sandbox.fault(Fault::on(Operation::ProcessVideo).stop_reading());
    let form = Form::new().file("video", media::webm(10_000));
    let mut upload = ana.upload(&challenge).header("content-type", &form.content_type()).open();
    let (mut chunk, mut taken) = (form.bytes().slice(..10_000), 0);
    while taken < MOST_TAKEN && upload.send(chunk).await {
        chunk = Bytes::from_static(&[0; 65_536]);
        taken += chunk.len();
    }
    assert!(taken < MOST_TAKEN, "what the platform does not take is not taken from the client");
    // A client that still sends when the host gives up may lose the answer on the way, so nothing depends on it.
    drop(upload);
    ana.idle(&challenge).await;
    assert_eq!(stage.captures(), 0);
}

pub async fn a_client_may_ask_before_it_sends<H: HostHarness>() {
    let (_stage, ana, challenge) = ready::<H>(Setup::new()).await;
    let form = Form::new().file("video", media::webm(20_000));
    let more = format!("Content-Length: {}\r\nExpect: 100-continue", form.bytes().len());
    let mut wire = Wire::connect(ana.browser.address()).await;
    wire.send(ana.upload_head(&challenge, &form.content_type(), &more)).await;
    assert_eq!(wire.interim().await, 100);
    wire.send(form.bytes()).await;
    wire.answer().await.granted();
}

fn many_starts() -> Setup {
    let limits = biometry_gate::Limits::default().starts(100, Duration::from_secs(60));
    Setup::new().gate(move |gate| gate.limits(limits))
}

/// Sends a form without announcing its length, in chunks of these sizes in turn.
async fn upload_in_chunks(person: &Person, challenge: &Challenge, form: &Form, sizes: &[usize]) {
    let mut rest: Bytes = form.bytes();
    let mut upload = person.upload(challenge).header("content-type", &form.content_type()).open();
    for size in sizes.iter().cycle() {
        if rest.is_empty() {
            break;
        }
        assert!(upload.send(rest.split_to(rest.len().min(*size))).await, "the host reads on");
    }
    upload.finish().await.granted();
}

/// What the platform saw of this session's capture: the whole of it, unchanged, with the phrase that was issued.
#[track_caller]
fn check_arrival<H: HostHarness>(stage: &Stage<H>, file: &File, challenge: &Challenge) {
    let spoken = |entry: &Entry| entry.field("phrase") == Some(&challenge.phrase);
    let mut videos = stage.seen(Operation::ProcessVideo).into_iter().filter(spoken);
    let video = videos.next().expect("the platform has seen the capture");
    assert!(videos.next().is_none(), "and once only");
    assert!(video.complete && video.files.len() == 1, "{video:?}");
    let seen = video.file("video").expect("the capture");
    let sha256: String = Sha256::digest(&file.bytes).iter().map(|byte| format!("{byte:02x}")).collect();
    assert_eq!((seen.len, &seen.sha256), (file.bytes.len() as u64, &sha256));
    assert!(seen.complete);
}

/// The buffers of four sockets take some megabytes each; a whole capture would be more than this.
const MOST_TAKEN: usize = 48 * 1024 * 1024;
