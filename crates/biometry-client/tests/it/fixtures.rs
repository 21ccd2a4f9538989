//! Every shape a reply of v1 is known to take, one by one: what the client makes of it. Slow and broken replies are in
//! `limits` and `deliveries`.

mod enrollment;

use biometry_client::{Body, ServiceState::*};
use biometry_client::{
    CheckDocument, Client, DocumentResult, EnrollFace, EnrollVoice, ErrorKind, FaceEnrollmentOutcome,
    FaceMatchOutcome, MatchFaces, Purpose, Reply, Score, Service, ServiceState, Upload, Verdict,
    Verification, VoiceEnrollmentOutcome, Withdrawal,
};

use crate::stub::{Stub, ask, session, user};

const SPEAKER: Service = Service::ActiveSpeakerDetection;
const LIVENESS: Service = Service::FaceLivenessDetection;
const SPEECH: Service = Service::VisualSpeechRecognition;
const VOICE: Service = Service::VoiceRecognition;
const FACE: Service = Service::FaceRecognition;

async fn verify(body: &str) -> Reply<Verification> {
    verify_with(Stub::new(200, body)).await
}

async fn verify_with(stub: Stub) -> Reply<Verification> {
    stub.client().process_video(ask(Body::empty())).await.unwrap()
}

fn states(reply: &Reply<Verification>) -> [ServiceState; 5] {
    Service::ALL.map(|service| reply.value().service(service).state())
}

fn client(status: u16, body: &str) -> Client {
    Stub::new(status, body).client()
}

fn picture() -> Upload {
    Upload::new("image/jpeg".parse().unwrap(), "jpg", Body::from_bytes("picture"))
}

#[tokio::test]
async fn a_pass_of_the_web_sdk() {
    let reply = verify(
        r#"{"data":{
        "Active Speaker Detection":{"code":0,"description":"Successful check","result":96.32,"score":90.5},
        "Face Liveness Detection":{"code":0,"description":"Real face detected","result":true,"score":90.5},
        "Visual Speech Recognition":{"code":0,"description":"Successful check","result":"ONE TWO THREE","score":0.9},
        "Face Recognition":{"code":0,"description":"Face identified","score":0.97},
        "Voice Recognition":{"status":"good","id":"ana@example.com","score":11.834825,"imposter_prob":0,"log_odds":"12.4"}},
        "scoring_result":"pass","score":95.5,"message":"video processed successfully"}"#,
    )
    .await;
    assert_eq!((reply.value().verdict(), reply.value().score()), (Verdict::Pass, Score::Number(95.5)));
    assert_eq!(states(&reply), [Passed; 5]);
}

#[tokio::test]
async fn a_pass_of_the_integration_guide() {
    let reply = verify(
        r#"{"data":{
        "Active Speaker Detection":{"code":200,"result":0.95},
        "Face Liveness Detection":{"code":200,"result":true},
        "Visual Speech Recognition":{"code":200,"result":"one two three four five"},
        "Voice Recognition":{"status":"identified","score":0.89},
        "Face Recognition":{"instances":[{"search":{"probability":0.97,"searchName":"ana@example.com"}}]}},
        "scoring_result":{"status":"pass","rules":[]},"score":92.5,
        "decision_reasons":["face_match_passed","voice_match_passed"],"message":"video processed successfully"}"#,
    )
    .await;
    assert_eq!(reply.value().verdict(), Verdict::Pass);
    assert_eq!(states(&reply), [Passed; 5]);
    assert_eq!(reply.value().service(FACE).names(), ["ana@example.com"]);
    assert_eq!(reply.value().reasons().len(), 2);
}

