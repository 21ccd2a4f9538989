//! Sessions: started, locked to a name, ended.

use reqwest::StatusCode;

use crate::client::{Platform, answer};

#[tokio::test]
async fn the_first_name_in_a_session_locks_it() {
    let platform = Platform::start().await;
    let session = platform.start_session().await;
    let with = |user| answer(platform.video(user).header("x-session-id", &session));
    assert_eq!(with("pass@example.com").await.status, StatusCode::OK);
    with("pass+2@example.com")
        .await
        .is_refused(403, "X-User-Fullname does not match the session's full name");
    assert_eq!(with("pass@example.com").await.status, StatusCode::OK);
    assert_eq!(platform.sandbox.session(&session).unwrap().full_name.as_deref(), Some("pass@example.com"));
}

#[tokio::test]
async fn unknown_and_ended_sessions_are_refused() {
    let platform = Platform::start().await;
    let with = |session: String| answer(platform.video("pass@example.com").header("x-session-id", session));
    with("sess_nobody".to_owned()).await.is_refused(404, "session not found");
    let session = platform.start_session().await;
    let end = || answer(platform.post(&format!("/api-gateway/sessions/end/{session}")));
    assert_eq!(end().await.status, StatusCode::OK);
    with(session.clone()).await.is_refused(400, "session has ended");
    end().await.is_refused(400, "session has ended");
    answer(platform.post("/api-gateway/sessions/end/sess_nobody")).await.is_refused(404, "session not found");
}

#[tokio::test]
async fn the_older_session_header_is_an_alias_that_may_name_no_session() {
    let platform = Platform::start().await;
    let session = platform.start_session().await;
    let with = |id: &str| answer(platform.video("pass@example.com").header("x-request-user-provided-id", id));
    assert_eq!(with(&session).await.status, StatusCode::OK);
    assert!(platform.sandbox.session(&session).unwrap().has_video);
    assert_eq!(with("whatever-they-made-up").await.status, StatusCode::OK);
}

#[tokio::test]
async fn ending_takes_a_phone_number_an_empty_object_or_nothing() {
    let platform = Platform::start().await;
    for (body, phone) in
        [("", None), ("{}", None), (r#"{"phone_number":"+61400000000"}"#, Some("+61400000000"))]
    {
        let session = platform.start_session().await;
        let end = answer(platform.post(&format!("/api-gateway/sessions/end/{session}")).body(body)).await;
        assert_eq!(
            (end.status, &end.body["message"]),
            (StatusCode::OK, &"session ended successfully".into())
        );
        assert_eq!(platform.sandbox.session(&session).unwrap().phone_number.as_deref(), phone);
    }
}

#[tokio::test]
async fn a_session_can_be_started_warm() {
    let platform = Platform::start().await;
    let reply = answer(platform.post("/api-gateway/sessions/start?warmup=true")).await;
    assert!(platform.sandbox.session(reply.body["data"].as_str().unwrap()).unwrap().warmed_up);
    assert!(!platform.sandbox.session(&platform.start_session().await).unwrap().warmed_up);
}

#[tokio::test]
async fn sessions_are_listed_in_the_order_of_their_start() {
    let platform = Platform::start().await;
    let mut started = Vec::new();
    for _ in 0..5 {
        started.push(platform.start_session().await);
    }
    let listed: Vec<_> = platform.sandbox.sessions().into_iter().map(|session| session.id).collect();
    assert_eq!(listed, started);
}
