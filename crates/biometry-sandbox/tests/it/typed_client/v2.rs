//! Version 2 of the API: the same calls, and the outcomes that matter.

mod beside_checks;

use biometry_client::{
    ApiVersion, Body, CheckDeepfake, CheckDocument, Client, ConsentTemplate, ConsentTemplates,
    DeepfakeCheckId, DeepfakeStatus, DocumentProvider, EnrollFace, EnrollVoice, ErrorKind,
    FaceEnrollmentOutcome, MatchFaces, PhoneNumber, PlatformSession, ProcessVideo, Purpose, Reply, Score,
    Service, ServiceState, Trigger, Upload, Verdict, Verification, Warmup, Withdrawal,
};
use biometry_sandbox::{Entry, Operation, Sandbox, SandboxBuilder, Version};
use serde_json::json;

use super::{Desk, base, key, picture, user, verification, video};
use crate::client::VIDEO;

const NAME: &str = "pass@example.com";

async fn open(builder: SandboxBuilder) -> Desk {
    let desk = Desk::open(builder).await;
    let client = client(&desk.sandbox, &desk.sandbox.mint_key());
    Desk { client, ..desk }
}

async fn desk() -> Desk {
    open(Sandbox::builder()).await
}

fn client(sandbox: &Sandbox, token: &str) -> Client {
    Client::builder(base(sandbox), key(token)).version(ApiVersion::V2).connect().unwrap()
}

async fn start(desk: &Desk) -> PlatformSession {
    desk.client.start_session(Warmup::No).await.unwrap().into_inner()
}

async fn verify(desk: &Desk, name: &str) -> Reply<Verification> {
    desk.sandbox.give_consents(name);
    desk.client.process_video(verification(name)).await.unwrap()
}

fn seen(desk: &Desk, operation: Operation) -> Entry {
    desk.sandbox.journal().into_iter().rfind(|entry| entry.operation == Some(operation)).unwrap()
}

fn state(reply: &Reply<Verification>, service: Service) -> ServiceState {
    reply.value().service(service).state()
}

#[tokio::test]
async fn a_session_is_started_warm_and_ended_with_a_number() {
    let desk = desk().await;
    let session = desk.client.start_session(Warmup::Yes).await.unwrap().into_inner();
    let last = desk.last();
    assert_eq!((last.operation, last.version), (Some(Operation::StartSession), Some(Version::V2)));
    assert!(desk.sandbox.session(session.as_str()).unwrap().warmed_up);
    let phone = PhoneNumber::parse("+61400000000").unwrap();
    desk.client.end_session(&session, Some(&phone)).await.unwrap();
    let ended = desk.sandbox.session(session.as_str()).unwrap();
    assert_eq!((ended.ended, ended.phone_number.as_deref()), (true, Some("+61400000000")));
    let again = desk.client.end_session_of(&user(NAME), &session, None).await.unwrap_err();
    assert_eq!(again.kind(), ErrorKind::Rejected, "it has ended");
}

#[tokio::test]
async fn a_verification_is_three_calls_with_one_video() {
    let desk = desk().await;
    desk.sandbox.give_consents(NAME);
    let session = start(&desk).await;
    let ask =
        verification(NAME).session(session.clone()).trigger(Trigger::Confirmation).vocabulary("en_digits");
    let reply = desk.client.process_video(ask).await.unwrap();
    assert_eq!((reply.value().verdict(), reply.value().score()), (Verdict::Pass, Score::Number(0.925)));
    assert!(Service::ALL.into_iter().all(|service| reply.value().service(service).is_passed()));
    let transcript = reply.value().service(Service::VisualSpeechRecognition).transcript();
    assert_eq!(transcript, Some("ONE TWO THREE"));

    let said = json!({
        "user_id": NAME, "phrase": "one two three", "session_id": session.as_str(), "vocabulary": "en_digits",
    });
    let mut said_to_liveness = said.clone();
    said_to_liveness["trigger"] = "confirmation".into();
    let liveness = seen(&desk, Operation::Liveness);
    assert_eq!(reply.request_id().unwrap().as_str(), liveness.request_id);
    for (entry, file, said) in [
        (liveness, "video", said_to_liveness),
        (seen(&desk, Operation::FaceVerify), "video", said.clone()),
        (seen(&desk, Operation::VoiceVerify), "voice", said),
    ] {
        assert_eq!((entry.version, entry.complete), (Some(Version::V2), true));
        assert_eq!((entry.user.as_deref(), entry.session.as_deref()), (Some(NAME), Some(session.as_str())));
        assert_eq!(entry.json, Some(said));
        assert_eq!(entry.file(file).unwrap().len, VIDEO.len() as u64);
        assert!(["x-user-fullname", "x-session-id"].into_iter().all(|name| entry.header(name).is_none()));
    }
    assert!(desk.sandbox.session(session.as_str()).unwrap().has_video);
    assert_eq!(desk.sandbox.session(session.as_str()).unwrap().full_name.as_deref(), Some(NAME));
}

