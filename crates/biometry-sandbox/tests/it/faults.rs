//! Fault switches.

use std::time::{Duration, Instant};

use biometry_sandbox::{Entry, Fault, Operation};
use reqwest::StatusCode;
use serde_json::json;

use crate::client::{Platform, answer};
use crate::raw::{FILE_BEGUN, FILE_ENDED, Upload};

const START: &str = "/api-gateway/sessions/start";
const USER: &str = "pass@example.com";

#[tokio::test]
async fn a_status_comes_as_often_as_asked() {
    let platform = Platform::start().await;
    let busy = json!({ "error": "busy" });
    platform.sandbox.fault(Fault::on(Operation::StartSession).times(2).status(503, busy.clone()));
    let mut seen = Vec::new();
    for _ in 0..3 {
        let reply = answer(platform.post(START)).await;
        seen.push((reply.status.as_u16(), reply.body == busy));
    }
    assert_eq!(seen, [(503, true), (503, true), (200, false)]);
}

#[tokio::test]
async fn a_status_means_that_nothing_was_done() {
    let platform = Platform::start().await;
    platform.sandbox.fault(Fault::on(Operation::AuthorizationConsent).status(500, json!({})));
    platform.consent("consent", USER, true).await;
    assert!(!platform.sandbox.consents(USER).authorization);
    platform.sandbox.clear_faults();
    platform.consent("consent", USER, true).await;
    assert!(platform.sandbox.consents(USER).authorization);
}

#[tokio::test]
async fn a_lost_reply_means_that_it_was_done() {
    let platform = Platform::start().await;
    platform.sandbox.fault(Fault::on(Operation::AuthorizationConsent).cut_before_reply());
    let body = json!({ "is_consent_given": true, "user_fullname": USER });
    assert!(platform.post("/api-consent/consent").json(&body).send().await.is_err());
    assert!(platform.sandbox.consents(USER).authorization);
}

#[tokio::test]
async fn faults_choose_operation_user_and_turn() {
    let platform = Platform::start().await;
    platform.sandbox.fault(Fault::on(Operation::ConsentHistory).for_user(USER).status(500, json!({})));
    let history = |user| answer(platform.get(&format!("/api-consent/history?user_fullname={user}")));
    assert_eq!(history("pass%40example.com").await.status, StatusCode::INTERNAL_SERVER_ERROR);
    assert_eq!(history("ana").await.status, StatusCode::NOT_FOUND);
    platform.sandbox.fault(Fault::on(Operation::ProcessVideo).for_user(USER).after(1).status(500, json!({})));
    assert_eq!(answer(platform.post(START)).await.status, StatusCode::OK);
    assert_eq!(platform.verify(USER).await.status, StatusCode::OK);
    assert_eq!(platform.verify("pass+2@example.com").await.status, StatusCode::OK);
    assert_eq!(platform.verify(USER).await.status, StatusCode::INTERNAL_SERVER_ERROR);
}

#[tokio::test]
async fn a_delay_comes_on_top() {
    let platform = Platform::start().await;
    let delay = Duration::from_millis(80);
    platform.sandbox.fault(Fault::anywhere().delay(delay).status(418, json!({})));
    let begun = Instant::now();
    assert_eq!(answer(platform.post(START)).await.status, StatusCode::IM_A_TEAPOT);
    assert!(begun.elapsed() >= delay);
}

#[tokio::test]
async fn a_body_can_be_replaced_and_cut() {
    let platform = Platform::start().await;
    platform.sandbox.fault(Fault::on(Operation::StartSession).times(1).malformed_body("{\"data\":"));
    platform.sandbox.fault(Fault::on(Operation::StartSession).times(1).cut_after_headers());
    let response = platform.post(START).send().await.unwrap();
    assert_eq!(
        (response.status(), response.text().await.unwrap()),
        (StatusCode::OK, "{\"data\":".to_owned())
    );
    let response = platform.post(START).send().await.unwrap();
    assert_eq!(response.status(), StatusCode::OK);
    assert!(response.bytes().await.is_err());
}

#[tokio::test]
async fn a_hanging_platform_reads_and_never_answers() {
    let platform = Platform::start().await;
    platform.sandbox.fault(Fault::on(Operation::ProcessVideo).hang());
    let waiting = tokio::spawn(platform.video(USER).send());
    let is_read = |entries: &[Entry]| entries.iter().any(|entry| entry.complete);
    let journal = platform.sandbox.journal_when(is_read).await.unwrap();
    assert!(!journal[0].finished && !waiting.is_finished());
    waiting.abort();
    let entry = platform.only_entry().await;
    assert_eq!((entry.complete, entry.status), (true, None));
}

#[tokio::test]
async fn an_early_reply_comes_before_the_body() {
    let platform = Platform::start().await;
    platform.sandbox.fault(Fault::on(Operation::ProcessVideo).early_reply(503));
    let mut upload = Upload::begin(&platform, USER, &[("Content-Length", "100000")]).await;
    assert_eq!(upload.status().await, 503);
    let entry = platform.only_entry().await;
    assert_eq!((entry.complete, entry.body_bytes, entry.status), (false, 0, Some(503)));
}

#[tokio::test]
async fn a_platform_that_stops_reading_lets_the_client_wait() {
    let platform = Platform::start().await;
    platform.sandbox.fault(Fault::on(Operation::ProcessVideo).stop_reading());
    let mut upload = Upload::begin(&platform, USER, &[("Content-Length", "104857600")]).await;
    upload.send(FILE_BEGUN).await;
    let flood = async {
        for _ in 0..100 {
            upload.send(vec![0; 1024 * 1024]).await;
        }
    };
    assert!(
        tokio::time::timeout(Duration::from_millis(300), flood).await.is_err(),
        "the client was not held back"
    );
    let journal = platform.sandbox.journal_when(|entries| !entries.is_empty()).await.unwrap();
    assert_eq!((journal[0].body_bytes, journal[0].finished), (0, false));
}

#[tokio::test]
async fn a_connection_can_be_cut_in_the_middle_of_an_upload() {
    let platform = Platform::start().await;
    platform.sandbox.fault(Fault::on(Operation::ProcessVideo).cut_while_reading(FILE_BEGUN.len() as u64));
    let mut upload = Upload::begin(&platform, USER, &[("Content-Length", "100000")]).await;
    upload.send(format!("{FILE_BEGUN}more{FILE_ENDED}")).await;
    assert!(upload.closed_without_reply().await);
    let entry = platform.only_entry().await;
    assert_eq!((entry.complete, entry.status), (false, None));
}
