//! Version 2 without the typed client: what it refuses, and how.

use biometry_sandbox::{Operation, Version};
use reqwest::StatusCode;
use reqwest::multipart::Form;
use serde_json::json;

use crate::client::{Answer, JPEG, Platform, VIDEO, answer, file};

async fn upload(
    platform: &Platform,
    call: &str,
    request: &str,
    part: Option<(&'static str, &'static [u8])>,
) -> Answer {
    let mut form = Form::new().text("request", request.to_owned());
    if let Some((name, bytes)) = part {
        form = form.part(name, file("blob", "application/octet-stream", bytes));
    }
    answer(platform.post(&format!("/api-gateway/v2/{call}")).multipart(form)).await
}

#[track_caller]
fn assert_refused(answer: &Answer, status: u16, code: &str) {
    assert_eq!((answer.status.as_u16(), answer.body["error"]["code"].as_str()), (status, Some(code)));
    assert!(answer.body["error"]["message"].is_string());
    assert_eq!(answer.body["meta"]["request_id"].as_str(), answer.header("x-request-id"));
}

#[tokio::test]
async fn what_cannot_be_understood_is_an_invalid_request() {
    let platform = Platform::start().await;
    let video = Some(("video", VIDEO));
    for (request, part) in [
        ("", video),
        ("[]", video),
        ("{", video),
        (r#"{"phrase":"one two"}"#, video),
        (r#"{"user_id":"ana+b@x","phrase":"one two"}"#, video),
        (r#"{"user_id":"ana@x"}"#, video),
        (r#"{"user_id":"ana@x","phrase":" "}"#, video),
        (r#"{"user_id":"ana@x","phrase":"one two"}"#, None),
    ] {
        assert_refused(&upload(&platform, "liveness", request, part).await, 400, "invalid_request");
    }
    let long = json!({ "user_id": "x".repeat(129), "phrase": "one two" }).to_string();
    assert_refused(&upload(&platform, "liveness", &long, video).await, 400, "invalid_request");
    let text = Form::new().part("video", file("blob", "video/webm", VIDEO));
    let without = answer(platform.post("/api-gateway/v2/liveness").multipart(text)).await;
    assert_refused(&without, 400, "invalid_request");
    let not_a_picture = upload(&platform, "documents/check", "{}", Some(("document", VIDEO))).await;
    assert_refused(&not_a_picture, 400, "invalid_request");
}

#[tokio::test]
async fn sessions_keys_and_paths_are_looked_at() {
    let mut platform = Platform::start().await;
    let started = answer(platform.post("/api-gateway/v2/sessions")).await;
    let session = started.body["data"]["session_id"].as_str().unwrap().to_owned();
    assert!(session.starts_with("sess_") && started.body["meta"]["request_id"].is_string());
    let liveness = |user: &str, session: &str| {
        json!({ "user_id": user, "phrase": "one two", "session_id": session }).to_string()
    };
    let video = Some(("video", VIDEO));
    let first = upload(&platform, "liveness", &liveness("pass@x", &session), video).await;
    assert_eq!((first.status, &first.body["decision"]["status"]), (StatusCode::OK, &json!("pass")));
    let other = upload(&platform, "liveness", &liveness("ben@x", &session), video).await;
    assert_refused(&other, 403, "forbidden");
    let unknown = upload(&platform, "liveness", &liveness("pass@x", "sess_0"), video).await;
    assert_refused(&unknown, 404, "not_found");
    let end = answer(platform.post(&format!("/api-gateway/v2/sessions/{session}/end"))).await;
    assert_eq!(end.status, StatusCode::OK);
    let late = upload(&platform, "liveness", &liveness("pass@x", &session), video).await;
    assert_refused(&late, 400, "invalid_request");

    assert_refused(&answer(platform.post("/api-gateway/v2/elsewhere")).await, 404, "not_found");
    assert_refused(&answer(platform.get("/api-gateway/v2/liveness")).await, 405, "method_not_allowed");
    platform.key = platform.sandbox.mint_key_with(&["Face Liveness Detection"]);
    let not_selected = upload(&platform, "face-verify", &liveness("pass@x", ""), video).await;
    assert_refused(&not_selected, 403, "forbidden");
    platform.sandbox.revoke_key(&platform.key);
    assert_refused(&answer(platform.post("/api-gateway/v2/sessions")).await, 401, "unauthorized");
    let no_key =
        answer(platform.http.post(format!("{}/api-gateway/v2/sessions", platform.sandbox.base_url()))).await;
    assert_refused(&no_key, 401, "unauthorized");
}

#[tokio::test]
async fn what_version_1_says_in_headers_means_nothing() {
    let platform = Platform::start().await;
    let session = platform.start_session().await;
    let form = Form::new()
        .text("request", r#"{"user_id":"pass@x","phrase":"one two"}"#)
        .part("video", file("blob", "video/webm", VIDEO));
    let request = platform.post("/api-gateway/v2/liveness").multipart(form);
    let reply = answer(request.header("x-user-fullname", "fail@x").header("x-session-id", session)).await;
    assert_eq!(reply.body["decision"]["status"], "pass");
    let entry = platform.sandbox.journal().pop().unwrap();
    assert_eq!((entry.operation, entry.version), (Some(Operation::Liveness), Some(Version::V2)));
    assert_eq!((entry.user.as_deref(), entry.session), (Some("pass@x"), None));
}

#[tokio::test]
async fn services_can_be_excluded_from_liveness() {
    let platform = Platform::start().await;
    let request = json!({
        "user_id": "pass@x", "phrase": "one two",
        "services": { "exclude": ["visual_speech_recognition"] },
    });
    let reply = upload(&platform, "liveness", &request.to_string(), Some(("video", VIDEO))).await;
    let services: Vec<_> = reply.body["data"].as_object().unwrap().keys().cloned().collect();
    assert_eq!(services, ["active_speaker_detection", "face_liveness_detection"]);
}

#[tokio::test]
async fn a_face_that_is_not_there_is_unprocessable() {
    let platform = Platform::start().await;
    platform.sandbox.give_consents("no-face@x");
    let request = r#"{"user_id":"no-face@x","phrase":"one two"}"#;
    let face = upload(&platform, "enrollments/face", request, Some(("face", JPEG))).await;
    assert_refused(&face, 422, "face_not_detected");
    for call in ["liveness", "face-verify"] {
        assert_refused(
            &upload(&platform, call, request, Some(("video", VIDEO))).await,
            422,
            "face_not_detected",
        );
    }
    let voice = upload(&platform, "voice-verify", request, Some(("voice", VIDEO))).await;
    assert_eq!(voice.status, StatusCode::OK);
}
