//! Version 2 of the API, chosen in the builder.

use async_trait::async_trait;
use biometry_client::{
    ApiVersion, BaseUrl, Body, CheckDeepfake, CheckDocument, Client, ConsentTemplate, ConsentTemplates,
    DeepfakeCheckId, Delivery, EnrollFace, EnrollVoice, Error, ErrorKind, FaceEnrollmentOutcome, MatchFaces,
    ProcessVideo, Purpose, Transport, TransportError, TransportErrorKind, Upload, UserFullname, Warmup,
    Withdrawal,
};
use http::{Request, Response};

use crate::stub::{Stub, key, session, user};

fn client(stub: &Stub) -> Client {
    let base = BaseUrl::parse("https://platform.example").unwrap();
    Client::builder(base, key()).version(ApiVersion::V2).over(stub.clone())
}

fn template(id: &str) -> ConsentTemplate {
    ConsentTemplate::parse(id).unwrap()
}

fn templates() -> ConsentTemplates {
    ConsentTemplates::new(template("c-1"), template("c-2"))
}

fn with_templates(stub: &Stub) -> Client {
    let base = BaseUrl::parse("https://platform.example").unwrap();
    Client::builder(base, key()).version(ApiVersion::V2).consent_templates(templates()).over(stub.clone())
}

fn file() -> Upload {
    Upload::mp4(Body::from_bytes("bytes"))
}

/// Makes every call once and says how each came out.
async fn call_all(client: &Client, who: &UserFullname) -> Vec<(&'static str, Result<(), Error>)> {
    let faces = MatchFaces::with_session_video(file(), session()).user(who.clone());
    let deepfake = CheckDeepfake::new(who.clone(), session(), file());
    let id = DeepfakeCheckId::parse("d-1").unwrap();
    let video = ProcessVideo::new(who.clone(), "one two", file());
    vec![
        ("start_session", client.start_session(Warmup::Yes).await.map(drop)),
        ("end_session", client.end_session(&session(), None).await.map(drop)),
        ("end_session_of", client.end_session_of(who, &session(), None).await.map(drop)),
        ("check_document", client.check_document(CheckDocument::new(who.clone(), file())).await.map(drop)),
        ("deepfake_check", client.deepfake_check(&id).await.map(drop)),
        ("give_consent", client.give_consent(who, Purpose::Storage).await.map(drop)),
        ("withdraw_consent", client.withdraw_consent(who, Purpose::Storage).await.map(drop)),
        ("consent_history", client.consent_history(who).await.map(drop)),
        ("process_video", client.process_video(video).await.map(drop)),
        ("enroll_face", client.enroll_face(EnrollFace::new(who.clone(), file())).await.map(drop)),
        ("enroll_voice", client.enroll_voice(EnrollVoice::new(who.clone(), "one", file())).await.map(drop)),
        ("match_faces", client.match_faces(faces).await.map(drop)),
        ("start_deepfake_check", client.start_deepfake_check(deepfake).await.map(drop)),
        ("approve_consent", client.approve_consent(&template("c-1"), who).await.map(drop)),
        ("consent_approvals", client.consent_approvals(who).await.map(drop)),
    ]
}

#[tokio::test]
async fn every_call_has_its_path() {
    let stub = Stub::new(500, "");
    call_all(&client(&stub), &user()).await;
    let mut lines = stub.lines();
    let expected = [
        "POST /api-gateway/v2/sessions?warmup=true",
        "POST /api-gateway/v2/sessions/sess_1/end",
        "POST /api-gateway/v2/sessions/sess_1/end",
        "POST /api-gateway/v2/documents/check",
        "GET /api-gateway/v2/deepfake/checks/d-1",
        "POST /api-consent/strg-consent",
        "POST /api-consent/strg-consent",
        "GET /api-consent/history?user_fullname=ana%40example.com",
        "POST /api-gateway/v2/liveness",
        "POST /api-gateway/v2/enrollments/face",
        "POST /api-gateway/v2/enrollments/voice",
        "POST /api-gateway/v2/face-match",
        "POST /api-gateway/v2/deepfake/checks",
        "POST /api-gateway/v2/consents/c-1/approve/ana%40example.com",
        "GET /api-gateway/v2/consents/my-approvals/ana%40example.com",
    ];
    // The first of a verification's calls has failed before the second was sent, or not.
    lines.retain(|line| !line.ends_with("face-verify"));
    assert_eq!(lines, expected.map(|line| line.replacen('/', "https://platform.example/", 1)));
}

#[tokio::test]
async fn version_1_is_the_default_and_has_no_calls_of_version_2() {
    let stub = Stub::new(500, "");
    let client = stub.client();
    assert_eq!((client.version(), ApiVersion::default()), (ApiVersion::V1, ApiVersion::V1));
    for (call, result) in call_all(&client, &user()).await {
        let only_v2 = ["deepfake_check", "start_deepfake_check", "approve_consent", "consent_approvals"];
        let error = result.unwrap_err();
        let expected = if only_v2.contains(&call) {
            (ErrorKind::Unsupported, Delivery::NotSent)
        } else {
            (ErrorKind::Faulted, Delivery::Answered)
        };
        assert_eq!((error.kind(), error.delivery()), expected, "{call}");
    }
    assert!(stub.lines().iter().all(|line| !line.contains("v2")));
}

