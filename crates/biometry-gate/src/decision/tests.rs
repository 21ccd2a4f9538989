//! Every known shape of a reply, held against policies; and the property that nothing gained by losing evidence.

use async_trait::async_trait;
use biometry_client::{
    ApiKey, BaseUrl, Body, Client, ProcessVideo, Reply, Service, Transport, TransportError, Upload,
    UserFullname, Verification,
};
use proptest::prelude::*;
use serde_json::{Value, json};

use super::{Conclusion, Evidence, Shortfall, decide};
use crate::entropy::OsEntropy;
use crate::id::IntentId;
use crate::intent::{Intent, PendingIntent, Route, Spoken};
use crate::phrase::Phrase;
use crate::policy::{Policy, ScoreScale, Threshold};
use crate::principal::{HostSession, Principal, Subject};

const ANA: &str = "ana@example.com";
const SAID: &str = "one two three four";

/// Answers every request with the same reply.
#[derive(Debug)]
struct Canned(Vec<(&'static str, &'static str)>, Vec<u8>);

#[async_trait]
impl Transport for Canned {
    async fn send(&self, _: http::Request<Body>) -> Result<http::Response<Body>, TransportError> {
        let mut response = http::Response::builder().header("content-type", "application/json");
        for (name, value) in &self.0 {
            response = response.header(*name, *value);
        }
        Ok(response.body(Body::from_bytes(self.1.clone())).unwrap())
    }
}

async fn reply(headers: &[(&'static str, &'static str)], body: &Value) -> Reply<Verification> {
    let key = ApiKey::parse("eyJhbGciOiJIUzI1NiJ9.eyJpZCI6ImstMSJ9.c2ln").unwrap();
    let client = Client::new(BaseUrl::production(), key, Canned(headers.to_vec(), body.to_string().into()));
    let user = UserFullname::parse(ANA).unwrap();
    client.process_video(ProcessVideo::new(user, SAID, Upload::webm(Body::empty()))).await.unwrap()
}

fn phrase() -> Phrase {
    serde_json::from_value(json!(SAID)).unwrap()
}

fn conclude(reply: &Reply<Verification>, policy: &Policy) -> Conclusion {
    let subject = Subject::parse(ANA).unwrap();
    decide(&Evidence::gather(reply, &phrase(), &subject, ScoreScale::Percent), policy)
}

fn policy() -> Policy {
    Policy::for_session("p", Threshold::percent(70.0).unwrap())
}

#[tokio::test]
async fn an_operation_is_spoken_where_the_lips_say_it_and_fresh_digits() {
    let owner = Principal::new(ANA, HostSession::parse("s").unwrap()).unwrap();
    let policy = Policy::for_operation("p", Threshold::percent(70.0).unwrap()).speak_operation();
    let intent = Intent::new("transfer").spoken_line("Amount", "12.50", Spoken::amount(1250, 2));
    let intent = PendingIntent {
        id: IntentId::random(&OsEntropy).unwrap(),
        policy: "p".into(),
        digest: intent.digest(owner.key(), &policy, Route::new("POST", "/transfer")).unwrap(),
        display: intent.display().to_vec(),
        spoken: intent.spoken_lines(&policy).unwrap(),
        expires_at: std::time::SystemTime::UNIX_EPOCH,
        unknown: crate::forward_compat::ForwardCompat::default(),
    };
    let amount = "one two five zero";
    let fresh = "three nine one seven zero four two";
    for (issued, said, intent, is_spoken) in [
        (format!("{amount} {fresh}"), format!("{amount} {fresh}"), Some(&intent), true),
        (format!("{amount} {fresh}"), "12503917042".to_owned(), Some(&intent), true),
        // A capture of another amount, and one from before.
        (format!("{amount} {fresh}"), format!("one two six zero {fresh}"), Some(&intent), false),
        (
            format!("{amount} {fresh}"),
            format!("{amount} three nine one seven zero four three"),
            Some(&intent),
            false,
        ),
        // A phrase that was made without the amount, or for another one, or without as many fresh digits.
        (fresh.to_owned(), fresh.to_owned(), Some(&intent), false),
        (format!("one two six zero {fresh}"), format!("one two six zero {fresh}"), Some(&intent), false),
        (amount.to_owned(), amount.to_owned(), Some(&intent), false),
        (format!("{amount} one"), format!("{amount} one"), Some(&intent), false),
        (format!("{amount} {fresh}"), format!("{amount} {fresh}"), None, false),
    ] {
        let mut body = sdk();
        body["data"]["Visual Speech Recognition"]["result"] = json!(said);
        let phrase: Phrase = serde_json::from_value(json!(issued)).unwrap();
        let subject = Subject::parse(ANA).unwrap();
        let evidence = Evidence::gather(&reply(&[], &body).await, &phrase, &subject, ScoreScale::Percent);
        let evidence = evidence.of_operation(&phrase, intent);
        assert_eq!(evidence.is_operation_spoken(), is_spoken, "{issued}: {said}");
        assert_eq!(decide(&evidence, &policy) == Conclusion::Pass, is_spoken, "{issued}: {said}");
        let kept = serde_json::to_value(&evidence).unwrap();
        assert_eq!(kept.get("operation_spoken"), is_spoken.then_some(&json!(true)));
    }
}

