//! Face and voice enrollment.

use biometry_sandbox::{Sandbox, Shape};
use reqwest::StatusCode;
use reqwest::multipart::Form;
use serde_json::json;

use crate::client::{Answer, JPEG, PHRASE, PNG, Platform, answer, file};

async fn enroll(platform: &Platform, kind: &str, user: &str, form: Form) -> Answer {
    let path = format!("/api-gateway/enroll/{kind}");
    answer(platform.post(&path).header("x-user-fullname", user).multipart(form)).await
}

async fn enroll_face(platform: &Platform, user: &str) -> Answer {
    enroll(platform, "face", user, Form::new().part("face", file("f.png", "image/png", JPEG))).await
}

async fn enroll_voice(platform: &Platform, user: &str) -> Answer {
    let voice = file("v.wav", "audio/wav", b"RIFF....WAVE");
    enroll(
        platform,
        "voice",
        user,
        Form::new().text("unique_id", "x").text("phrase", PHRASE).part("voice", voice),
    )
    .await
}

#[tokio::test]
async fn face_and_voice_together_make_a_user_who_passes() {
    let platform = Platform::start().await;
    let user = "ana@example.com";
    platform.sandbox.give_consents(user);
    let face = enroll_face(&platform, user).await;
    let expected = json!({
        "data": { "enrollment_result": { "code": 0, "description": "Successful check" }, "document_auth": null },
        "message": "face enrolled successfully",
    });
    assert_eq!((face.status, face.body), (StatusCode::OK, expected));
    assert!(!platform.sandbox.enrolled(user));
    let voice = enroll_voice(&platform, user).await;
    assert_eq!(voice.body["data"]["status"], "good");
    assert_eq!(voice.body["message"], "voice registered successfully");
    assert!(platform.sandbox.enrolled(user));
    assert_eq!(enroll_voice(&platform, user).await.body["data"]["status"], "enrolled");

    let verified = platform.verify(user).await;
    assert_eq!(verified.header("x-auto-enroll"), None);
    assert_eq!(verified.body["scoring_result"], "pass");
}

#[tokio::test]
async fn both_consents_are_asked_for() {
    let platform = Platform::start().await;
    enroll_face(&platform, "ana").await.is_refused(403, "authorization consent is not given");
    platform.consent("consent", "ana", true).await;
    enroll_face(&platform, "ana").await.is_refused(403, "storage consent is not given");
    enroll_voice(&platform, "ana").await.is_refused(403, "storage consent is not given");
}

#[tokio::test]
async fn a_bad_picture_is_a_failure_within_200() {
    let platform = Platform::start().await;
    for (user, code) in [
        ("enroll+noface@x", 1),
        ("no-face@x", 1),
        ("enroll+manyfaces@x", 2),
        ("many-faces@x", 2),
        ("enroll+notcentred@x", 3),
        ("new+enroll+noface@x", 1),
    ] {
        platform.sandbox.give_consents(user);
        let reply = enroll_face(&platform, user).await;
        assert_eq!(
            (reply.status, &reply.body["data"]["enrollment_result"]["code"]),
            (StatusCode::OK, &json!(code)),
            "{user}"
        );
    }
    assert!(!platform.sandbox.enrolled("new+enroll+noface@x"));
}

#[tokio::test]
async fn a_bad_recording_is_a_failure_within_200() {
    let platform = Platform::start().await;
    for (user, status) in
        [("voice+qafailed@x", "qafailed"), ("voice+enrolled@x", "enrolled"), ("voice+error@x", "error")]
    {
        platform.sandbox.give_consents(user);
        let reply = enroll_voice(&platform, user).await;
        assert_eq!((reply.status, &reply.body["data"]["status"]), (StatusCode::OK, &json!(status)));
    }
    let failed = enroll_voice(&platform, "voice+qafailed@x").await;
    assert_eq!(failed.body["data"]["qa_list"][0]["status"], "fail");
}

#[tokio::test]
async fn a_face_may_come_from_a_document() {
    let platform = Platform::start().await;
    platform.sandbox.give_consents("ana");
    for (is_document, known) in [("true", true), ("false", false)] {
        let form = Form::new().part("face", file("f.png", "image/png", PNG)).text("is_document", is_document);
        let reply = enroll(&platform, "face", "ana", form).await;
        assert_eq!(reply.body["data"]["document_auth"].is_object(), known);
    }
}

#[tokio::test]
async fn parts_that_are_missing_or_no_pictures_are_refused() {
    let platform = Platform::start().await;
    platform.sandbox.give_consents("ana");
    let face = |form| enroll(&platform, "face", "ana", form);
    face(Form::new().text("is_document", "true")).await.is_refused(400, "'face' form file is required");
    let video = Form::new().part("face", file("f.jpg", "image/jpeg", b"no picture at all"));
    face(video).await.is_refused(400, "unsupported file type: only jpg, jpeg and png are allowed");
    let voice = |form| enroll(&platform, "voice", "ana", form);
    voice(Form::new().text("phrase", PHRASE)).await.is_refused(400, "'voice' form file is required");
    let silent = Form::new().part("voice", file("v.wav", "audio/wav", b"RIFF"));
    voice(silent).await.is_refused(400, "'phrase' form value is required");
}

#[tokio::test]
async fn older_shapes_are_flatter() {
    let platform = Platform::build(Sandbox::builder().shape(Shape::Legacy)).await;
    platform.sandbox.give_consents("ana");
    assert_eq!(enroll_face(&platform, "ana").await.body["data"]["enroll_result"]["code"], 0);
    assert_eq!(enroll_voice(&platform, "ana").await.body["status"], "good");
}
