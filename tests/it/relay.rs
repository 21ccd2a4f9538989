//! A capture arrives at the platform as it left the browser, byte for byte, in an envelope of our own.

use biometry_gate_testkit::{File, Form, media};
use biometry_sandbox::{Entry, Operation};
use bytes::Bytes;

use crate::harness::{Challenge, Host, Member, World, ffmpeg, sha256};

on_every_host! {
    a_real_mp4_arrives_intact,
    a_real_webm_arrives_intact,
    fields_may_stand_before_and_after_the_file,
    the_envelope_is_our_own,
    what_a_capture_is_shows_in_its_bytes_and_not_in_its_label,
}

async fn a_real_mp4_arrives_intact<H: Host>() {
    let world = World::open::<H>().await;
    arrives_intact(&world, &ffmpeg::mp4(), "video/mp4").await;
}

async fn a_real_webm_arrives_intact<H: Host>() {
    let world = World::open::<H>().await;
    arrives_intact(&world, &ffmpeg::webm(), "video/webm").await;
}

async fn arrives_intact(world: &World, file: &File, content_type: &str) {
    let ana = world.consented("pass@example.com").await;
    let challenge = ana.start("statement").await;
    let form = Form::new().text("phrase", &challenge.phrase).file("video", file.clone());
    ana.upload(&challenge).form(&form).send().await.granted();
    let video = check_arrival(world, file, &challenge);
    assert_eq!(video.file("video").and_then(|seen| seen.content_type.as_deref()), Some(content_type));

    let challenge = ana.start("statement").await;
    let form = Form::new().file("video", file.clone()).text("userFullname", &ana.email);
    upload_in_chunks(&ana, &challenge, &form, &[64 * 1024]).await;
    check_arrival(world, file, &challenge);

    let challenge = ana.start("statement").await;
    let form = Form::new().text("phrase", &challenge.phrase).file("video", file.clone());
    ana.over_http2().upload(&challenge).form(&form).send().await.granted();
    check_arrival(world, file, &challenge);
}

/// Sends a form without announcing its length, in chunks of these sizes in turn.
async fn upload_in_chunks(member: &Member, challenge: &Challenge, form: &Form, sizes: &[usize]) {
    let mut rest: Bytes = form.bytes();
    let mut upload = member.upload(challenge).header("content-type", &form.content_type()).open();
    for size in sizes.iter().cycle() {
        if rest.is_empty() {
            break;
        }
        assert!(upload.send(rest.split_to(rest.len().min(*size))).await, "the bank reads on");
    }
    upload.finish().await.granted();
}

async fn fields_may_stand_before_and_after_the_file<H: Host>() {
    let world = World::open::<H>().await;
    let ana = world.consented("pass@example.com").await;
    for order in ["pvut", "tupv", "vtup", "uvpt", "v"] {
        let challenge = ana.start("statement").await;
        let file = media::mp4(100_000);
        let form = order.chars().fold(Form::new(), |form, field| match field {
            'p' => form.text("phrase", &challenge.phrase),
            'u' => form.text("userFullname", &ana.email),
            't' => form.text("trigger", "AUTHENTICATION").text("vocabulary", "en_digits"),
            _ => form.file("video", file.clone()),
        });
        ana.upload(&challenge).form(&form).send().await.granted();
        check_arrival(&world, &file, &challenge);
    }
}

async fn the_envelope_is_our_own<H: Host>() {
    let world = World::open::<H>().await;
    let ana = world.consented("pass@example.com").await;
    let challenge = ana.start("statement").await;
    let file = File { name: "../../Ana's holiday \u{1f600}.exe".to_owned(), ..media::webm(50_000) };
    let form = Form::new()
        .boundary("the-clients-boundary")
        .text("vocabulary", "something else")
        .text("trigger", "ONBOARDING")
        .part(
            &format!(
                "content-disposition: form-data; name=\"video\"; filename=\"{}\"\r\nX-Note: from the client\r\n\
                 Content-Type: application/x-msdownload",
                file.name
            ),
            file.bytes.clone(),
        );
    ana.upload(&challenge).form(&form).send().await.granted();
    let video = check_arrival(&world, &file, &challenge);
    let seen = format!("{video:?}");
    for clients in
        ["holiday", "the-clients-boundary", "from the client", "msdownload", "something else", "ONBOARDING"]
    {
        assert!(!seen.contains(clients), "{clients}: {seen}");
    }
    let names: Vec<_> = video.fields.iter().map(|(name, _)| name.as_str()).collect();
    assert!(names.contains(&"phrase"), "{names:?}");
    assert!(video.header("x-action-trigger").is_some(), "the server's own trigger: {seen}");
}

async fn what_a_capture_is_shows_in_its_bytes_and_not_in_its_label<H: Host>() {
    let world = World::open::<H>().await;
    let ana = world.consented("pass@example.com").await;
    for (bytes, label, is) in [
        (media::mp4(20_000), "video/webm", "video/mp4"),
        (media::webm(20_000), "video/mp4", "video/webm"),
        (media::webm(20_000), "image/png", "video/webm"),
        (media::mp4(20_000), "text/plain; charset=utf-8", "video/mp4"),
    ] {
        let challenge = ana.start("statement").await;
        let file = File { content_type: label.to_owned(), ..bytes };
        ana.upload(&challenge).form(&Form::new().file("video", file.clone())).send().await.granted();
        let video = check_arrival(&world, &file, &challenge);
        assert_eq!(video.file("video").and_then(|seen| seen.content_type.as_deref()), Some(is));
    }
}

/// What the platform saw of this session's capture: the whole of it, unchanged, with the phrase that was issued.
#[track_caller]
fn check_arrival(world: &World, file: &File, challenge: &Challenge) -> Entry {
    let spoken = |entry: &Entry| entry.field("phrase") == Some(&challenge.phrase);
    let mut videos = world.seen(Operation::ProcessVideo).into_iter().filter(spoken);
    let video = videos.next().expect("the platform has seen the capture");
    assert!(videos.next().is_none(), "and once only");
    assert!(video.complete && video.files.len() == 1, "{video:?}");
    let seen = video.file("video").expect("the capture");
    assert_eq!(seen.len, file.bytes.len() as u64);
    assert_eq!(seen.sha256, sha256(&file.bytes));
    assert!(seen.complete);
    video
}
