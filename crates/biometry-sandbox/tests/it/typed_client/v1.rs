//! Version 1 of the API: every call once with all it can say, and the outcomes that matter.

use std::net::{IpAddr, Ipv4Addr};

use biometry_client::{
    CheckDocument, Client, DeviceInfo, DocumentProvider, EnrollFace, EnrollVoice, ErrorKind,
    FaceEnrollmentOutcome, Flag, GeoLocation, ListTransactions, MatchFaces, NewWebhook, PhoneNumber, Purpose,
    RecordConsent, RequestId, Service, ServiceState, Tag, Trigger, Verdict, VoiceEnrollmentOutcome, Warmup,
    Withdrawal,
};
use biometry_sandbox::{NameStrictness, Operation, Sandbox, Shape};
use serde_json::json;

use super::{Desk, base, key, picture, user, verification, video};

const NAME: &str = "pass@example.com";

async fn desk() -> Desk {
    Desk::open(Sandbox::builder()).await
}

#[tokio::test]
async fn a_session_is_started_warm_and_ended_with_a_number() {
    let desk = Desk::open(Sandbox::builder().name_strictness(NameStrictness::Everywhere)).await;
    let reply = desk.client.start_session(Warmup::Yes).await.unwrap();
    assert!(reply.request_id().is_some());
    let session = reply.into_inner();
    assert!(desk.sandbox.session(session.as_str()).unwrap().warmed_up);
    // The integration guide asks for the name here, too.
    let refused = desk.client.end_session(&session, None).await.unwrap_err();
    assert_eq!(refused.kind(), ErrorKind::Rejected);
    let phone = PhoneNumber::parse("+61400000000").unwrap();
    desk.client.end_session_of(&user(NAME), &session, Some(&phone)).await.unwrap();
    let seen = desk.sandbox.session(session.as_str()).unwrap();
    assert_eq!((seen.ended, seen.phone_number.as_deref()), (true, Some("+61400000000")));
}

#[tokio::test]
async fn consents_are_given_withdrawn_and_read_back_in_every_shape() {
    for shape in [Shape::Sdk, Shape::Guide, Shape::Legacy] {
        let desk = Desk::open(Sandbox::builder().shape(shape)).await;
        let (client, ana) = (&desk.client, user(NAME));
        assert!(!client.consent_history(&ana).await.unwrap().value().is_given(Purpose::Authorization));
        let session = client.start_session(Warmup::No).await.unwrap().into_inner();
        let ask = RecordConsent::new(ana.clone(), Purpose::Storage).session(session.clone());
        assert!(client.record_consent(ask).await.unwrap().value().is_given());
        assert_eq!(desk.last().session.as_deref(), Some(session.as_str()));
        assert!(client.give_consent(&ana, Purpose::Authorization).await.unwrap().value().is_given());
        let withdrawn = client.withdraw_consent(&ana, Purpose::Storage).await.unwrap().into_inner();
        assert_eq!(withdrawn, Withdrawal::Accepted, "{shape:?}");
        let history = client.consent_history(&ana).await.unwrap().into_inner();
        assert!(history.is_given(Purpose::Authorization) && !history.is_given(Purpose::Storage));
        assert_eq!(history.record(Purpose::Storage).unwrap().events().len(), 2);
    }
    let strict = Desk::open(Sandbox::builder().revocation_refused(true)).await;
    let withdrawn = strict.client.withdraw_consent(&user(NAME), Purpose::Storage).await.unwrap();
    assert_eq!(*withdrawn.value(), Withdrawal::RefusedByPlatform);
}

