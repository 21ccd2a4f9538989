//! From a session to a verdict.

use reqwest::StatusCode;

use crate::client::{Platform, answer};

#[tokio::test]
async fn a_new_user_enrolls_with_the_first_verification_and_passes_with_the_second() {
    let platform = Platform::start().await;
    let user = "ana@example.com";
    let session = platform.start_session().await;
    assert!(session.starts_with("sess_"), "{session}");
    platform.consent_to_all(user).await;

    let first = answer(platform.video(user).header("x-session-id", &session)).await;
    assert_eq!(first.status, StatusCode::OK);
    assert_eq!(first.header("x-auto-enroll"), Some("true"));
    assert_eq!(first.body["data"]["Face Recognition"]["code"], 1);
    assert_eq!(first.body["scoring_result"], "pass");
    assert!(platform.sandbox.enrolled(user));

    let second = answer(platform.video(user).header("x-session-id", &session)).await;
    assert_eq!(second.header("x-auto-enroll"), None);
    assert_eq!(second.header("x-removed-services"), None);
    assert_eq!(second.body["data"]["Face Recognition"]["code"], 0);
    assert_eq!(second.body["data"]["Visual Speech Recognition"]["result"], "ONE TWO THREE");
    assert_eq!(second.body["scoring_result"], "pass");

    let end = answer(platform.post(&format!("/api-gateway/sessions/end/{session}"))).await;
    assert_eq!(end.body["message"], "session ended successfully");
    assert!(platform.sandbox.session(&session).unwrap().ended);
}
