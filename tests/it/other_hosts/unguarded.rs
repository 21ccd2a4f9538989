//! A host that has said nothing about who may enroll.

use biometry_gate_testkit::{Form, media};

use super::desk::{Desk, answer, post};

#[tokio::test]
async fn a_gate_without_a_guard_enrolls_nobody() {
    let desk = Desk::open().await;
    let form = Form::new().file("face", media::png(5_000));
    for path in ["/enroll/face", "/enroll/voice", "/api-gateway/enroll/face", "/api-gateway/enroll/voice"] {
        let request = post(path, &form.content_type(), form.bytes());
        answer(desk.gate.routes(), request).await.problem("enrollment-closed");
    }
}
