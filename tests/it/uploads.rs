//! Uploads that are refused: each has one answer, and leaves session and phrase as they were.

use biometry_gate::CaptureLimits;
use biometry_gate::audit::EventKind;
use biometry_gate_testkit::{File, Form, Wire, media};
use biometry_sandbox::Operation;
use serde_json::json;

use crate::harness::{Host, Setup, capture, ready, still_good};

on_every_host! {
    what_is_no_video_is_refused,
    matroska_is_taken_where_the_host_says_so,
    a_refusal_names_the_field,
    a_form_has_exactly_its_fields,
    two_ways_to_end_a_body_are_one_too_many,
    everything_around_the_file_is_bounded,
    refusals_are_in_the_audit_trail,
}

async fn what_is_no_video_is_refused<H: Host>() {
    let (world, ana, challenge) = ready::<H>(Setup::new()).await;
    let html = File { bytes: "<html><script>".repeat(500).into(), ..media::webm(1) };
    for file in [media::png(20_000), media::noise(20_000), html, media::webm(4), media::mp4(11)] {
        let form = Form::new().text("phrase", &challenge.phrase).file("video", file);
        let problem = ana.upload(&challenge).form(&form).send().await.problem("unsupported-media");
        assert_eq!(problem["accepted"], json!(["video/mp4", "video/quicktime", "video/webm"]));
        assert!(problem["detail"].as_str().is_some_and(|detail| detail.ends_with(": video")), "{problem}");
    }
    assert_eq!(world.seen(Operation::ProcessVideo).len(), 0);
    still_good(&world, &ana, &challenge).await;
}

async fn matroska_is_taken_where_the_host_says_so<H: Host>() {
    let limits = CaptureLimits::default().with_matroska();
    let (world, ana, challenge) =
        ready::<H>(Setup::new().gate(move |gate| gate.capture_limits(limits))).await;
    let start = b"\x1a\x45\xdf\xa3\x8c\x42\x82\x88matroska";
    let bytes = [&start[..], &[0x5a; 5_000]].concat().into();
    let file = File { name: "capture.mkv".to_owned(), content_type: "video/webm".to_owned(), bytes };
    ana.upload(&challenge).form(&Form::new().file("video", file)).send().await.granted();
    let seen = world.seen(Operation::ProcessVideo);
    assert_eq!(seen[0].files[0].content_type.as_deref(), Some("video/x-matroska"));
}

async fn a_refusal_names_the_field<H: Host>() {
    let (world, ana, challenge) = ready::<H>(Setup::new()).await;
    let nameless = "Content-Disposition: form-data; name=\"video\"\r\nContent-Type: video/webm";
    let phrase = "Content-Disposition: form-data; name=\"phrase\"";
    for (form, detail) in [
        (
            Form::new().part(nameless, media::webm(20_000).bytes),
            "the part of the file has no filename, which makes it a text: video",
        ),
        (
            Form::new().part(phrase, &b"\xff\xfe"[..]).file("video", media::webm(20_000)),
            "a text field is not UTF-8: phrase",
        ),
    ] {
        let problem = ana.upload(&challenge).form(&form).send().await.problem("invalid-upload");
        assert_eq!(problem["detail"], detail);
    }
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
            // hyper settles both at once by RFC 9112 §6.1: the encoding counts, the length is dropped before a service
            // sees it, and the connection ends. Whatever else is refused with 400.
            let hyper_decided = framing.contains("Length") && framing.contains("chunked");
            assert!(answer.status == 400 || hyper_decided, "{path} {framing:?}: {answer:?}");
            assert!(wire.is_closed().await, "{path} {framing:?}: what comes behind is no request");
        }
    }
    let challenge =
        if ana.state(&challenge).await == "issued" { challenge } else { ana.start("statement").await };
    still_good(&world, &ana, &challenge).await;
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

async fn refusals_are_in_the_audit_trail<H: Host>() {
    let (world, ana, challenge) = ready::<H>(Setup::new()).await;
    ana.upload(&challenge).form(&Form::new().file("video", media::png(20_000))).send().await;
    ana.upload(&challenge).body("hello").send().await;
    assert_eq!(world.audit.count(EventKind::UploadRejected), 2, "{:?}", world.audit.events());
}