/// A pass as the official SDK 2.4 has it.
fn sdk() -> Value {
    json!({
        "data": {
            "Active Speaker Detection": { "code": 0, "description": "Active speaker detected", "result": 96.3, "score": 96.3 },
            "Face Liveness Detection": { "code": 0, "description": "Successful check", "result": true, "score": 90.5 },
            "Visual Speech Recognition": { "code": 0, "description": "ok", "result": "ONE TWO THREE FOUR", "score": 91.0 },
            "Voice Recognition": { "status": "good", "id": ANA, "score": 11.8, "imposter_prob": 0, "log_odds": "12.4" },
            "Face Recognition": { "code": 0, "description": "Face identified", "score": 97.0 },
        },
        "scoring_result": "pass",
        "score": 92.5,
        "message": "video processed successfully",
    })
}

/// A pass as the platform's integration guide has it.
fn guide() -> Value {
    json!({
        "data": {
            "Active Speaker Detection": { "code": 200, "result": 0.95 },
            "Face Liveness Detection": { "code": 200, "result": true },
            "Visual Speech Recognition": { "code": 200, "result": "one two three four" },
            "Voice Recognition": { "status": "identified", "score": 0.89 },
            "Face Recognition": { "instances": [{ "search": { "probability": 0.97, "searchName": ANA } }] },
        },
        "scoring_result": { "status": "pass" },
        "score": 92.5,
        "decision_reasons": ["face_match_passed"],
        "message": "video processed successfully",
    })
}

fn with(mut reply: Value, path: &str, value: Value) -> Value {
    *reply.pointer_mut(path).unwrap_or_else(|| panic!("{path}")) = value;
    reply
}

fn without(mut reply: Value, parent: &str, member: &str) -> Value {
    reply.pointer_mut(parent).unwrap().as_object_mut().unwrap().remove(member).unwrap();
    reply
}

#[tokio::test]
async fn every_known_shape_of_a_pass_passes() {
    let legacy = without(sdk(), "", "scoring_result");
    let mut legacy = legacy.as_object().unwrap().clone();
    legacy.insert("result_conditions".into(), json!({ "failed_conditions": [], "status": "pass" }));
    for body in [sdk(), guide(), Value::Object(legacy)] {
        assert_eq!(conclude(&reply(&[], &body).await, &policy()), Conclusion::Pass, "{body}");
    }
    let named = policy().require_named_match();
    assert_eq!(conclude(&reply(&[], &guide()).await, &named), Conclusion::Pass);
    assert_eq!(conclude(&reply(&[], &sdk()).await, &named), Conclusion::Fail(vec![Shortfall::Unnamed]));
}

#[tokio::test]
async fn nothing_short_of_it_does() {
    let face = "/data/Face Recognition";
    let vsr = "/data/Visual Speech Recognition";
    let twins = json!({ "instances": [
        { "search": { "probability": 0.97, "searchName": ANA } },
        { "search": { "probability": 0.97, "searchName": ANA } },
    ] });
    for (what, body) in [
        ("verdict fail", with(sdk(), "/scoring_result", json!("fail"))),
        ("verdict in capitals", with(sdk(), "/scoring_result", json!("PASS"))),
        ("verdict with a space", with(sdk(), "/scoring_result", json!("pass "))),
        ("verdict true", with(sdk(), "/scoring_result", json!(true))),
        ("verdict in a list", with(sdk(), "/scoring_result", json!(["pass"]))),
        ("no verdict", without(sdk(), "", "scoring_result")),
        ("verdict object without a status", with(guide(), "/scoring_result", json!({}))),
        ("score below", with(sdk(), "/score", json!(69.9))),
        ("score as text", with(sdk(), "/score", json!("92.5"))),
        ("score on another scale", with(sdk(), "/score", json!(0.92))),
        ("score beyond the scale", with(sdk(), "/score", json!(101))),
        ("negative score", with(sdk(), "/score", json!(-1))),
        ("no score", without(sdk(), "", "score")),
        ("no data", without(sdk(), "", "data")),
        ("liveness false", with(sdk(), "/data/Face Liveness Detection/result", json!(false))),
        ("liveness code 1", with(sdk(), "/data/Face Liveness Detection/code", json!(1))),
        ("liveness absent", without(sdk(), "/data", "Face Liveness Detection")),
        ("liveness null", with(sdk(), "/data/Face Liveness Detection", Value::Null)),
        ("face code 1", with(sdk(), &format!("{face}/code"), json!(1))),
        ("face absent", without(sdk(), "/data", "Face Recognition")),
        (
            "face is another person's",
            with(guide(), &format!("{face}/instances/0/search/searchName"), json!("bob@example.com")),
        ),
        (
            "face differs in case",
            with(guide(), &format!("{face}/instances/0/search/searchName"), json!("ANA@example.com")),
        ),
        ("face without a name", without(guide(), &format!("{face}/instances/0/search"), "searchName")),
        ("no faces", with(guide(), &format!("{face}/instances"), json!([]))),
        ("two faces", with(guide(), face, twins)),
        ("another phrase", with(sdk(), &format!("{vsr}/result"), json!("ONE TWO THREE FIVE"))),
        ("nothing read from the lips", with(sdk(), &format!("{vsr}/result"), json!(""))),
        ("lips not read", without(sdk(), vsr, "result")),
        ("lips say true", with(sdk(), &format!("{vsr}/result"), json!(true))),
        ("service failed to run", with(sdk(), face, json!({ "code": 0, "error": "no gpu" }))),
    ] {
        let conclusion = conclude(&reply(&[], &body).await, &policy());
        assert!(matches!(conclusion, Conclusion::Fail(_)), "{what}: {conclusion:?}");
    }
    let refer = with(sdk(), "/scoring_result", json!("refer"));
    assert_eq!(conclude(&reply(&[], &refer).await, &policy()), Conclusion::Refer);
}