#[tokio::test]
async fn a_large_video_reaches_every_call_byte_for_byte() {
    let desk = desk().await;
    desk.sandbox.give_consents(NAME);
    let bytes: Vec<u8> =
        (0..5_000_000_u32).map(|index| (index.wrapping_mul(2_654_435_761) >> 24) as u8).collect();
    let ask = ProcessVideo::new(user(NAME), "one two three", Upload::webm(Body::from_bytes(bytes.clone())));
    assert_eq!(desk.client.process_video(ask).await.unwrap().value().verdict(), Verdict::Pass);
    let hashes: Vec<_> = desk
        .sandbox
        .journal()
        .iter()
        .map(|entry| (entry.files[0].len, entry.files[0].sha256.clone(), entry.complete))
        .collect();
    assert_eq!(hashes.len(), 3);
    assert!(hashes.iter().all(|seen| *seen == hashes[0] && seen.0 == bytes.len() as u64 && seen.2));
}

#[tokio::test]
async fn the_key_says_which_calls_are_made() {
    let mut desk = desk().await;
    for (services, expected) in [
        (&["Face Liveness Detection"][..], &[Operation::Liveness][..]),
        (&["Face Liveness Detection", "Face Recognition"], &[Operation::FaceVerify, Operation::Liveness]),
    ] {
        desk.client = client(&desk.sandbox, &desk.sandbox.mint_key_with(services));
        let before = desk.sandbox.journal().len();
        assert_eq!(verify(&desk, NAME).await.value().verdict(), Verdict::Pass);
        let journal = desk.sandbox.journal();
        let mut made: Vec<_> = journal[before..].iter().filter_map(|entry| entry.operation).collect();
        made.sort_by_key(|operation| format!("{operation:?}"));
        assert_eq!(made, expected);
    }
}

#[tokio::test]
async fn every_outcome_is_what_it_is_in_version_1() {
    for scores_only in [false, true] {
        let desk = open(Sandbox::builder().v2_scores_only(scores_only)).await;
        for (name, verdict, face) in [
            ("pass@x", Verdict::Pass, ServiceState::Passed),
            ("fail:face@x", Verdict::Fail, ServiceState::Failed),
            (
                "unknown@x",
                Verdict::Unknown,
                if scores_only { ServiceState::Unknown } else { ServiceState::Passed },
            ),
            (
                "noverdict@x",
                Verdict::Unknown,
                if scores_only { ServiceState::Unknown } else { ServiceState::Passed },
            ),
            (
                "refer@x",
                Verdict::Refer,
                if scores_only { ServiceState::Unknown } else { ServiceState::Passed },
            ),
            ("removed@x", Verdict::Pass, ServiceState::Absent),
            ("without:face@x", Verdict::Pass, ServiceState::Absent),
            ("errored:face@x", Verdict::Fail, ServiceState::Errored),
            ("someone-else@x", Verdict::Pass, ServiceState::Failed),
            ("two-people@x", Verdict::Pass, ServiceState::Failed),
            ("new@x", Verdict::Fail, ServiceState::Failed),
            ("minimal@x", Verdict::Unknown, ServiceState::Absent),
            ("nodata@x", Verdict::Pass, ServiceState::Absent),
            ("no-face@x", Verdict::Fail, ServiceState::Failed),
        ] {
            let reply = verify(&desk, name).await;
            let seen = (reply.value().verdict(), state(&reply, Service::FaceRecognition));
            assert_eq!(seen, (verdict, face), "{name}, scores only: {scores_only}");
            assert_eq!(reply.removed_services(), name == "removed@x");
            assert!(!reply.auto_enroll() && !desk.sandbox.enrolled("new@x"));
        }
        for (name, score) in [
            ("score:0.715@x", Score::Number(0.715)),
            ("noscore@x", Score::Absent),
            ("textscore@x", Score::Malformed),
            ("lowscore@x", Score::Number(12.0)),
        ] {
            assert_eq!(verify(&desk, name).await.value().score(), score, "{name}");
        }
    }
}

