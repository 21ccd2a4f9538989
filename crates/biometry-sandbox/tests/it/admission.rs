//! Key and name: who is let in, and the texts for who is not.

use biometry_sandbox::{NameStrictness, Sandbox};
use reqwest::header::{AUTHORIZATION, HeaderValue};
use reqwest::{Method, StatusCode};

use crate::client::{Platform, answer, file, video_form};

const START: &str = "/api-gateway/sessions/start";

#[tokio::test]
async fn requests_without_a_good_key_are_refused_with_the_platforms_texts() {
    let platform = Platform::start().await;
    let url = format!("{}{START}", platform.sandbox.base_url());
    let cases = [
        (None, 401, "missing authorization token"),
        (Some(""), 401, "missing authorization token"),
        (Some("  "), 401, "missing authorization token"),
        (Some("Basic YTpi"), 401, "invalid api key format"),
        (Some("Bearer"), 401, "invalid api key format"),
        (Some("bearer x"), 401, "invalid api key format"),
        (Some("Bearer x"), 500, "failed to validate api key"),
        (Some("Bearer a.b.c"), 500, "failed to validate api key"),
    ];
    for (authorization, status, text) in cases {
        let mut request = platform.http.post(&url);
        if let Some(value) = authorization {
            request = request.header(AUTHORIZATION, HeaderValue::from_static(value));
        }
        answer(request).await.is_refused(status, text);
    }
}

#[tokio::test]
async fn the_status_for_bad_and_revoked_keys_can_be_chosen() {
    let builder = Sandbox::builder().bad_key_status(401).revoked_key_status(403);
    let platform = Platform::build(builder).await;
    let unknown = platform.http.post(format!("{}{START}", platform.sandbox.base_url())).bearer_auth("x");
    answer(unknown).await.is_refused(401, "failed to validate api key");
    platform.sandbox.revoke_key(&platform.key);
    answer(platform.post(START)).await.is_refused(403, "api key is not active");
}

#[tokio::test]
async fn a_revoked_key_is_not_active() {
    let platform = Platform::start().await;
    assert_eq!(answer(platform.post(START)).await.status, StatusCode::OK);
    platform.sandbox.revoke_key(&platform.key);
    answer(platform.post(START)).await.is_refused(401, "api key is not active");
}

#[tokio::test]
async fn uploads_need_a_name_where_the_strictness_says_so() {
    use NameStrictness::{Everywhere, Nowhere, Usual};
    let cases = [
        (
            Usual,
            ["process-video", "enroll/face", "enroll/voice", "docauth/check"].as_slice(),
            ["match-faces"].as_slice(),
        ),
        (Everywhere, &["process-video", "enroll/face", "match-faces"], &[]),
        (Nowhere, &[], &["process-video", "docauth/check", "match-faces"]),
    ];
    for (strictness, refused, let_in) in cases {
        let platform = Platform::build(Sandbox::builder().name_strictness(strictness)).await;
        for path in refused {
            let request = platform.post(&format!("/api-gateway/{path}")).multipart(video_form());
            answer(request).await.is_refused(400, "X-User-Fullname header is required");
        }
        for path in let_in {
            let request = platform.post(&format!("/api-gateway/{path}")).multipart(video_form());
            let error = answer(request).await.body["error"].clone();
            assert_ne!(error, "X-User-Fullname header is required", "{path}");
        }
    }
}

#[tokio::test]
async fn ending_a_session_needs_a_name_only_where_everything_does() {
    for (strictness, status) in [(NameStrictness::Usual, 200), (NameStrictness::Everywhere, 400)] {
        let platform = Platform::build(Sandbox::builder().name_strictness(strictness)).await;
        let session = platform.start_session().await;
        let end = answer(platform.post(&format!("/api-gateway/sessions/end/{session}"))).await;
        assert_eq!(end.status, status);
    }
}

#[tokio::test]
async fn without_a_name_services_that_need_consent_are_dropped() {
    let platform = Platform::build(Sandbox::builder().name_strictness(NameStrictness::Nowhere)).await;
    let reply = answer(platform.post("/api-gateway/process-video").multipart(video_form())).await;
    assert_eq!(reply.status, StatusCode::OK);
    assert_eq!(reply.header("x-removed-services"), Some("true"));
    assert_eq!(reply.body["data"].get("Face Recognition"), None);
}

#[tokio::test]
async fn every_reply_has_a_request_id_of_its_own() {
    let platform = Platform::start().await;
    let mut seen = std::collections::HashSet::new();
    for request in [
        platform.post(START),
        platform.video("pass@example.com"),
        platform.post("/api-gateway/nothing-here"),
        platform.get(START),
        platform.http.post(format!("{}{START}", platform.sandbox.base_url())),
    ] {
        let reply = answer(request).await;
        let id = reply.header("x-request-id").unwrap().to_owned();
        assert_eq!((id.len(), id.as_bytes()[14]), (36, b'4'), "{id}");
        assert!(seen.insert(id));
    }
}

#[tokio::test]
async fn unknown_paths_and_methods_have_answers_of_their_own() {
    let platform = Platform::start().await;
    answer(platform.post("/nowhere")).await.is_refused(404, "not found");
    answer(platform.request(Method::PUT, START)).await.is_refused(405, "method not allowed");
}

#[tokio::test]
async fn a_name_in_latin_1_and_one_in_utf_8_are_the_same_person() {
    let platform = Platform::start().await;
    platform.sandbox.give_consents("José");
    platform.sandbox.enroll("José");
    for bytes in [b"Jos\xe9".as_slice(), "José".as_bytes()] {
        let request = platform.post("/api-gateway/process-video").header("x-user-fullname", bytes);
        let reply = answer(request.multipart(video_form())).await;
        assert_eq!(reply.header("x-removed-services"), None);
        assert_eq!(reply.body["data"]["Voice Recognition"]["id"], "José");
    }
}

#[tokio::test]
async fn a_refusal_before_the_body_is_read_reaches_the_client() {
    static LARGE: &[u8] = &[0; 200_000];
    let platform = Platform::start().await;
    let form = reqwest::multipart::Form::new().part("video", file("v.mp4", "video/mp4", LARGE));
    answer(platform.post("/api-gateway/process-video").multipart(form))
        .await
        .is_refused(400, "X-User-Fullname header is required");
}
