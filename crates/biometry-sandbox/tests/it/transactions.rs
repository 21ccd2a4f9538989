//! Transactions and webhooks.

use reqwest::{Method, StatusCode};
use serde_json::json;

use crate::client::{Platform, answer};

const TRANSACTIONS: &str = "/api-transactions/transactions";

#[tokio::test]
async fn a_verification_is_a_transaction_under_its_request_id() {
    let platform = Platform::start().await;
    let id = platform.verify("pass@example.com").await.header("x-request-id").unwrap().to_owned();
    let samples = answer(platform.get(&format!("{TRANSACTIONS}/{id}/samples"))).await;
    assert_eq!(samples.status, StatusCode::OK);
    for sample in ["login-extracted-frame", "login-original-video"] {
        assert!(samples.body["data"][sample].as_str().unwrap().contains("X-Goog-Expires=899"));
    }
    let put = |rest: &str| platform.request(Method::PUT, &format!("{TRANSACTIONS}/{id}/{rest}"));
    let tagged = answer(put("tags").json(&json!({ "tags": ["fraud"] }))).await;
    assert_eq!(tagged.body, json!({ "message": "tags updated" }));
    assert_eq!(answer(put("flag?flag=possibly_fraudulent")).await.status, StatusCode::OK);
    assert_eq!(answer(put("flag?flag=perhaps")).await.body, json!({ "message": "bad request" }));
    assert_eq!(answer(put("tags").json(&json!({ "tags": "fraud" }))).await.status, StatusCode::BAD_REQUEST);

    let list = |flag: &str| answer(platform.post(TRANSACTIONS).json(&json!({ "wanted_flag": flag })));
    let flagged = list("possibly_fraudulent").await.body["data"].clone();
    assert_eq!((&flagged[0]["transaction_id"], &flagged[0]["tags"]), (&json!(id), &json!(["fraud"])));
    assert_eq!(list("ok").await.body["data"], json!([]));
    assert_eq!(answer(platform.post(TRANSACTIONS)).await.body["data"].as_array().unwrap().len(), 1);
}

#[tokio::test]
async fn unknown_transactions_are_not_found() {
    let platform = Platform::start().await;
    let reply = answer(platform.get(&format!("{TRANSACTIONS}/nobody/samples"))).await;
    assert_eq!(
        (reply.status, reply.body),
        (StatusCode::NOT_FOUND, json!({ "message": "transaction not found" }))
    );
}

#[tokio::test]
async fn a_webhook_is_created_with_a_secret_of_its_own() {
    let platform = Platform::start().await;
    let create = |body: serde_json::Value| answer(platform.post("/api-gateway/webhooks").json(&body));
    let wanted =
        json!({ "api_key_id": "ak_1", "url": "https://app.example/hook", "events": ["docauth.completed"] });
    let data = create(wanted.clone()).await.body["data"].clone();
    assert!(data["id"].as_str().unwrap().starts_with("wh_"));
    assert!(data["secret"].as_str().unwrap().starts_with("whsec_"));
    assert_eq!(data["retry_config"]["initial_delay"], 1_000_000_000_u64);
    assert_ne!(create(wanted).await.body["data"]["secret"], data["secret"]);

    let plain = json!({ "api_key_id": "ak_1", "url": "http://app.example", "events": ["docauth.completed"] });
    create(plain).await.is_refused(400, "url is required and must be https");
    let unknown =
        json!({ "api_key_id": "ak_1", "url": "https://app.example", "events": ["video.completed"] });
    create(unknown).await.is_refused(400, "unknown event");
    create(json!({ "url": "https://app.example" })).await.is_refused(400, "api_key_id is required");
}
