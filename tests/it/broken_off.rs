//! Uploads that break off, stand still or come all at once: each leaves session and phrase as they were.

use biometry_gate_testkit::{Browser, Form, media};
use biometry_sandbox::Operation;

use crate::harness::{Host, Setup, capture, idle, ready, still_good};

on_every_host! {
    an_upload_that_breaks_off_is_never_complete_upstream,
    a_silent_client_is_given_up,
    an_upload_that_takes_too_long_in_all_is_given_up,
    a_short_body_is_short_and_comes_in_time,
    too_many_uploads_at_once_are_shed,
    every_upload_gives_its_place_back,
}

async fn an_upload_that_breaks_off_is_never_complete_upstream<H: Host>() {
    let (world, ana, challenge) = ready::<H>(Setup::new()).await;
    let form = Form::new().file("video", media::webm(500_000)).text("phrase", &challenge.phrase);
    let bytes = form.bytes();
    let places = [100_000, 450_000, bytes.len() - 60, bytes.len() - 1];
    let over_http2 = ana.over_http2();
    for (member, at) in [&ana, &over_http2].into_iter().flat_map(|member| places.map(|at| (member, at))) {
        let before = world.seen(Operation::ProcessVideo).len();
        let mut upload = member.upload(&challenge).header("content-type", &form.content_type()).open();
        upload.send(bytes.slice(..at)).await;
        let videos = |seen: &[biometry_sandbox::Entry]| -> Vec<biometry_sandbox::Entry> {
            let videos = seen.iter().filter(|entry| entry.operation == Some(Operation::ProcessVideo));
            videos.skip(before).cloned().collect()
        };
        let arrives = |seen: &[_]| videos(seen).iter().any(|entry| entry.body_bytes > 0);
        world.sandbox.journal_when(arrives).await.expect("the platform sees the upload");
        upload.abort().await;
        let over = |seen: &[_]| videos(seen).iter().all(|entry| entry.finished);
        let seen = world.sandbox.journal_when(over).await.expect("the platform sees it break off");
        let video = &videos(&seen)[0];
        assert!(!video.complete && video.status.is_none(), "{at}: {video:?}");
        idle(&ana, &challenge).await;
    }
    still_good(&world, &ana, &challenge).await;
}

async fn a_silent_client_is_given_up<H: Host>() {
    let (world, ana, challenge) = ready::<H>(Setup::new().var("UPLOAD_IDLE_SECS", 1)).await;
    let (upload, _) = world.begin_upload(&ana, &challenge).await;
    let answer = upload.answer().await;
    answer.problem("upload-timeout");
    assert_eq!(answer.header("connection"), Some("close"));
    assert_eq!(world.captures(), 0);
    still_good(&world, &ana, &challenge).await;
}

async fn an_upload_that_takes_too_long_in_all_is_given_up<H: Host>() {
    let setup = Setup::new().var("UPLOAD_IDLE_SECS", 1).var("UPLOAD_TOTAL_SECS", 1);
    let (world, ana, challenge) = ready::<H>(setup).await;
    let form = capture();
    let mut bytes = form.bytes();
    let mut upload = ana.upload(&challenge).header("content-type", &form.content_type()).open();
    let mut beat = tokio::time::interval(std::time::Duration::from_millis(50));
    // A trickle that is never silent for long.
    while bytes.len() > 1 && upload.send(bytes.split_to(1)).await && !upload.is_answered() {
        beat.tick().await;
    }
    upload.answer().await.problem("upload-timeout");
    still_good(&world, &ana, &challenge).await;
}

async fn a_short_body_is_short_and_comes_in_time<H: Host>() {
    let (world, ana, challenge) = ready::<H>(Setup::new().var("UPLOAD_IDLE_SECS", 1)).await;
    let stranger = world.browser();
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
    still_good(&world, &ana, &challenge).await;
}

async fn too_many_uploads_at_once_are_shed<H: Host>() {
    let (world, ana, challenge) = ready::<H>(Setup::new().var("MAX_UPLOADS", 1)).await;
    let ben = world.consented("pass+ben@example.com").await;
    let bens = ben.start("statement").await;
    let (mut upload, rest) = world.begin_upload(&ana, &challenge).await;
    ben.verify(&bens).await.problem("overloaded");
    assert_eq!(ben.state(&bens).await, "issued");
    upload.send(rest).await;
    upload.finish().await.granted();
    ben.verify(&bens).await.granted();
}

async fn every_upload_gives_its_place_back<H: Host>() {
    let (world, ana, challenge) = ready::<H>(Setup::new().var("MAX_UPLOADS", 1)).await;
    for form in [
        Form::new().file("video", media::png(200_000)),
        Form::new().file("video", media::webm(200_000)).text("note", "hello"),
        Form::new().file("video", media::webm(200_000)).text("phrase", "one"),
    ] {
        let answer = ana.upload(&challenge).form(&form).send().await;
        assert!(
            answer.status.is_client_error() && answer.code().as_deref() != Some("overloaded"),
            "{answer:?}"
        );
    }
    let (upload, _) = world.begin_upload(&ana, &challenge).await;
    upload.abort().await;
    idle(&ana, &challenge).await;
    still_good(&world, &ana, &challenge).await;
}