#[tokio::test]
async fn without_consent_face_and_voice_are_dropped() {
    let desk = desk().await;
    let reply = desk.client.process_video(verification(NAME)).await.unwrap();
    assert!(reply.removed_services());
    assert_eq!(state(&reply, Service::FaceLivenessDetection), ServiceState::Passed);
    for service in [Service::FaceRecognition, Service::VoiceRecognition] {
        assert_eq!(state(&reply, service), ServiceState::Absent);
    }
}

#[tokio::test]
async fn replies_that_are_no_replies_are_errors() {
    let desk = desk().await;
    for (name, kind) in [
        ("malformed@x", ErrorKind::Unparsable),
        ("empty@x", ErrorKind::Unparsable),
        ("huge@x", ErrorKind::ResponseTooLarge),
        ("duplicate-keys@x", ErrorKind::Unparsable),
        ("redirect@x", ErrorKind::Redirected),
        ("bad-gateway@x", ErrorKind::Faulted),
        ("error:503@x", ErrorKind::Faulted),
        ("error:429@x", ErrorKind::RateLimited),
        ("key-revoked@x", ErrorKind::KeyRejected),
        ("locked@x", ErrorKind::Rejected),
        ("cut@x", ErrorKind::Interrupted),
        ("cut-body@x", ErrorKind::Interrupted),
    ] {
        desk.sandbox.give_consents(name);
        let error = desk.client.process_video(verification(name)).await.unwrap_err();
        assert_eq!(error.kind(), kind, "{name}");
    }
}

#[tokio::test]
async fn an_enrolled_user_passes_and_no_user_is_enrolled_by_the_way() {
    let desk = desk().await;
    let name = "ana@example.com";
    let refused = desk.client.enroll_face(EnrollFace::new(user(name), picture())).await.unwrap_err();
    assert_eq!(refused.kind(), ErrorKind::Rejected, "without consent");
    assert_eq!(verify(&desk, name).await.value().verdict(), Verdict::Fail);
    let face = desk.client.enroll_face(EnrollFace::new(user(name), picture())).await.unwrap();
    assert!(face.value().is_enrolled());
    let voice = EnrollVoice::new(user(name), "one two three", video());
    assert!(desk.client.enroll_voice(voice).await.unwrap().value().is_enrolled());
    assert!(desk.sandbox.enrolled(name));
    assert_eq!(verify(&desk, name).await.value().verdict(), Verdict::Pass);

    for (name, outcome) in [
        ("enroll:noface@x", FaceEnrollmentOutcome::NoFace),
        ("enroll:manyfaces@x", FaceEnrollmentOutcome::Refused),
        ("enroll:notcentred@x", FaceEnrollmentOutcome::Refused),
    ] {
        desk.sandbox.give_consents(name);
        let reply = desk.client.enroll_face(EnrollFace::new(user(name), picture())).await.unwrap();
        assert_eq!(reply.value().outcome(), outcome, "{name}");
    }
    for name in ["voice:qafailed@x", "voice:error@x"] {
        desk.sandbox.give_consents(name);
        let ask = EnrollVoice::new(user(name), "one two three", video());
        assert!(!desk.client.enroll_voice(ask).await.unwrap().value().is_enrolled(), "{name}");
    }
}

#[tokio::test]
async fn a_key_that_is_no_good_is_recognised_by_its_text() {
    let desk = desk().await;
    let elsewhere = Sandbox::start().await.unwrap().mint_key();
    let stranger = client(&desk.sandbox, &elsewhere);
    assert_eq!(stranger.start_session(Warmup::No).await.unwrap_err().kind(), ErrorKind::KeyRejected);
    desk.sandbox.revoke_key(desk.client.api_key().expose_secret());
    assert_eq!(desk.client.start_session(Warmup::No).await.unwrap_err().kind(), ErrorKind::KeyRejected);
}