#[tokio::test]
async fn silent_downgrades_are_heard() {
    let removed = reply(&[("x-removed-services", "true")], &sdk()).await;
    assert_eq!(conclude(&removed, &policy()), Conclusion::Fail(vec![Shortfall::ServicesRemoved]));
    let listed = reply(&[("x-removed-services", "Voice Recognition")], &sdk()).await;
    assert_eq!(conclude(&listed, &policy()), Conclusion::Fail(vec![Shortfall::ServicesRemoved]));
    let enrolled = reply(&[("x-auto-enroll", "true")], &sdk()).await;
    assert_eq!(conclude(&enrolled, &policy()), Conclusion::EnrolledNotVerified);
    let both = reply(&[("x-auto-enroll", "false"), ("x-auto-enroll", "true")], &sdk()).await;
    assert_eq!(conclude(&both, &policy()), Conclusion::EnrolledNotVerified);
    let plain = reply(&[("x-auto-enroll", "false"), ("x-removed-services", "false")], &sdk()).await;
    assert_eq!(conclude(&plain, &policy()), Conclusion::Pass);
}

#[tokio::test]
async fn a_service_may_have_a_minimum_of_its_own() {
    let strict = policy().require_at_least(Service::FaceLivenessDetection, 95.0);
    let conclusion = conclude(&reply(&[], &sdk()).await, &strict);
    assert_eq!(conclusion, Conclusion::Fail(vec![Shortfall::Weak(Service::FaceLivenessDetection)]));
    let enough = policy().require_at_least(Service::FaceLivenessDetection, 90.0);
    assert_eq!(conclude(&reply(&[], &sdk()).await, &enough), Conclusion::Pass);
    assert!(
        matches!(conclude(&reply(&[], &guide()).await, &enough), Conclusion::Fail(_)),
        "no score is below any"
    );
}

#[tokio::test]
async fn another_persons_face_fails_even_where_no_face_is_asked_for() {
    let body =
        with(guide(), "/data/Face Recognition/instances/0/search/searchName", json!("bob@example.com"));
    let voice_only = Policy::for_session("p", Threshold::vendor_verdict_only()).with_voice();
    assert!(matches!(conclude(&reply(&[], &body).await, &voice_only), Conclusion::Fail(_)));
}

/// Every place at which a member of a reply can be taken away.
fn members(value: &Value, at: &str, found: &mut Vec<(String, String)>) {
    if let Value::Object(object) = value {
        for (name, inner) in object {
            found.push((at.to_owned(), name.clone()));
            members(inner, &format!("{at}/{}", name.replace('~', "~0").replace('/', "~1")), found);
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn removing_evidence_never_turns_a_refusal_into_a_pass(
        from_guide in any::<bool>(),
        spoilt in 0..4_usize,
        named in any::<bool>(),
        removals in proptest::collection::vec(any::<prop::sample::Index>(), 1..5),
    ) {
        let base = if from_guide { guide() } else { sdk() };
        let mut body = match spoilt {
            0 => with(base, "/scoring_result", json!("fail")),
            1 => with(base, "/data/Face Liveness Detection/result", json!(false)),
            2 => with(base, "/score", json!(12)),
            _ => with(base, "/data/Visual Speech Recognition/result", json!("nine")),
        };
        let policy = if named { policy().require_named_match() } else { policy() };
        let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
        prop_assert_ne!(conclude(&runtime.block_on(reply(&[], &body)), &policy), Conclusion::Pass);
        for removal in removals {
            let mut places = Vec::new();
            members(&body, "", &mut places);
            if places.is_empty() { break; }
            let (parent, member) = removal.get(&places).clone();
            body = without(body, &parent, &member);
            prop_assert_ne!(conclude(&runtime.block_on(reply(&[], &body)), &policy), Conclusion::Pass);
        }
    }
}