#[tokio::test]
async fn a_verification_says_all_that_it_is_given() {
    let desk = desk().await;
    desk.sandbox.give_consents(NAME);
    let session = desk.client.start_session(Warmup::No).await.unwrap().into_inner();
    let ask = verification(NAME)
        .session(session.clone())
        .trigger(Trigger::Confirmation)
        .vocabulary("en_digits")
        .tags(["step-up", "transfer"].map(|tag| Tag::parse(tag).unwrap()))
        .device_info(DeviceInfo::parse(r#"{"os":"none"}"#).unwrap())
        .geo(GeoLocation::new(47.5, 19.0).unwrap().ip(IpAddr::V4(Ipv4Addr::LOCALHOST)));
    let reply = desk.client.process_video(ask).await.unwrap();
    assert_eq!(reply.value().verdict(), Verdict::Pass);
    assert!(Service::ALL.into_iter().all(|service| reply.value().service(service).is_passed()));
    let seen = desk.last();
    assert_eq!(reply.request_id().unwrap().as_str(), seen.request_id);
    assert_eq!((seen.user.as_deref(), seen.session.as_deref()), (Some(NAME), Some(session.as_str())));
    for (name, value) in
        [("phrase", "one two three"), ("vocabulary", "en_digits"), ("trigger", "confirmation")]
    {
        assert_eq!(seen.field(name), Some(value));
    }
    for (name, value) in [
        ("x-action-trigger", "confirmation"),
        ("x-request-tags", "step-up,transfer"),
        ("x-device-info", r#"{"os":"none"}"#),
        ("x-geo-location", r#"{"lat":47.5,"lng":19.0,"country":"","city":"","ip":"127.0.0.1"}"#),
    ] {
        assert_eq!(seen.header(name), Some(value));
    }
}

#[tokio::test]
async fn every_outcome_is_read_alike_in_every_shape() {
    for shape in [Shape::Sdk, Shape::Guide, Shape::Legacy] {
        let desk = Desk::open(Sandbox::builder().shape(shape)).await;
        for (name, verdict, face) in [
            ("pass@x", Verdict::Pass, ServiceState::Passed),
            ("fail+face@x", Verdict::Fail, ServiceState::Failed),
            ("refer@x", Verdict::Refer, ServiceState::Passed),
            ("unknown@x", Verdict::Unknown, ServiceState::Passed),
            ("noverdict@x", Verdict::Unknown, ServiceState::Passed),
            ("removed@x", Verdict::Pass, ServiceState::Absent),
            ("without+face@x", Verdict::Pass, ServiceState::Absent),
            ("errored+face@x", Verdict::Fail, ServiceState::Errored),
            ("someone-else@x", Verdict::Pass, ServiceState::Failed),
            ("two-people@x", Verdict::Pass, ServiceState::Failed),
            ("minimal@x", Verdict::Unknown, ServiceState::Absent),
        ] {
            desk.sandbox.give_consents(name);
            let reply = desk.client.process_video(verification(name)).await.unwrap();
            let seen = (reply.value().verdict(), reply.value().service(Service::FaceRecognition).state());
            assert_eq!(seen, (verdict, face), "{shape:?} {name}");
            assert_eq!(reply.removed_services(), name == "removed@x");
        }
    }
}

#[tokio::test]
async fn faces_and_voices_are_enrolled_or_said_not_to_be() {
    use FaceEnrollmentOutcome::*;
    for shape in [Shape::Sdk, Shape::Guide, Shape::Legacy] {
        let desk = Desk::open(Sandbox::builder().shape(shape)).await;
        for (name, outcome) in [
            ("new@x", Enrolled),
            ("enroll+noface@x", NoFace),
            ("enroll+manyfaces@x", SeveralFaces),
            ("enroll+notcentred@x", NotCentred),
        ] {
            desk.sandbox.give_consents(name);
            let reply = desk.client.enroll_face(EnrollFace::new(user(name), picture())).await.unwrap();
            assert_eq!(reply.value().outcome(), outcome, "{shape:?} {name}");
        }
        for (name, outcome) in [
            ("new@x", VoiceEnrollmentOutcome::Enrolled),
            ("new@x", VoiceEnrollmentOutcome::AlreadyEnrolled),
            ("voice+qafailed@x", VoiceEnrollmentOutcome::PoorQuality),
            ("voice+error@x", VoiceEnrollmentOutcome::Failed),
        ] {
            // What a persona has from the start is not new.
            desk.sandbox.give_consents(name);
            let ask = EnrollVoice::new(user(name), "one two three", video());
            let reply = desk.client.enroll_voice(ask).await.unwrap();
            assert_eq!(reply.value().outcome(), outcome, "{shape:?} {name}");
        }
        assert!(desk.sandbox.enrolled("new@x"));
    }
    let desk = desk().await;
    let refused = desk.client.enroll_face(EnrollFace::new(user("ana@x"), picture())).await.unwrap_err();
    assert_eq!(refused.kind(), ErrorKind::Rejected, "without consent");
    desk.sandbox.give_consents("ana@x");
    let ask = EnrollFace::new(user("ana@x"), picture()).from_document();
    let reply = desk.client.enroll_face(ask).await.unwrap();
    assert_eq!(reply.value().document().unwrap().last_name(), Some("ERIKSSON"));
}

#[tokio::test]
async fn documents_are_checked_by_the_provider_and_with_the_zone_that_was_asked_for() {
    let desk = desk().await;
    let check = async |ask: CheckDocument| desk.client.check_document(ask).await.unwrap().into_inner();
    let plain = |name: &str| CheckDocument::new(user(name), picture());
    let good = check(plain("pass@x").validate_mrz()).await;
    assert!(good.is_accepted() && good.mrz().unwrap().is_sound());
    assert!(good.document().portrait().is_some());
    assert_eq!(desk.last().header("x-inhouse-mrz"), Some("true"));
    let elsewhere = check(plain("pass@x").provider(DocumentProvider::IdScan).validate_mrz()).await;
    assert!(elsewhere.is_accepted() && elsewhere.mrz().is_none(), "the zone is read in-house only");
    assert_eq!(desk.last().header("x-inhouse-docauth"), Some("false"));
    for name in ["doc+failed@x", "doc+contradiction@x", "doc+mrz@x"] {
        assert!(!check(plain(name).validate_mrz()).await.is_accepted(), "{name}");
    }
    let faceless = check(plain("doc+noportrait@x")).await;
    assert!(faceless.is_accepted() && faceless.document().portrait().is_none());
}

#[tokio::test]
async fn a_face_is_matched_with_a_video_of_its_own_or_the_sessions() {
    for shape in [Shape::Sdk, Shape::Guide] {
        let desk = Desk::open(Sandbox::builder().shape(shape)).await;
        let session = desk.client.start_session(Warmup::No).await.unwrap().into_inner();
        let prefilled = || MatchFaces::with_session_video(picture(), session.clone()).user(user("match@x"));
        let too_early = desk.client.match_faces(prefilled()).await.unwrap_err();
        assert_eq!(too_early.kind(), ErrorKind::Rejected);
        desk.client.process_video(verification("match@x").session(session.clone())).await.unwrap();
        assert!(desk.client.match_faces(prefilled()).await.unwrap().value().is_match());
        assert_eq!(desk.last().header("x-use-prefilled-video"), Some("true"));
        for (name, is_match) in [("pass@x", true), ("nomatch@x", false), ("match+contradiction@x", false)] {
            let ask = MatchFaces::with_video(picture(), video()).user(user(name));
            let reply = desk.client.match_faces(ask).await.unwrap();
            assert_eq!(reply.value().is_match(), is_match, "{shape:?} {name}");
        }
        let other = MatchFaces::with_session_video(picture(), session).user(user("ben@x"));
        assert_eq!(desk.client.match_faces(other).await.unwrap_err().kind(), ErrorKind::NameLocked);
    }
}

#[tokio::test]
async fn transactions_are_listed_marked_and_sampled() {
    let desk = desk().await;
    let client = &desk.client;
    let tag = Tag::parse("step-up").unwrap();
    let reply = client.process_video(verification(NAME).tags([tag.clone()])).await.unwrap();
    let id = reply.request_id().unwrap().clone();
    client.check_document(CheckDocument::new(user(NAME), picture())).await.unwrap();

    let all = client.list_transactions(ListTransactions::new()).await.unwrap().into_inner();
    assert_eq!(all.ids().len(), 2);
    let raw: serde_json::Value = serde_json::from_str(all.raw_json()).unwrap();
    let mine = raw["data"].as_array().unwrap().iter().find(|one| one["transaction_id"] == id.as_str());
    assert_eq!(mine.unwrap()["tags"], json!(["step-up"]));

    client.flag_transaction(&id, Flag::PossiblyFraudulent).await.unwrap();
    client.tag_transaction(&id, &[tag, Tag::parse("fraud").unwrap()]).await.unwrap();
    let project = client.api_key().claims().project_id().unwrap().to_owned();
    let ask = ListTransactions::new().flag(Flag::PossiblyFraudulent).project(&project);
    let marked = client.list_transactions(ask).await.unwrap().into_inner();
    assert_eq!(marked.ids(), std::slice::from_ref(&id));
    assert_eq!(
        desk.last().json,
        Some(json!({ "project_id": project, "wanted_flag": "possibly_fraudulent" }))
    );
    let samples = client.transaction_samples(&id).await.unwrap().into_inner();
    assert!(samples.video().is_some() && samples.frame().is_some());
    let unknown = client.transaction_samples(&RequestId::parse("t-0").unwrap()).await;
    assert_eq!(unknown.unwrap_err().kind(), ErrorKind::NotFound);
}

#[tokio::test]
async fn keys_are_asked_about_minted_and_revoked() {
    let desk = desk().await;
    let info = desk.client.key_info().await.unwrap().into_inner();
    assert!(info.is_active() && info.can_mint() && info.includes(Service::FaceRecognition));
    let minted = desk.client.mint_key().await.unwrap().into_inner();
    let child = Client::connect(base(&desk.sandbox), minted).unwrap();
    child.start_session(Warmup::No).await.unwrap();
    let id = child.api_key().claims().id().unwrap().to_owned();
    desk.client.revoke_key(&id).await.unwrap();
    assert_eq!(child.start_session(Warmup::No).await.unwrap_err().kind(), ErrorKind::KeyRejected);
    // The sandbox reports a key it never minted as a fault of its own.
    let elsewhere = Sandbox::start().await.unwrap().mint_key();
    let stranger = Client::connect(base(&desk.sandbox), key(&elsewhere)).unwrap();
    assert_eq!(stranger.start_session(Warmup::No).await.unwrap_err().kind(), ErrorKind::KeyRejected);
}

#[tokio::test]
async fn a_webhook_is_created_with_its_secret_and_retries() {
    let desk = desk().await;
    let id = desk.client.api_key().claims().id().unwrap().to_owned();
    let ask = NewWebhook::new(id, "https://app.example/hook").header(&"x-token".parse().unwrap(), "t-1");
    let hook = desk.client.create_webhook(ask).await.unwrap().into_inner();
    assert!(hook.expose_secret().starts_with("whsec_") && hook.id().starts_with("wh_"));
    assert_eq!(hook.events(), [NewWebhook::DOCUMENT_CHECKED]);
    assert_eq!(hook.retry().unwrap().max_retries, 5);
    assert_eq!(desk.last().operation, Some(Operation::CreateWebhook));
}
