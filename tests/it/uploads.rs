//! Uploads that are refused or break off: each has one answer, and leaves session and phrase as they were.

use biometry_gate::CaptureLimits;
use biometry_gate::audit::EventKind;
use biometry_gate_testkit::{Browser, Form, Wire, media};
use biometry_sandbox::Operation;
use serde_json::json;

use crate::harness::{Challenge, Host, Member, Setup, World, capture};

on_every_host! {
    what_is_no_multipart_form_is_refused,
    an_encoded_body_is_refused,
    what_is_no_video_is_refused,
    a_form_has_exactly_its_fields,
    broken_framing_is_a_400_that_closes,
    two_ways_to_end_a_body_are_one_too_many,
    a_body_that_announces_too_much_is_refused_unread,
    a_file_that_turns_out_too_large_is_refused,
    everything_around_the_file_is_bounded,
    a_refusal_before_the_body_costs_no_read,
    an_upload_that_breaks_off_is_never_complete_upstream,
    a_silent_client_is_given_up,
    an_upload_that_takes_too_long_in_all_is_given_up,
    a_short_body_is_short_and_comes_in_time,
    too_many_uploads_at_once_are_shed,
    every_upload_gives_its_place_back,
    refusals_are_in_the_audit_trail,
}

async fn what_is_no_multipart_form_is_refused<H: Host>() {
    let (world, ana, challenge) = ready::<H>(Setup::new()).await;
    for content_type in [
        "application/json",
        "application/x-www-form-urlencoded",
        "video/webm",
        "multipart/mixed; boundary=x",
        "text/plain",
    ] {
        let request = ana.upload(&challenge).header("content-type", content_type).body("hello");
        request.send().await.problem("unsupported-media");
    }
    ana.upload(&challenge).body("hello").send().await.problem("unsupported-media");
    still_good(&world, &ana, &challenge).await;
}

async fn an_encoded_body_is_refused<H: Host>() {
    let (world, ana, challenge) = ready::<H>(Setup::new()).await;
    for coding in ["gzip", "identity", "br, gzip"] {
        let request = ana.upload(&challenge).header("content-encoding", coding).form(&capture());
        request.send().await.problem("unsupported-media");
    }
    still_good(&world, &ana, &challenge).await;
}

async fn what_is_no_video_is_refused<H: Host>() {
    let (world, ana, challenge) = ready::<H>(Setup::new()).await;
    let html = biometry_gate_testkit::File { bytes: "<html><script>".repeat(500).into(), ..media::webm(1) };
    for file in [media::png(20_000), media::noise(20_000), html, media::webm(4), media::mp4(11)] {
        let form = Form::new().text("phrase", &challenge.phrase).file("video", file);
        ana.upload(&challenge).form(&form).send().await.problem("unsupported-media");
    }
    assert_eq!(world.seen(Operation::ProcessVideo).len(), 0);
    still_good(&world, &ana, &challenge).await;
}

async fn a_form_has_exactly_its_fields<H: Host>() {
    let (world, ana, challenge) = ready::<H>(Setup::new()).await;
    let video = || media::webm(20_000);
    for form in [
        Form::new(),
        Form::new().text("phrase", &challenge.phrase),
        Form::new().file("video", media::webm(0)),
        Form::new().file("video", video()).file("video", video()),
        Form::new().file("video", video()).text("note", "hello"),
        Form::new().text("note", "hello").file("video", video()),
        Form::new().file("face", video()),
        Form::new().text("video", "hello"),
        Form::new()
            .text("phrase", &challenge.phrase)
            .text("phrase", &challenge.phrase)
            .file("video", video()),
        Form::new().file("video", video()).text("trigger", "a").text("trigger", "a"),
        Form::new().file("phrase", video()),
        Form::new().text("vocabulary", &"x".repeat(5_000)).file("video", video()),
        Form::new().part("Content-Disposition: form-data; name=\"video\"; filename=\"\"", ""),
        Form::new()
            .part("Content-Disposition: form-data; name=\"phrase\"", &b"\xff\xfe"[..])
            .file("video", video()),
    ] {
        let answer = ana.upload(&challenge).form(&form).send().await;
        assert_eq!(answer.code().as_deref(), Some("invalid-upload"), "{form:?}: {answer:?}");
        assert!(matches!(answer.status.as_u16(), 400 | 422), "{answer:?}");
    }
    assert_eq!(world.captures(), 0);
    still_good(&world, &ana, &challenge).await;
}