#[tokio::test]
async fn a_user_whom_version_2_cannot_name_is_never_sent() {
    let stub = Stub::new(500, "");
    let plus = UserFullname::parse("ana+bank@example.com").unwrap();
    for client in [client(&stub), with_templates(&stub)] {
        // These four name no user.
        for (call, result) in call_all(&client, &plus).await.into_iter().skip(5) {
            let error = result.unwrap_err();
            assert_eq!(
                (error.kind(), error.delivery()),
                (ErrorKind::UserNotAllowed, Delivery::NotSent),
                "{call}"
            );
            assert!(!error.is_retryable());
        }
    }
    assert!(stub.lines().iter().all(|line| !line.contains("ana")));
    assert_eq!(stub.lines().len(), 2 * 5);
}

#[tokio::test]
async fn with_templates_consents_are_approvals() {
    let stub = Stub::new(200, r#"{"meta":{"request_id":"r-1"}}"#);
    let client = with_templates(&stub);
    let given = client.give_consent(&user(), Purpose::Storage).await.unwrap();
    assert!(given.value().is_given());
    assert_eq!(given.request_id().unwrap().as_str(), "r-1");
    let withdrawn = client.withdraw_consent(&user(), Purpose::Storage).await.unwrap().into_inner();
    assert_eq!(withdrawn, Withdrawal::RefusedByPlatform);
    let path = "https://platform.example/api-gateway/v2/consents";
    assert_eq!(stub.lines(), [format!("POST {path}/c-2/approve/ana%40example.com")]);

    let approved = r#"{"data":[{"consent_id":"c-1","user_id":"ana@example.com","approved_at":"2026-01-01T00:00:00Z"}],"meta":{}}"#;
    let history = with_templates(&Stub::new(200, approved)).consent_history(&user()).await.unwrap();
    assert!(history.value().is_given(Purpose::Authorization) && !history.value().is_given(Purpose::Storage));
    let nobody = with_templates(&Stub::new(404, r#"{"error":{"code":"not_found","message":"m"}}"#));
    assert!(!nobody.consent_history(&user()).await.unwrap().value().is_given(Purpose::Authorization));
}

#[tokio::test]
async fn errors_have_the_kinds_of_version_1() {
    for (status, body, kind) in [
        (
            400,
            r#"{"error":{"code":"invalid_request","message":[{"field":"phrase","message":"m"}]}}"#,
            ErrorKind::Rejected,
        ),
        (401, r#"{"error":{"code":"unauthorized","message":"m"}}"#, ErrorKind::KeyRejected),
        (
            500,
            r#"{"error":{"code":"internal_error","message":"api key is not active"}}"#,
            ErrorKind::KeyRejected,
        ),
        (403, r#"{"error":{"code":"forbidden","message":"m"}}"#, ErrorKind::Rejected),
        (404, r#"{"error":"not found"}"#, ErrorKind::NotFound),
        (429, "", ErrorKind::RateLimited),
        (502, "<html>", ErrorKind::Faulted),
        (200, r#"{"error":{"code":"x","message":"m"}}"#, ErrorKind::Unparsable),
        (200, "", ErrorKind::Unparsable),
        (200, r#"{"meta":{},"meta":{}}"#, ErrorKind::Unparsable),
    ] {
        let stub = Stub::new(status, body);
        let names_nothing = ["withdraw_consent", "consent_history", "consent_approvals"];
        for (call, result) in call_all(&client(&stub), &user()).await {
            if names_nothing.contains(&call) && kind == ErrorKind::NotFound {
                continue;
            }
            assert_eq!(result.unwrap_err().kind(), kind, "{call} {status} {body}");
        }
    }
}

#[tokio::test]
async fn what_one_call_has_not_sent_another_may_have() {
    /// Reaches the platform with every call but one.
    #[derive(Debug)]
    struct Half;

    #[async_trait]
    impl Transport for Half {
        async fn send(&self, request: Request<Body>) -> Result<Response<Body>, TransportError> {
            if request.uri().path().ends_with("face-verify") {
                return Err(TransportError::not_sent(TransportErrorKind::Connect));
            }
            std::future::pending().await
        }
    }

    let base = BaseUrl::parse("https://platform.example").unwrap();
    let client = Client::builder(base, key()).version(ApiVersion::V2).over(Half);
    let error = client.process_video(ProcessVideo::new(user(), "one two", file())).await.unwrap_err();
    assert_eq!((error.kind(), error.delivery()), (ErrorKind::Connect, Delivery::MaybeSent));
    assert!(!error.is_retryable());
}

#[tokio::test]
async fn a_face_that_is_not_there_is_a_value() {
    let body = r#"{"error":{"code":"face_not_detected","message":"no face"},"meta":{"request_id":"r-1"}}"#;
    let client = client(&Stub::new(422, body));
    let reply = client.enroll_face(EnrollFace::new(user(), file())).await.unwrap();
    assert_eq!(reply.value().outcome(), FaceEnrollmentOutcome::NoFace);
    assert_eq!(reply.request_id().unwrap().as_str(), "r-1");
    let faces = MatchFaces::with_video(file(), file()).user(user());
    assert!(!client.match_faces(faces).await.unwrap().value().is_match());
    assert!(!client.check_document(CheckDocument::new(user(), file())).await.unwrap().value().is_accepted());
}
