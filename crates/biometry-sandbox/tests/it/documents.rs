//! Documents and face matches.

use biometry_sandbox::{Sandbox, Shape};
use reqwest::StatusCode;
use reqwest::multipart::Form;
use serde_json::{Value, json};

use crate::client::{Answer, JPEG, PNG, Platform, VIDEO, answer, file};

async fn check(platform: &Platform, user: &str, headers: &[(&str, &str)]) -> Answer {
    let form = Form::new().part("document", file("id.png", "image/png", PNG));
    let mut request =
        platform.post("/api-gateway/docauth/check").header("x-user-fullname", user).multipart(form);
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    answer(request).await
}

async fn compare(platform: &Platform, user: &str) -> Answer {
    let form = Form::new()
        .part("video", file("v.webm", "video/webm", VIDEO))
        .part("image", file("i", "image/png", JPEG));
    answer(platform.post("/api-gateway/match-faces").header("x-user-fullname", user).multipart(form)).await
}

#[tokio::test]
async fn a_document_yields_verdict_and_data() {
    let platform = Platform::start().await;
    let reply = check(&platform, "ana@example.com", &[]).await;
    assert_eq!((reply.status, &reply.body["scoring_result"]), (StatusCode::OK, &json!("pass")));
    let data = &reply.body["data"];
    assert_eq!((&data["current_result"], &data["last_name"]), (&json!("Passed"), &json!("ERIKSSON")));
    assert!(!data["portrait_photo"].as_str().unwrap().is_empty());
    assert_eq!(data.get("mrz_validation"), None);
}

#[tokio::test]
async fn personas_choose_what_is_wrong_with_a_document() {
    let platform = Platform::start().await;
    let (none, mrz) = ([].as_slice(), [("x-inhouse-mrz", "true")].as_slice());
    let cases = [
        ("doc+failed@x", none, "fail", "Failed"),
        ("doc+contradiction@x", none, "pass", "Failed"),
        ("doc+mrz@x", mrz, "fail", "Failed"),
        ("doc+mrz@x", none, "pass", "Passed"),
        ("doc+noportrait@x", none, "pass", "Passed"),
        ("pass@x", mrz, "pass", "Passed"),
    ];
    for (user, headers, verdict, result) in cases {
        let body = check(&platform, user, headers).await.body;
        assert_eq!(
            (&body["scoring_result"], &body["data"]["current_result"]),
            (&json!(verdict), &json!(result)),
            "{user}"
        );
    }
    let without = check(&platform, "doc+noportrait@x", &[]).await.body;
    assert_eq!(without["data"]["portrait_photo"], "");
    assert_eq!(without["data"].get("face_image_base64"), None);
}

#[tokio::test]
async fn the_zone_is_validated_in_house_and_on_demand() {
    let platform = Platform::start().await;
    let validation = |headers: &'static [(&str, &str)]| {
        let platform = &platform;
        async move { check(platform, "pass@x", headers).await.body["data"]["mrz_validation"].clone() }
    };
    assert_eq!(validation(&[("x-inhouse-mrz", "true")]).await["fields_match"], true);
    assert_eq!(
        validation(&[("x-inhouse-mrz", "true"), ("x-inhouse-docauth", "true")]).await["has_mrz"],
        true
    );
    assert_eq!(validation(&[("x-inhouse-mrz", "true"), ("x-inhouse-docauth", "false")]).await, Value::Null);
}

#[tokio::test]
async fn a_document_must_be_a_picture() {
    let platform = Platform::start().await;
    let post = |form| {
        answer(platform.post("/api-gateway/docauth/check").header("x-user-fullname", "ana").multipart(form))
    };
    post(Form::new().text("x", "y")).await.is_refused(400, "'document' form file is required");
    let pdf = Form::new().part("document", file("id.png", "image/png", b"%PDF-1.7"));
    post(pdf).await.is_refused(400, "unsupported file type: only jpg, jpeg and png are allowed");
}

#[tokio::test]
async fn faces_are_matched_in_every_shape() {
    for (shape, same, different) in [
        (Shape::Sdk, json!(1), json!(0)),
        (Shape::Guide, json!(true), json!(false)),
        (Shape::Legacy, json!(1.0), json!(0.0)),
    ] {
        let platform = Platform::build(Sandbox::builder().shape(shape)).await;
        assert_eq!(compare(&platform, "ana").await.body["data"]["result"], same, "{shape:?}");
        let other = compare(&platform, "nomatch@x").await;
        assert_eq!((other.status, &other.body["data"]["result"]), (StatusCode::OK, &different), "{shape:?}");
    }
}

#[tokio::test]
async fn a_match_in_the_sdks_shape() {
    let platform = Platform::start().await;
    let expected = json!({
        "data": {
            "code": 0, "result": 1, "description": "Successful check",
            "anchor": { "code": 0, "description": "One face found in the image" },
            "target": { "code": 0, "description": "One face found in the video" },
        },
        "scoring_result": { "status": "pass" },
        "decision_reasons": [],
        "message": "faces match result is here",
    });
    assert_eq!(compare(&platform, "ana").await.body, expected);
    let contradiction = compare(&platform, "match+contradiction@x").await.body["data"].clone();
    assert_eq!((&contradiction["result"], &contradiction["code"]), (&json!(1), &json!(1)));
    let faceless = compare(&platform, "match+noface@x").await.body["data"].clone();
    assert_eq!((&faceless["result"], &faceless["anchor"]["code"]), (&json!(0), &json!(1)));
}

#[tokio::test]
async fn a_match_may_use_the_sessions_video() {
    let platform = Platform::start().await;
    let session = platform.start_session().await;
    let reuse = |session: Option<&str>| {
        let form = Form::new().part("image", file("i.jpg", "image/jpeg", JPEG));
        let mut request = platform.post("/api-gateway/match-faces").header("x-use-prefilled-video", "true");
        if let Some(session) = session {
            request = request.header("x-session-id", session);
        }
        answer(request.multipart(form))
    };
    reuse(None).await.is_refused(400, "X-Session-ID header is required to use a prefilled video");
    reuse(Some(&session)).await.is_refused(400, "no video was processed in this session");
    answer(platform.video("nomatch@example.com").header("x-session-id", &session)).await;
    let reply = reuse(Some(&session)).await;
    assert_eq!(
        (reply.status, &reply.body["data"]["result"]),
        (StatusCode::OK, &json!(0)),
        "the session's user decides"
    );
}

#[tokio::test]
async fn a_match_needs_an_image_and_a_video() {
    let platform = Platform::start().await;
    let post = |form| answer(platform.post("/api-gateway/match-faces").multipart(form));
    let image = Form::new().part("image", file("i.jpg", "image/jpeg", JPEG));
    post(image).await.is_refused(400, "'video' form file is required");
    let video = Form::new().part("video", file("v.mp4", "video/mp4", VIDEO));
    post(video).await.is_refused(400, "'image' form file is required");
}
