use biometry_gate::CaptureLimits;
use biometry_sandbox::Operation;

use super::{ready, still_good};
use crate::form::Form;
use crate::host::{HostHarness, Person, Setup, Stage, capture};
use crate::media;
use crate::wire::Wire;

pub async fn what_is_no_multipart_form_is_refused<H: HostHarness>() {
    let (stage, ana, challenge) = ready::<H>(Setup::new()).await;
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
    for coding in ["gzip", "identity", "br, gzip"] {
        let request = ana.upload(&challenge).header("content-encoding", coding).form(&capture());
        request.send().await.problem("unsupported-media");
    }
    still_good(&stage, &ana, &challenge).await;
}

pub async fn broken_framing_is_a_400_that_closes<H: HostHarness>() {
    let (stage, ana, challenge) = ready::<H>(Setup::new()).await;
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
    assert_eq!(stage.captures(), 0);
    still_good(&stage, &ana, &challenge).await;
}

pub async fn a_body_that_announces_too_much_is_refused_unread<H: HostHarness>() {
    let (stage, ana, challenge) = ready::<H>(Setup::new()).await;
    let most = 52_428_800 + 65_536;
    for length in [most + 1, 10 * most, u64::MAX / 2] {
        let mut wire = Wire::connect(ana.browser.address()).await;
        let more = format!("Content-Length: {length}");
        wire.send(ana.upload_head(&challenge, &capture().content_type(), &more)).await;
        let answer = wire.answer().await;
        answer.problem("upload-too-large");
        assert_eq!(answer.header("connection"), Some("close"));
    }
    assert_eq!(stage.seen(Operation::ProcessVideo).len(), 0);
    still_good(&stage, &ana, &challenge).await;
}

pub async fn a_file_that_turns_out_too_large_is_refused<H: HostHarness>() {
    let limits = CaptureLimits::default().with_file(300_000);
    let (stage, ana, challenge) =
        ready::<H>(Setup::new().gate(move |gate| gate.capture_limits(limits))).await;
    let form = Form::new().file("video", media::webm(300_001));
    let mut upload = ana.upload(&challenge).header("content-type", &form.content_type()).open();
    let mut bytes = form.bytes();
    while !bytes.is_empty() && upload.send(bytes.split_to(bytes.len().min(10_000))).await {}
    upload.finish().await.problem("upload-too-large");
    assert_eq!(stage.captures(), 0, "a part of a capture is none");

    let form = Form::new().file("video", media::webm(300_000));
    ana.upload(&challenge).form(&form).send().await.granted();
    assert_eq!(stage.captures(), 1);
}

pub async fn a_refusal_before_the_body_costs_no_read<H: HostHarness>() {
    let stage = Stage::<H>::open().await;
    let ana = stage.log_in("pass@example.com");
    let stranger = Person { browser: stage.browser(), subject: String::new() };
    let challenge = ana.start("reusable").await;
    // Only the head is ever sent: an answer shows that the host does not wait for the body.
    for (person, more, code) in [
        (&stranger, "Content-Length: 1000000", "authentication-required"),
        (&ana, "Content-Length: 1000000", "consent-required"),
        (&ana, "Content-Length: 1000000\r\nX-User-Fullname: ben@example.com", "subject-conflict"),
        (&ana, "Content-Length: 1000000\r\nOrigin: https://evil.example", "cross-site"),
        (&ana, "Content-Length: 1000000\r\nContent-Encoding: gzip", "unsupported-media"),
        (&ana, "Transfer-Encoding: chunked", "consent-required"),
        (&ana, "Content-Length: 1000000\r\nExpect: 100-continue", "consent-required"),
    ] {
        let mut wire = Wire::connect(person.browser.address()).await;
        wire.send(person.upload_head(&challenge, &capture().content_type(), more)).await;
        wire.answer().await.problem(code);
    }
    assert_eq!(stage.seen(Operation::ProcessVideo).len(), 0);
}
