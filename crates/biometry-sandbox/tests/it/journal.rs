//! What the journal records of a request.

use biometry_sandbox::{Operation, Sandbox};
use serde_json::json;

use crate::client::{PHRASE, Platform, VIDEO, answer};
use crate::raw::{FILE_BEGUN, FILE_ENDED, Upload};

/// `sha256sum` of [`VIDEO`].
const VIDEO_SHA256: &str = "a6d726dd5e0a25a2cfe90876549636e4afd0616a6bce79f117d9b15697454dbb";

#[tokio::test]
async fn an_upload_is_recorded_in_full() {
    let platform = Platform::start().await;
    let session = platform.start_session().await;
    let request =
        platform.video("pass@example.com").header("x-session-id", &session).header("x-request-tags", "a,b");
    let reply = answer(request).await;
    let journal = platform.sandbox.journal();
    let [start, upload] = journal.as_slice() else { panic!("{} entries", journal.len()) };
    assert_eq!(start.operation, Some(Operation::StartSession));
    assert_eq!(upload.operation, Some(Operation::ProcessVideo));
    assert_eq!((upload.method.as_str(), upload.path.as_str()), ("POST", "/api-gateway/process-video"));
    assert_eq!(upload.user.as_deref(), Some("pass@example.com"));
    assert_eq!(upload.session.as_deref(), Some(session.as_str()));
    assert_eq!(upload.header("x-request-tags"), Some("a,b"));
    assert_eq!(upload.header("authorization"), None);
    assert_eq!(upload.field("phrase"), Some(PHRASE));
    let file = upload.file("video").unwrap();
    assert_eq!((file.file_name.as_str(), file.content_type.as_deref()), ("capture.webm", Some("video/webm")));
    assert_eq!((file.len, file.sha256.as_str(), file.complete), (VIDEO.len() as u64, VIDEO_SHA256, true));
    assert!(upload.complete && upload.finished && upload.body_bytes > file.len);
    assert_eq!(upload.status, Some(200));
    assert_eq!(Some(upload.request_id.as_str()), reply.header("x-request-id"));
    assert!(upload.key_id.is_some() && upload.key_id == start.key_id);
}

#[tokio::test]
async fn users_are_found_wherever_they_are_named() {
    let platform = Platform::start().await;
    platform.consent("consent", "ana@example.com", true).await;
    answer(platform.get("/api-consent/history?user_fullname=ben%40example.com")).await;
    let journal = platform.sandbox.journal();
    assert_eq!(journal[0].user.as_deref(), Some("ana@example.com"));
    assert_eq!(
        journal[0].json,
        Some(json!({ "is_consent_given": true, "user_fullname": "ana@example.com" }))
    );
    assert_eq!(journal[1].user.as_deref(), Some("ben@example.com"));
    assert_eq!(journal[1].query, [("user_fullname".to_owned(), "ben@example.com".to_owned())]);
}

#[tokio::test]
async fn refused_and_unknown_requests_are_recorded_too() {
    let platform = Platform::start().await;
    answer(platform.post("/nowhere")).await;
    answer(platform.http.post(format!("{}/api-gateway/sessions/start", platform.sandbox.base_url()))).await;
    let journal = platform.sandbox.journal();
    assert_eq!((journal[0].operation, journal[0].status), (None, Some(404)));
    assert_eq!((journal[1].operation, journal[1].status), (Some(Operation::StartSession), Some(401)));
    assert_eq!(journal[1].key_id, None);
}

#[tokio::test]
async fn an_upload_that_is_cut_off_is_never_complete() {
    for framing in [("Content-Length", "100000"), ("Transfer-Encoding", "chunked")] {
        let platform = Platform::start().await;
        let mut upload = Upload::begin(&platform, "pass@example.com", &[framing]).await;
        let body = format!("{FILE_BEGUN}half a video");
        match framing.1 {
            "chunked" => upload.send(format!("{:x}\r\n{body}\r\n", body.len())).await,
            _ => upload.send(&body).await,
        }
        platform
            .sandbox
            .journal_when(|entries| entries.iter().any(|entry| entry.body_bytes > 0))
            .await
            .unwrap();
        assert!(!platform.sandbox.journal()[0].finished, "it is being read");
        drop(upload);
        let entry = platform.only_entry().await;
        assert_eq!((entry.complete, entry.status), (false, None));
        let file = entry.file("video").unwrap();
        assert!(!file.complete && file.len <= 12, "{file:?}");
        assert!(!platform.sandbox.enrolled("new@example.com"));
    }
}

/// The body ends as announced, and the form in it does not: whole for HTTP, not for us.
#[tokio::test]
async fn a_form_without_its_end_is_not_complete() {
    let platform = Platform::start().await;
    let body = format!("{FILE_BEGUN}video");
    let mut upload =
        Upload::begin(&platform, "pass@example.com", &[("Content-Length", &body.len().to_string())]).await;
    upload.send(&body).await;
    assert_eq!(upload.status().await, 400);
    assert!(!platform.sandbox.journal()[0].complete);
}

#[tokio::test]
async fn progress_shows_while_an_upload_streams() {
    let platform = Platform::start().await;
    let mut upload = Upload::begin(&platform, "pass@example.com", &[("Transfer-Encoding", "chunked")]).await;
    upload.send(format!("{:x}\r\n{FILE_BEGUN}\r\n", FILE_BEGUN.len())).await;
    let begun = FILE_BEGUN.len() as u64;
    platform
        .sandbox
        .journal_when(|entries| entries.iter().any(|entry| entry.body_bytes == begun))
        .await
        .unwrap();
    upload.send(format!("4\r\nabcd\r\n{:x}\r\n{FILE_ENDED}\r\n0\r\n\r\n", FILE_ENDED.len())).await;
    assert_eq!(upload.status().await, 200);
    assert!(platform.sandbox.journal()[0].complete);
}

#[tokio::test]
async fn the_journal_keeps_no_more_than_its_capacity() {
    let platform = Platform::build(Sandbox::builder().journal_capacity(2)).await;
    for path in ["/1", "/2", "/3"] {
        answer(platform.post(path)).await;
    }
    let paths: Vec<_> = platform.sandbox.journal().into_iter().map(|entry| entry.path).collect();
    assert_eq!(paths, ["/2", "/3"]);
}