#[tokio::test]
async fn conditions_of_the_first_versions() {
    let conditions = |failed: &str, referred: &str, status: &str| {
        format!(
            r#"{{"data":{{"Face Liveness Detection":{{"code":0,"description":"Successful check","result":true}},
            "Active Speaker Detection":{{"code":0,"description":"Successful check","result":90.00}},
            "Face Recognition":{{"code":0,"description":"Successful check"}}}},
            "result_conditions":{{"failed_conditions":{failed},"failed_refer_conditions":{referred},"status":"{status}"}}}}"#
        )
    };
    let reply = verify(&conditions("[]", "[]", "pass")).await;
    assert_eq!(reply.value().verdict(), Verdict::Pass);
    assert_eq!(states(&reply), [Passed, Passed, Absent, Absent, Passed]);
    let cases = [
        (conditions(r#"["x"]"#, "[]", "fail"), Verdict::Fail),
        (conditions("[]", r#"["x"]"#, "refer"), Verdict::Refer),
        (conditions(r#"["x"]"#, "[]", "pass"), Verdict::Unknown),
    ];
    for (body, verdict) in cases {
        assert_eq!(verify(&body).await.value().verdict(), verdict, "{body}");
    }
}

#[tokio::test]
async fn a_referral_with_its_reasons() {
    for verdict in [r#""refer""#, r#"{"status":"refer"}"#] {
        let body = format!(
            r#"{{"data":{{"Face Liveness Detection":{{"code":0,"result":true}}}},"scoring_result":{verdict},
            "score":58,"decision_reasons":["manual_review_required"]}}"#
        );
        let reply = verify(&body).await;
        assert_eq!(reply.value().verdict(), Verdict::Refer);
        assert_eq!(reply.value().reasons(), ["manual_review_required"]);
    }
}

#[tokio::test]
async fn a_face_that_is_not_live_or_not_alone_in_the_middle() {
    for (code, description) in
        [(1, "Liveness not passed"), (2, "No face"), (3, "Several faces"), (4, "Not centred")]
    {
        let body = format!(
            r#"{{"data":{{"Face Liveness Detection":{{"code":{code},"description":"{description}","result":false,"score":12.5}}}},
            "scoring_result":"fail","decision_reasons":["liveness_failed"]}}"#
        );
        let reply = verify(&body).await;
        assert_eq!(
            (reply.value().verdict(), reply.value().service(LIVENESS).state()),
            (Verdict::Fail, Failed)
        );
        let contradicted = body.replace(r#""fail""#, r#""pass""#).replace("false", "true");
        assert_eq!(verify(&contradicted).await.value().service(LIVENESS).state(), Failed, "code {code}");
    }
}

#[tokio::test]
async fn a_user_who_does_not_speak_or_is_not_there() {
    for code in [1, 2] {
        let body = format!(
            r#"{{"data":{{"Active Speaker Detection":{{"code":{code},"description":"d","result":4.5}}}},"scoring_result":"fail"}}"#
        );
        assert_eq!(verify(&body).await.value().service(SPEAKER).state(), Failed);
    }
}

#[tokio::test]
async fn services_removed_for_want_of_consent() {
    let body = r#"{"data":{"Face Liveness Detection":{"code":0,"result":true}},"scoring_result":"pass"}"#;
    let reply = verify_with(Stub::new(200, body).header("x-removed-services", "true")).await;
    assert!(reply.removed_services() && !reply.auto_enroll());
    assert_eq!(states(&reply), [Absent, Passed, Absent, Absent, Absent]);
}

#[tokio::test]
async fn a_first_verification_that_enrolls() {
    let body = r#"{"data":{"Face Recognition":{"code":1,"description":"Face not enrolled"},
        "Voice Recognition":{"status":"failed","error":"not enrolled"}},"scoring_result":"pass","score":92.5}"#;
    let reply = verify_with(Stub::new(200, body).header("x-auto-enroll", "true")).await;
    assert!(reply.auto_enroll() && !reply.removed_services());
    assert_eq!(states(&reply), [Absent, Absent, Absent, Errored, Failed]);
}

