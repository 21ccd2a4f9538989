//! Personas whose answers are more than a verdict.

use std::time::{Duration, Instant};

use reqwest::StatusCode;

use crate::client::{Platform, answer};

#[tokio::test]
async fn a_persona_works_on_the_first_try() {
    let platform = Platform::start().await;
    let reply = platform.verify_consenting("pass@example.com").await;
    assert_eq!(reply.header("x-auto-enroll"), None);
    assert_eq!(reply.body["scoring_result"], "pass");
    assert_eq!(reply.body["data"]["Face Recognition"]["code"], 0);
}

#[tokio::test]
async fn a_failure_names_its_service() {
    let platform = Platform::start().await;
    let reply = platform.verify_consenting("fail+liveness@example.com").await;
    assert_eq!(reply.body["scoring_result"], "fail");
    assert_eq!(reply.body["decision_reasons"], serde_json::json!(["liveness_failed"]));
    assert_eq!(reply.body["data"]["Face Liveness Detection"]["result"], false);
}

#[tokio::test]
async fn headers_say_what_the_persona_asks_for() {
    let platform = Platform::start().await;
    let removed = platform.verify_consenting("removed@example.com").await;
    assert_eq!(removed.header("x-removed-services"), Some("true"));
    for _ in 0..2 {
        let again = platform.verify_consenting("enroll-again@example.com").await;
        assert_eq!(again.header("x-auto-enroll"), Some("true"));
        assert_eq!(again.body["scoring_result"], "pass");
    }
}

#[tokio::test]
async fn errors_come_with_their_status_and_text() {
    let platform = Platform::start().await;
    let cases = [
        ("error+500@x", 500, "internal error"),
        ("error+503@x", 503, "internal error"),
        ("error+429@x", 429, "internal error"),
        ("key-revoked@x", 500, "api key is not active"),
        ("locked@x", 403, "X-User-Fullname does not match the session's full name"),
    ];
    for (user, status, text) in cases {
        platform.verify_consenting(user).await.is_refused(status, text);
    }
}

#[tokio::test]
async fn replies_that_are_no_replies() {
    let platform = Platform::start().await;
    let text = |user: &'static str| {
        let request = platform.video(user);
        async move {
            let response = request.send().await.unwrap();
            (response.status().as_u16(), response.text().await.unwrap())
        }
    };
    let (status, malformed) = text("malformed@x").await;
    assert!(status == 200 && serde_json::from_str::<serde_json::Value>(&malformed).is_err());
    assert_eq!(text("empty@x").await, (200, String::new()));
    let (status, page) = text("bad-gateway@x").await;
    assert!(status == 502 && page.starts_with("<html>"));
    assert!(text("huge@x").await.1.len() > 16 * 1024 * 1024);
    let (status, object) = text("error-object@x").await;
    assert!(status == 422 && object.contains(r#""code":"face_not_detected""#));
}

#[tokio::test]
async fn a_redirect_points_elsewhere_with_307() {
    let platform = Platform::start().await;
    let reply = platform.verify("redirect@x").await;
    assert_eq!(reply.status, StatusCode::TEMPORARY_REDIRECT);
    assert_eq!(reply.header("location"), Some("/api-gateway/elsewhere"));
}

#[tokio::test]
async fn a_cut_connection_is_an_error_and_the_upload_was_whole() {
    let platform = Platform::start().await;
    assert!(platform.video("cut@x").send().await.is_err());
    let response = platform.video("cut-body@x").send().await.unwrap();
    assert_eq!(response.status(), StatusCode::OK);
    assert!(response.bytes().await.is_err());
    let journal =
        platform.sandbox.journal_when(|entries| entries.iter().all(|entry| entry.finished)).await.unwrap();
    let seen: Vec<_> = journal.iter().map(|entry| (entry.complete, entry.status)).collect();
    assert_eq!(seen, [(true, None), (true, Some(200))]);
}

#[tokio::test]
async fn a_slow_persona_takes_its_time() {
    let platform = Platform::start().await;
    let begun = Instant::now();
    assert_eq!(platform.verify_consenting("slow+120ms@x").await.body["scoring_result"], "pass");
    assert!(begun.elapsed() >= Duration::from_millis(120));
}

#[tokio::test]
async fn consents_are_not_disturbed_by_personas() {
    let platform = Platform::start().await;
    for user in ["cut@x", "error+500@x", "slow+5s@x"] {
        assert_eq!(platform.consent("consent", user, true).await.status, StatusCode::OK);
    }
}

#[tokio::test]
async fn labels_make_different_people_of_one_kind() {
    let platform = Platform::start().await;
    platform.consent_to_all("pass+ana@example.com").await;
    assert!(!platform.sandbox.consents("pass+ben@example.com").authorization);
    let session = platform.start_session().await;
    let with = |user: &str| answer(platform.video(user).header("x-session-id", &session));
    assert_eq!(with("pass+ana@example.com").await.body["scoring_result"], "pass");
    assert_eq!(with("pass+ben@example.com").await.status, StatusCode::FORBIDDEN);
}
