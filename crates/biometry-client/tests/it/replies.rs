//! What each call makes of each answer, whatever the transport.

use std::error::Error as _;

use biometry_client::{
    Body, CheckDocument, Client, Delivery, EnrollFace, EnrollVoice, Error, ErrorKind, Flag, ListTransactions,
    MatchFaces, NewWebhook, Purpose, RequestId, Upload, Verdict, Warmup, Withdrawal,
};

use crate::stub::{Stub, ask, session, user};

/// Makes every call once and says how each came out.
async fn call_all(stub: &Stub) -> Vec<(&'static str, Result<(), Error>)> {
    let (client, id) = (stub.client(), RequestId::parse("t-1").unwrap());
    let file = || Upload::mp4(Body::from_bytes("bytes"));
    let faces = || MatchFaces::with_session_video(file(), session()).user(user());
    let hook = NewWebhook::new("ak_1", "https://app.example/hook");
    vec![
        ("start_session", client.start_session(Warmup::No).await.map(drop)),
        ("end_session", client.end_session(&session(), None).await.map(drop)),
        ("end_session_of", client.end_session_of(&user(), &session(), None).await.map(drop)),
        ("give_consent", client.give_consent(&user(), Purpose::Storage).await.map(drop)),
        ("withdraw_consent", client.withdraw_consent(&user(), Purpose::Storage).await.map(drop)),
        ("consent_history", client.consent_history(&user()).await.map(drop)),
        ("process_video", client.process_video(ask(Body::empty())).await.map(drop)),
        ("enroll_face", client.enroll_face(EnrollFace::new(user(), file())).await.map(drop)),
        ("enroll_voice", client.enroll_voice(EnrollVoice::new(user(), "one", file())).await.map(drop)),
        ("check_document", client.check_document(CheckDocument::new(user(), file())).await.map(drop)),
        ("match_faces", client.match_faces(faces()).await.map(drop)),
        ("key_info", client.key_info().await.map(drop)),
        ("mint_key", client.mint_key().await.map(drop)),
        ("revoke_key", client.revoke_key("k-2").await.map(drop)),
        ("list_transactions", client.list_transactions(ListTransactions::new()).await.map(drop)),
        ("transaction_samples", client.transaction_samples(&id).await.map(drop)),
        ("tag_transaction", client.tag_transaction(&id, &[]).await.map(drop)),
        ("flag_transaction", client.flag_transaction(&id, Flag::Ok).await.map(drop)),
        ("create_webhook", client.create_webhook(hook).await.map(drop)),
    ]
}