#[tokio::test]
async fn a_service_that_could_not_run() {
    for (name, report) in [
        ("Face Liveness Detection", r#"{"code":0,"result":true,"error":"timed out"}"#),
        ("Voice Recognition", r#"{"status":"good","error":"timed out"}"#),
        ("Face Recognition", r#"{"code":0,"error":"timed out"}"#),
    ] {
        let reply = verify(&format!(r#"{{"data":{{"{name}":{report}}},"scoring_result":"pass"}}"#)).await;
        let service = Service::from_name(name).unwrap();
        assert_eq!(reply.value().service(service).state(), Errored, "{name}");
    }
}

#[tokio::test]
async fn everything_left_out() {
    for body in [r#"{"message":"video processed successfully"}"#, r#"{"status":"success"}"#, "{}"] {
        let reply = verify(body).await;
        assert_eq!((reply.value().verdict(), reply.value().score()), (Verdict::Unknown, Score::Absent));
        assert_eq!(states(&reply), [Absent; 5]);
    }
    // A zero is left out by the platform's encoder, and so is the result that says no.
    let reply = verify(
        r#"{"data":{"Face Liveness Detection":{"code":0,"description":"d"}},"scoring_result":"pass"}"#,
    )
    .await;
    assert_eq!(reply.value().service(LIVENESS).state(), Unknown);
}

#[tokio::test]
async fn lips_in_words_and_in_digits() {
    for said in ["ONE TWO THREE", "one two three", "One Two Three", "123"] {
        let body = format!(r#"{{"data":{{"Visual Speech Recognition":{{"code":0,"result":"{said}"}}}}}}"#);
        assert_eq!(verify(&body).await.value().service(SPEECH).transcript(), Some(said));
    }
}

#[tokio::test]
async fn voices_in_every_wording() {
    for (report, state) in [
        // Another user's voice.
        (JANES_VOICE, Failed),
        (
            r#"{"status":"good","id":"ana@example.com","score":11.834825,"imposter_prob":0,"log_odds":"12.4"}"#,
            Passed,
        ),
        (r#"{"status":"identified","score":0.89}"#, Passed),
        (r#"{"status":"failed","id":"ana","score":-3.1,"imposter_prob":0.97,"log_odds":"-3.5"}"#, Failed),
        // There was nothing to compare with.
        (r#"{"status":"enrolled"}"#, Unknown),
    ] {
        let reply = verify(&format!(r#"{{"data":{{"Voice Recognition":{report}}}}}"#)).await;
        assert_eq!(reply.value().service(VOICE).state(), state, "{report}");
    }
}

const JANES_VOICE: &str =
    r#"{"status":"good","id":"Jane_Doe","score":0.92,"imposter_prob":0,"log_odds":"12.4"}"#;

#[tokio::test]
async fn a_face_enrollment_under_every_name_of_its_result() {
    use FaceEnrollmentOutcome::*;
    for (code, outcome) in [(0, Enrolled), (1, NoFace), (2, SeveralFaces), (3, NotCentred), (9, Refused)] {
        let result = format!(r#"{{"code":{code},"description":"d"}}"#);
        for body in [
            format!(r#"{{"data":{{"enrollment_result":{result},"document_auth":null}},"message":"m"}}"#),
            format!(r#"{{"data":{{"enroll_result":{result}}},"message":"m"}}"#),
            format!(r#"{{"data":{{"onboard_result":{result}}}}}"#),
            result.clone(),
        ] {
            let reply = client(200, &body).enroll_face(EnrollFace::new(user(), picture())).await.unwrap();
            assert_eq!(reply.value().outcome(), outcome, "{body}");
        }
    }
    let flat = client(200, r#"{"code":200,"description":"d"}"#);
    let reply = flat.enroll_face(EnrollFace::new(user(), picture())).await.unwrap();
    assert!(reply.value().is_enrolled());
}

#[tokio::test]
async fn errors_in_every_form() {
    for (status, body, kind) in [
        (400, r#"{"error":"'phrase' form value is required"}"#, ErrorKind::Rejected),
        (400, r#"{"message":"bad request"}"#, ErrorKind::Rejected),
        (401, r#"{"message":"missing or invalid token"}"#, ErrorKind::KeyRejected),
        (400, r#"{"error":"file size exceeds 50MB"}"#, ErrorKind::Rejected),
        (400, r#"{"error":"X-User-Fullname header is required"}"#, ErrorKind::Rejected),
        (502, "<html><body>502 Bad Gateway</body></html>", ErrorKind::Faulted),
        (500, "", ErrorKind::Faulted),
        (
            422,
            r#"{"error":{"code":"face_not_detected","message":"no face"},"meta":{"request_id":"r"}}"#,
            ErrorKind::Rejected,
        ),
        (
            400,
            r#"{"error":{"code":"invalid_request","message":[{"field":"phrase","message":"required"}]}}"#,
            ErrorKind::Rejected,
        ),
        // A bad key, reported as a fault.
        (500, r#"{"error":"api key is not active"}"#, ErrorKind::KeyRejected),
        (500, r#"{"error":"failed to validate api key"}"#, ErrorKind::KeyRejected),
        // The session's lock.
        (403, r#"{"error":"X-User-Fullname does not match the session's full name"}"#, ErrorKind::NameLocked),
    ] {
        let error = client(status, body).process_video(ask(Body::empty())).await.unwrap_err();
        assert_eq!(error.kind(), kind, "{status} {body}");
    }
}
