//! Uploads that are refused: each has one answer, and leaves session and phrase as they were.

use biometry_gate::CaptureLimits;
use biometry_gate::audit::EventKind;
use biometry_gate_testkit::{Form, Wire, media};
use biometry_sandbox::Operation;

use crate::harness::{Host, Member, Setup, World, capture, head, ready, still_good};

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

async fn refusals_are_in_the_audit_trail<H: Host>() {
    let (world, ana, challenge) = ready::<H>(Setup::new()).await;
    ana.upload(&challenge).form(&Form::new().file("video", media::png(20_000))).send().await;
    ana.upload(&challenge).body("hello").send().await;
    assert_eq!(world.audit.count(EventKind::UploadRejected), 2, "{:?}", world.audit.events());
}