async fn broken_framing_is_a_400_that_closes<H: Host>() {
    let (world, ana, challenge) = ready::<H>(Setup::new()).await;
    let whole = capture().bytes();
    let text = |text: &str| text.as_bytes().to_vec();
    for body in [
        whole[..whole.len() - 20].to_vec(),
        text("no delimiter at all"),
        text("------testkit7MA4YWxkTrZu0gW\nContent-Disposition: form-data; name=\"phrase\"\n\nx\n"),
        text("------testkit7MA4YWxkTrZu0gW\r\n\r\n\r\n------testkit7MA4YWxkTrZu0gW--\r\n"),
    ] {
        let request = ana.upload(&challenge).header("content-type", &capture().content_type()).body(body);
        let answer = request.send().await;
        answer.problem_as(400, "invalid-upload");
        assert_eq!(answer.header("connection"), Some("close"));
    }
    assert_eq!(world.captures(), 0);
    still_good(&world, &ana, &challenge).await;
}

async fn two_ways_to_end_a_body_are_one_too_many<H: Host>() {
    let (world, ana, challenge) = ready::<H>(Setup::new()).await;
    let cookie = ana.browser.cookie_header().expect("cookies");
    for path in ["/biometry/verify", "/biometry/session/start", "/biometry/consent"] {
        for framing in [
            "Content-Length: 4\r\nTransfer-Encoding: chunked\r\n",
            "Transfer-Encoding: chunked\r\nContent-Length: 4\r\n",
            "Content-Length: 4\r\nContent-Length: 5\r\n",
            "Transfer-Encoding: gzip\r\n",
        ] {
            let request = format!(
                "POST {path} HTTP/1.1\r\nHost: bank\r\nCookie: {cookie}\r\n\
                 Content-Type: multipart/form-data; boundary=x\r\n{framing}\r\n\
                 0\r\n\r\nGET /api/whoami HTTP/1.1\r\nHost: bank\r\nCookie: {cookie}\r\n\r\n"
            );
            let mut wire = Wire::connect(ana.browser.address()).await;
            wire.send(&request).await;
            let answer = wire.answer().await;
            // hyper settles both at once by RFC 9112 §6.1: the encoding counts, the length is dropped before anybody
            // sees it, and the connection ends. Whatever else is refused with 400.
            let hyper_decided = framing.contains("Length") && framing.contains("chunked");
            assert!(answer.status == 400 || hyper_decided, "{path} {framing:?}: {answer:?}");
            assert!(wire.is_closed().await, "{path} {framing:?}: what comes behind is nobody's request");
        }
    }
    let challenge =
        if ana.state(&challenge).await == "issued" { challenge } else { ana.start("statement").await };
    still_good(&world, &ana, &challenge).await;
}

async fn a_body_that_announces_too_much_is_refused_unread<H: Host>() {
    let (world, ana, challenge) = ready::<H>(Setup::new()).await;
    let most = 52_428_800 + 65_536;
    for length in [most + 1, 10 * most, u64::MAX / 2] {
        let mut wire = Wire::connect(ana.browser.address()).await;
        wire.send(head(&ana, &challenge, &capture(), &format!("Content-Length: {length}"))).await;
        let answer = wire.answer().await;
        answer.problem("upload-too-large");
        assert_eq!(answer.header("connection"), Some("close"));
    }
    assert_eq!(world.seen(Operation::ProcessVideo).len(), 0);
    still_good(&world, &ana, &challenge).await;
}

async fn a_file_that_turns_out_too_large_is_refused<H: Host>() {
    let limits = CaptureLimits::default().with_file(300_000);
    let (world, ana, challenge) =
        ready::<H>(Setup::new().gate(move |gate| gate.capture_limits(limits))).await;
    let form = Form::new().file("video", media::webm(300_001));
    let mut upload = ana.upload(&challenge).header("content-type", &form.content_type()).open();
    let mut bytes = form.bytes();
    while !bytes.is_empty() && upload.send(bytes.split_to(bytes.len().min(10_000))).await {}
    upload.finish().await.problem("upload-too-large");
    assert_eq!(world.captures(), 0, "a part of a capture is none");

    let form = Form::new().file("video", media::webm(300_000));
    ana.upload(&challenge).form(&form).send().await.granted();
    assert_eq!(world.captures(), 1);
}

