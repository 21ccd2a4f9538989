//! Consents, their history, and what happens without them.

use std::time::{Duration, UNIX_EPOCH};

use biometry_sandbox::Sandbox;
use reqwest::StatusCode;
use serde_json::json;

use crate::client::{Platform, answer};

const ANA: &str = "ana@example.com";
const HISTORY: &str = "/api-consent/history?user_fullname=ana%40example.com";

#[tokio::test]
async fn consent_is_recorded_and_answered_with_data() {
    let platform = Platform::start().await;
    let reply = platform.consent("consent", ANA, true).await;
    let expected =
        json!({ "data": { "is_consent_given": true, "user_fullname": ANA }, "message": "consent given" });
    assert_eq!((reply.status, reply.body), (StatusCode::OK, expected));
    let consents = platform.sandbox.consents(ANA);
    assert!(consents.authorization && !consents.storage);
    platform.consent("strg-consent", ANA, true).await;
    assert!(platform.sandbox.consents(ANA).storage);
}

#[tokio::test]
async fn history_shows_both_sides_with_null_for_a_missing_one() {
    let clock = || UNIX_EPOCH + Duration::from_secs(1_700_000_000);
    let platform = Platform::build(Sandbox::builder().clock(clock)).await;
    answer(platform.get(HISTORY)).await.is_refused(404, "consent not found");
    platform.consent("strg-consent", ANA, true).await;
    platform.consent("strg-consent", ANA, false).await;
    let date = "2023-11-14T22:13:20.000Z";
    let storage = json!({
        "is_consent_given": false,
        "history": [{ "is_consent_given": true, "date": date }, { "is_consent_given": false, "date": date }],
        "created_at": date,
        "updated_at": date,
    });
    let reply = answer(platform.get(HISTORY)).await;
    let expected = json!({ "data": { "user_fullname": ANA, "consent": null, "storage_consent": storage } });
    assert_eq!((reply.status, reply.body), (StatusCode::OK, expected));
    platform.consent("consent", ANA, true).await;
    let reply = answer(platform.get(HISTORY)).await;
    assert_eq!(reply.body["data"]["consent"]["is_consent_given"], true);
}

#[tokio::test]
async fn asking_for_a_history_creates_no_user() {
    let platform = Platform::start().await;
    for _ in 0..2 {
        answer(platform.get(HISTORY)).await.is_refused(404, "consent not found");
    }
    answer(platform.get("/api-consent/history")).await.is_refused(400, "user_fullname is required");
}

#[tokio::test]
async fn withdrawal_is_recorded_or_refused_as_configured() {
    let platform = Platform::start().await;
    platform.sandbox.give_consents(ANA);
    assert_eq!(platform.consent("consent", ANA, false).await.status, StatusCode::OK);
    assert!(!platform.sandbox.consents(ANA).authorization);

    let platform = Platform::build(Sandbox::builder().revocation_refused(true)).await;
    platform.sandbox.give_consents(ANA);
    platform.consent("consent", ANA, false).await.is_refused(400, "is_consent_given must be true");
    assert!(platform.sandbox.consents(ANA).authorization);
}

#[tokio::test]
async fn a_consent_must_say_who_and_what() {
    let platform = Platform::start().await;
    let cases = [
        ("", "request body is required"),
        ("{", "invalid request body"),
        (r#"{"user_fullname":"a"}"#, "is_consent_given is required"),
        (r#"{"is_consent_given":"yes","user_fullname":"a"}"#, "is_consent_given is required"),
        (r#"{"is_consent_given":true}"#, "user_fullname is required"),
        (r#"{"is_consent_given":true,"user_fullname":" "}"#, "user_fullname is required"),
    ];
    for (body, text) in cases {
        answer(platform.post("/api-consent/consent").body(body)).await.is_refused(400, text);
    }
}

#[tokio::test]
async fn without_authorization_face_and_voice_are_removed_silently() {
    let platform = Platform::start().await;
    let reply = platform.verify("pass@example.com").await;
    assert_eq!(reply.status, StatusCode::OK);
    assert_eq!(reply.header("x-removed-services"), Some("true"));
    let data = reply.body["data"].as_object().unwrap();
    assert_eq!(data.len(), 3);
    assert!(!data.contains_key("Face Recognition") && !data.contains_key("Voice Recognition"));
    assert_eq!(reply.body["scoring_result"], "pass");
}

#[tokio::test]
async fn without_storage_consent_no_user_is_enrolled_and_nothing_says_so() {
    let platform = Platform::start().await;
    platform.consent("consent", ANA, true).await;
    for _ in 0..2 {
        let reply = platform.verify(ANA).await;
        assert_eq!(reply.header("x-auto-enroll"), None);
        assert_eq!(reply.header("x-removed-services"), None);
        assert_eq!(reply.body["data"]["Face Recognition"]["description"], "Face not enrolled");
        assert_eq!(reply.body["scoring_result"], "fail");
    }
    assert!(!platform.sandbox.enrolled(ANA));
}

#[tokio::test]
async fn personas_are_enrolled_but_never_consent_by_themselves() {
    let platform = Platform::start().await;
    assert!(platform.sandbox.enrolled("pass@example.com"));
    assert!(!platform.sandbox.enrolled("new@example.com"));
    assert_eq!(platform.sandbox.consents("pass@example.com"), biometry_sandbox::Consents::default());
}

#[tokio::test]
async fn a_consent_within_a_session_is_bound_to_it() {
    let platform = Platform::start().await;
    let body = json!({ "is_consent_given": true, "user_fullname": ANA });
    let give = |session: String| {
        answer(platform.post("/api-consent/consent").header("x-session-id", session).json(&body))
    };
    assert_eq!(give(platform.start_session().await).await.status, StatusCode::OK);
    give("sess_nobody".to_owned()).await.is_refused(404, "session not found");
}
