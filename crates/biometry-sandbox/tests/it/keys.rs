//! API keys over the wire.

use biometry_sandbox::Sandbox;
use reqwest::{Method, StatusCode};
use serde_json::json;

use crate::client::{Platform, answer};

const KEYS: &str = "/api-projects/public/apikeys";
/// `{"alg":"none"}` and `{"id":"k1","project_id":"p1"}`, unsigned.
const TEST_KEY: &str = "eyJhbGciOiJub25lIn0.eyJpZCI6ImsxIiwicHJvamVjdF9pZCI6InAxIn0.test";

#[tokio::test]
async fn a_key_can_be_asked_about() {
    let mut platform = Platform::start().await;
    platform.key = platform.sandbox.mint_key_with(&["Face Recognition", "Voice Recognition"]);
    let reply = answer(platform.get(KEYS)).await;
    assert_eq!(reply.status, StatusCode::OK);
    assert_eq!(reply.body["message"], "api key found");
    let data = &reply.body["data"];
    assert_eq!(data["state"], "active");
    assert_eq!(data["can_mint"], true);
    assert_eq!(data["selected_services"], json!(["Voice Recognition", "Face Recognition"]));
    for member in ["id", "name", "created_at", "updated_at"] {
        assert!(data[member].is_string(), "{member}");
    }
}

#[tokio::test]
async fn only_selected_services_run() {
    let mut platform = Platform::start().await;
    platform.key = platform.sandbox.mint_key_with(&["Face Liveness Detection", "Face Recognition"]);
    let reply = platform.verify_consenting("ana@example.com").await;
    assert_eq!(reply.body["data"].as_object().unwrap().len(), 2);
    assert_eq!(reply.header("x-auto-enroll"), Some("true"));
    let again = platform.verify("ana@example.com").await;
    assert_eq!(again.header("x-auto-enroll"), None);
    assert!(!platform.sandbox.enrolled("ana@example.com"), "the voice is not");
}

#[tokio::test]
async fn a_minted_key_works_mints_no_further_ones_and_can_be_revoked() {
    let mut platform = Platform::start().await;
    let reply = answer(platform.post(KEYS)).await;
    assert_eq!(reply.body["message"], "api key created");
    let parent = std::mem::replace(&mut platform.key, reply.body["data"].as_str().unwrap().to_owned());
    let refused = answer(platform.post(KEYS)).await;
    assert_eq!(
        (refused.status, &refused.body),
        (StatusCode::FORBIDDEN, &json!({ "message": "this api key cannot mint" }))
    );
    let id = answer(platform.get(KEYS)).await.body["data"]["id"].as_str().unwrap().to_owned();

    let child = std::mem::replace(&mut platform.key, parent);
    let revoke = || answer(platform.request(Method::DELETE, &format!("{KEYS}/{id}")));
    assert_eq!(revoke().await.body, json!({ "message": "api key revoked" }));
    assert_eq!(revoke().await.status, StatusCode::NOT_FOUND);
    platform.key = child;
    let refused = answer(platform.get(KEYS)).await;
    assert_eq!(
        (refused.status, refused.body),
        (StatusCode::UNAUTHORIZED, json!({ "message": "missing or invalid token" }))
    );
}

#[tokio::test]
async fn test_keys_are_accepted_only_by_a_setting() {
    let start = "/api-gateway/sessions/start";
    let mut strict = Platform::start().await;
    strict.key = TEST_KEY.to_owned();
    answer(strict.post(start)).await.is_refused(500, "failed to validate api key");

    let mut lenient = Platform::build(Sandbox::builder().accept_any_key(true)).await;
    lenient.key = TEST_KEY.to_owned();
    assert_eq!(answer(lenient.post(start)).await.status, StatusCode::OK);
    lenient.key = strict.sandbox.mint_key();
    answer(lenient.post(start)).await.is_refused(500, "failed to validate api key");
    lenient.key = TEST_KEY.to_owned();
    lenient.sandbox.revoke_key(TEST_KEY);
    answer(lenient.post(start)).await.is_refused(401, "api key is not active");
}

#[tokio::test]
async fn projects_know_nothing_of_each_other() {
    let mut platform = Platform::build(Sandbox::builder().accept_any_key(true)).await;
    let session = platform.start_session().await;
    platform.consent_to_all("pass@example.com").await;
    platform.key = TEST_KEY.to_owned();
    answer(platform.video("pass@example.com").header("x-session-id", session))
        .await
        .is_refused(404, "session not found");
    assert_eq!(platform.verify("pass@example.com").await.header("x-removed-services"), Some("true"));
}