async fn everything_around_the_file_is_bounded<H: Host>() {
    let (world, ana, challenge) = ready::<H>(Setup::new()).await;
    let long_head = format!(
        "Content-Disposition: form-data; name=\"video\"; filename=\"x\"\r\nX-Padding: {}",
        "x".repeat(100_000)
    );
    let many_heads = format!(
        "Content-Disposition: form-data; name=\"video\"; filename=\"x\"{}",
        "\r\nX-Padding: x".repeat(100)
    );
    for form in [
        Form::new().part(&long_head, media::webm(20_000).bytes),
        Form::new().part(&many_heads, media::webm(20_000).bytes),
        (0..20).fold(Form::new(), |form, n| form.text(&format!("field{n}"), "x")),
    ] {
        let answer = ana.upload(&challenge).form(&form).send().await;
        assert!(matches!(answer.status.as_u16(), 400 | 413 | 422), "{answer:?}");
    }
    let preamble = ["x".repeat(5_000).as_bytes(), b"\r\n", &capture().bytes()].concat();
    let request = ana.upload(&challenge).header("content-type", &capture().content_type()).body(preamble);
    let answer = request.send().await;
    assert!(matches!(answer.status.as_u16(), 400 | 413 | 422), "{answer:?}");
    assert_eq!(world.captures(), 0);
    still_good(&world, &ana, &challenge).await;
}

async fn a_refusal_before_the_body_costs_no_read<H: Host>() {
    let world = World::open::<H>().await;
    let ana = world.log_in("pass@example.com").await;
    let stranger = Member { browser: world.browser(), email: String::new() };
    let challenge = ana.start("statement").await;
    // Only the head is ever sent: an answer shows that nobody waits for the body.
    for (member, more, code) in [
        (&stranger, "Content-Length: 1000000", "authentication-required"),
        (&ana, "Content-Length: 1000000", "consent-required"),
        (&ana, "Content-Length: 1000000\r\nX-User-Fullname: ben@example.com", "subject-conflict"),
        (&ana, "Content-Length: 1000000\r\nOrigin: https://evil.example", "cross-site"),
        (&ana, "Content-Length: 1000000\r\nContent-Encoding: gzip", "unsupported-media"),
        (&ana, "Transfer-Encoding: chunked", "consent-required"),
        (&ana, "Content-Length: 1000000\r\nExpect: 100-continue", "consent-required"),
    ] {
        let mut wire = Wire::connect(world.browser().address()).await;
        wire.send(head(member, &challenge, &capture(), more)).await;
        wire.answer().await.problem(code);
    }
    assert_eq!(world.seen(Operation::ProcessVideo).len(), 0);
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

async fn refusals_are_in_the_audit_trail<H: Host>() {
    let (world, ana, challenge) = ready::<H>(Setup::new()).await;
    ana.upload(&challenge).form(&Form::new().file("video", media::png(20_000))).send().await;
    ana.upload(&challenge).body("hello").send().await;
    assert_eq!(world.audit.count(EventKind::UploadRejected), 2, "{:?}", world.audit.events());
}

/// Somebody who has consented, and a session that waits for a capture.
async fn ready<H: Host>(setup: Setup) -> (World, Member, Challenge) {
    let world = setup.open::<H>().await;
    let ana = world.consented("pass@example.com").await;
    let challenge = ana.start("statement").await;
    (world, ana, challenge)
}

/// Session and phrase are as before: the very phrase that was issued still passes.
async fn still_good(world: &World, member: &Member, challenge: &Challenge) {
    idle(member, challenge).await;
    let before = world.captures();
    let form = Form::new().text("phrase", &challenge.phrase).file("video", media::webm(20_000));
    member.upload(challenge).form(&form).send().await.granted();
    assert_eq!(world.captures(), before + 1);
    let status = member.browser.get("/biometry/session").send().await.granted();
    assert_eq!(status["attempts_left"], json!(5));
}

/// Waits until the bank has noticed that an upload is gone.
async fn idle(member: &Member, challenge: &Challenge) {
    crate::harness::eventually("the session waits for a capture again", async || {
        member.state(challenge).await == "issued"
    })
    .await;
}

/// The head of an upload, with these header lines besides.
fn head(member: &Member, challenge: &Challenge, form: &Form, more: &str) -> String {
    format!(
        "POST /biometry/verify HTTP/1.1\r\nHost: {}\r\nCookie: {}\r\nX-Session-ID: {}\r\nContent-Type: {}\r\n{more}\r\n\r\n",
        member.browser.address(),
        member.browser.cookie_header().unwrap_or_default(),
        challenge.session,
        form.content_type(),
    )
}