#[tokio::test]
async fn a_failing_status_is_an_error_of_its_kind() {
    use ErrorKind::*;
    let cases = [
        (301, "", Redirected),
        (400, r#"{"error":"'phrase' form value is required"}"#, Rejected),
        (400, r#"{"message":"bad request"}"#, Rejected),
        (401, "", KeyRejected),
        (403, r#"{"error":"api key is not active"}"#, KeyRejected),
        (413, "<html>too large</html>", Rejected),
        (
            422,
            r#"{"error":{"code":"face_not_detected","message":[{"message":"no face"}]},"meta":{}}"#,
            Rejected,
        ),
        (429, "", RateLimited),
        (500, r#"{"error":"something broke"}"#, Faulted),
        (500, r#"{"error":"invalid api key format"}"#, KeyRejected),
        (500, r#"{"message":"missing or invalid token"}"#, KeyRejected),
        (502, "<html>bad gateway</html>", Faulted),
        (503, "", Faulted),
        (202, r#"{"data":"sess_1"}"#, Unparsable),
        (204, "", Unparsable),
        (206, r#"{"scoring_result":"pass"}"#, Unparsable),
    ];
    for (status, body, kind) in cases {
        let stub = Stub::new(status, body).header("x-request-id", "r-1");
        for (call, result) in call_all(&stub).await {
            let error = result.unwrap_err();
            assert_eq!(error.kind(), kind, "{call} {status} {body}");
            assert_eq!(error.delivery(), Delivery::Answered);
            assert_eq!(error.status().map(|status| status.as_u16()), Some(status));
            assert_eq!(error.request_id().unwrap().as_str(), "r-1");
            assert!(!error.is_retryable() && error.source().is_none());
        }
    }
}

#[tokio::test]
async fn a_body_that_is_no_json_object_is_not_understood() {
    for body in ["", " ", "null", "[]", "\"pass\"", "OK", "<html>", "{", "{}{}", r#"{"a":1,"a":2}"#] {
        for (call, result) in call_all(&Stub::new(200, body)).await {
            assert_eq!(result.unwrap_err().kind(), ErrorKind::Unparsable, "{call} {body}");
        }
    }
}

#[tokio::test]
async fn a_forbidden_user_in_a_session_is_the_lock() {
    let stub = Stub::new(403, r#"{"error":"user fullname mismatch"}"#);
    for (call, result) in call_all(&stub).await {
        let names_both = matches!(call, "end_session_of" | "process_video" | "match_faces");
        let expected = if names_both { ErrorKind::NameLocked } else { ErrorKind::Rejected };
        assert_eq!(result.unwrap_err().kind(), expected, "{call}");
    }
}

#[tokio::test]
async fn nothing_found_is_an_empty_history_and_an_error_elsewhere() {
    let stub = Stub::new(404, r#"{"error":"not found"}"#);
    for (call, result) in call_all(&stub).await {
        match call {
            "consent_history" => assert!(result.is_ok()),
            _ => assert_eq!(result.unwrap_err().kind(), ErrorKind::NotFound, "{call}"),
        }
    }
    let history = stub.client().consent_history(&user()).await.unwrap();
    assert!(![Purpose::Authorization, Purpose::Storage].into_iter().any(|it| history.value().is_given(it)));
    let bad_key = Stub::new(404, r#"{"error":"api key not found"}"#);
    let error = bad_key.client().consent_history(&user()).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::KeyRejected);
}

#[tokio::test]
async fn a_withdrawal_the_platform_does_not_take_is_a_value() {
    for body in
        [r#"{"error":"is_consent_given must be true"}"#, r#"{"message":"is_consent_given must be true"}"#]
    {
        let stub = Stub::new(400, body).header("x-request-id", "r-1");
        let reply = stub.client().withdraw_consent(&user(), Purpose::Authorization).await.unwrap();
        assert_eq!(reply.value(), &Withdrawal::RefusedByPlatform);
        assert_eq!(reply.request_id().unwrap().as_str(), "r-1");
        let error = stub.client().give_consent(&user(), Purpose::Authorization).await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Rejected);
    }
}

#[tokio::test]
async fn a_failing_verification_is_a_value() {
    let body = r#"{"data":{"Face Recognition":{"code":0,"error":"timed out"}},"scoring_result":"fail"}"#;
    let stub = Stub::new(200, body)
        .header("x-request-id", "r-1")
        .header("x-removed-services", "false")
        .header("x-removed-services", "true")
        .header("x-auto-enroll", "TRUE");
    let reply = stub.client().process_video(ask(Body::empty())).await.unwrap();
    assert_eq!(reply.value().verdict(), Verdict::Fail);
    assert!(reply.removed_services() && reply.auto_enroll());
    assert_eq!(reply.request_id().unwrap().as_str(), "r-1");
    let quiet = Stub::new(200, body).header("x-removed-services", "false");
    let reply = quiet.client().process_video(ask(Body::empty())).await.unwrap();
    assert!(!reply.removed_services() && !reply.auto_enroll() && reply.request_id().is_none());
}

#[tokio::test]
async fn a_document_may_be_long_and_nothing_else() {
    let picture = "A".repeat(2 * 1024 * 1024);
    let body = format!(
        r#"{{"data":{{"current_result":"Passed","portrait_photo":"{picture}"}},"scoring_result":"pass"}}"#
    );
    let stub = Stub::new(200, body);
    let ask_for = |name: &str| CheckDocument::new(user(), Upload::mp4(Body::from_bytes(name.to_owned())));
    let check = stub.client().check_document(ask_for("picture")).await.unwrap().into_inner();
    assert!(check.is_accepted());
    assert_eq!(check.document().portrait().map(|portrait| portrait.len()), Some(picture.len() / 4 * 3));
    let error = stub.client().process_video(ask(Body::empty())).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::ResponseTooLarge);
}

#[tokio::test]
async fn every_call_is_one_request() {
    let stub = Stub::new(500, "");
    call_all(&stub).await;
    let expected = [
        "POST /api-gateway/sessions/start",
        "POST /api-gateway/sessions/end/sess_1",
        "POST /api-gateway/sessions/end/sess_1",
        "POST /api-consent/strg-consent",
        "POST /api-consent/strg-consent",
        "GET /api-consent/history?user_fullname=ana%40example.com",
        "POST /api-gateway/process-video",
        "POST /api-gateway/enroll/face",
        "POST /api-gateway/enroll/voice",
        "POST /api-gateway/docauth/check",
        "POST /api-gateway/match-faces",
        "GET /api-projects/public/apikeys",
        "POST /api-projects/public/apikeys",
        "DELETE /api-projects/public/apikeys/k-2",
        "POST /api-transactions/transactions",
        "GET /api-transactions/transactions/t-1/samples",
        "PUT /api-transactions/transactions/t-1/tags",
        "PUT /api-transactions/transactions/t-1/flag?flag=ok",
        "POST /api-gateway/webhooks",
    ];
    let expected = expected.map(|line| line.replacen('/', "https://platform.example/", 1));
    assert_eq!(stub.lines(), expected);
}

#[tokio::test]
async fn an_error_shows_nothing_personal() {
    let text = r#"{"error":"no consent of ana@example.com at https://platform.example for c2VjcmV0"}"#;
    for status in [200, 400, 401, 403, 404, 500] {
        for (_, result) in call_all(&Stub::new(status, text)).await {
            let Err(error) = result else { continue };
            let shown = format!("{error} {error:?}");
            for secret in ["ana", "platform.example", "c2VjcmV0", "consent of", "http"] {
                assert!(!shown.contains(secret), "{shown}");
            }
        }
    }
}

#[test]
fn clients_and_calls_can_move_between_threads() {
    fn assert_send_and_sync<T: Send + Sync>() {}
    fn assert_send<T: Send>(_: T) {}
    assert_send_and_sync::<Client>();
    assert_send_and_sync::<Error>();
    let stub = Stub::new(500, "");
    let client = stub.client();
    assert_send(client.process_video(ask(Body::empty())));
    assert_send(client.consent_history(&user()));
    let shown = format!("{client:?}");
    assert_eq!(shown, r#"Client { key: ApiKey { id: Some("k-1"), .. }, .. }"#);
}
