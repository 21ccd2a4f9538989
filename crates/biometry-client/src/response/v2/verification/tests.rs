use http::HeaderMap;
use proptest::prelude::*;

use super::*;
use crate::json::{Json, Object, read_object};
use crate::response::reply::Meta;

/// A reply about liveness as the SDKs' own tests have it.
const LIVENESS: &str = r#"{"data":{"face_liveness_detection":{"score":0.99},"active_speaker_detection":{"score":0.97},
    "visual_speech_recognition":{"score":0.95,"result":"one two"}},
    "decision":{"status":"pass","score":0.93,"reasons":[]},"meta":{"request_id":"r-1","message":"m"}}"#;
const FACE: &str = r#"{"data":{"face_recognition":{"score":0.98}},
    "decision":{"status":"pass","score":0.96,"reasons":["face_match_passed"]},"meta":{"request_id":"r-2"}}"#;
const VOICE: &str = r#"{"data":{"voice_recognition":{"score":0.9}},
    "decision":{"status":"pass","score":0.94,"reasons":[]},"meta":{"request_id":"r-3"}}"#;

fn reply(text: &str) -> Reply<Verification> {
    reply_of(&read_object(text.as_bytes()).unwrap()).unwrap()
}

fn reply_of(root: &Object) -> Result<Reply<Verification>, Unparsable> {
    let user = UserFullname::parse("ana").unwrap();
    let verification = parse_check(&Envelope::open(root)?, &user)?;
    Ok(Reply::new(verification, Meta::from_headers(&HeaderMap::new())))
}

fn all(texts: &[&str]) -> Verification {
    texts.iter().map(|text| reply(text)).reduce(join).unwrap().into_inner()
}

fn states(verification: &Verification) -> [ServiceState; 5] {
    Service::ALL.map(|service| verification.service(service).state())
}

#[test]
fn all_calls_together_are_one_verification() {
    let whole = all(&[LIVENESS, FACE, VOICE]);
    assert_eq!((whole.verdict(), whole.score()), (Verdict::Pass, Score::Number(0.93)));
    assert_eq!(states(&whole), [ServiceState::Passed; 5]);
    assert_eq!(whole.reasons(), ["face_match_passed"]);
    assert_eq!(whole.service(Service::FaceRecognition).score(), Some(0.98));
    assert_eq!(whole.service(Service::VisualSpeechRecognition).transcript(), Some("one two"));
}

#[test]
fn what_no_call_was_about_is_absent() {
    let state = |texts: &[&str], service| all(texts).service(service).state();
    assert_eq!(state(&[LIVENESS], Service::FaceRecognition), ServiceState::Absent);
    assert_eq!(state(&[LIVENESS, FACE], Service::VoiceRecognition), ServiceState::Absent);
    let empty = r#"{"data":{},"decision":{"status":"pass","score":1},"meta":{}}"#;
    assert_eq!(state(&[LIVENESS, empty], Service::FaceRecognition), ServiceState::Absent);
}

#[test]
fn one_call_that_does_not_pass_is_enough() {
    let decided = |status: &str| FACE.replace("\"pass\"", &format!("\"{status}\""));
    let undecided = r#"{"data":{"face_recognition":{"score":0.98}},"meta":{"request_id":"r-2"}}"#;
    let cases = [
        (decided("fail"), Verdict::Fail, ServiceState::Failed),
        (decided("refer"), Verdict::Refer, ServiceState::Unknown),
        (decided("Pass"), Verdict::Unknown, ServiceState::Unknown),
        (undecided.to_owned(), Verdict::Unknown, ServiceState::Unknown),
    ];
    for (face, verdict, state) in cases {
        for whole in [all(&[LIVENESS, &face]), all(&[&face, LIVENESS])] {
            assert_eq!(whole.verdict(), verdict, "{face}");
            assert_eq!(whole.service(Service::FaceRecognition).state(), state, "{face}");
            assert_eq!(whole.service(Service::FaceLivenessDetection).state(), ServiceState::Passed);
        }
    }
    assert_eq!(all(&[&decided("refer"), undecided]).verdict(), Verdict::Unknown);
    assert_eq!(all(&[&decided("fail"), undecided]).verdict(), Verdict::Fail);
}

#[test]
fn a_score_is_the_lowest_and_missing_where_one_is() {
    let without = FACE.replace(r#","score":0.96"#, "");
    let odd = FACE.replace("0.96", "\"0.96\"");
    assert_eq!(all(&[LIVENESS, FACE]).score(), Score::Number(0.93));
    assert_eq!(all(&[LIVENESS, &without]).score(), Score::Absent);
    assert_eq!(all(&[LIVENESS, &odd]).score(), Score::Malformed);
    assert_eq!(all(&[&odd, &without]).score(), Score::Malformed);
}

#[test]
fn a_service_that_two_calls_speak_of_is_as_bad_as_the_worse_says() {
    let with_face = |report: &str| {
        LIVENESS.replacen("{\"face_live", &format!("{{\"face_recognition\":{report},\"face_live"), 1)
    };
    for (report, state) in [
        (r#"{"score":0.1,"code":1}"#, ServiceState::Failed),
        (r#"{"score":0.1,"error":"x"}"#, ServiceState::Errored),
        (r#"{"instances":[{"search":{"searchName":"bob"}}]}"#, ServiceState::Failed),
        ("{}", ServiceState::Unknown),
        (r#"{"score":0.9}"#, ServiceState::Passed),
    ] {
        let liveness = with_face(report);
        for whole in [all(&[&liveness, FACE]), all(&[FACE, &liveness])] {
            assert_eq!(whole.service(Service::FaceRecognition).state(), state, "{report}");
        }
    }
}

#[test]
fn media_that_do_not_do_fail_the_service_they_were_for() {
    let unfit = Reply::new(unfit(Check::Face, "face_not_detected"), Meta::from_headers(&HeaderMap::new()));
    let whole = join(reply(LIVENESS), unfit).into_inner();
    assert_eq!((whole.verdict(), whole.score()), (Verdict::Fail, Score::Absent));
    assert_eq!(whole.service(Service::FaceRecognition).state(), ServiceState::Failed);
    assert_eq!(whole.reasons(), ["face_not_detected"]);
}

/// A reply that mixes good and bad values at will, in the known shape.
fn replies() -> impl Strategy<Value = String> {
    let score = prop::sample::select(vec!["0.99", "0", "1", "\"0.9\"", "null", "{}"]);
    let finding = prop::sample::select(vec![
        "",
        r#","code":0"#,
        r#","code":1"#,
        r#","result":true"#,
        r#","error":"x""#,
    ]);
    let status = prop::sample::select(vec!["\"pass\"", "\"fail\"", "\"refer\"", "\"PASS\"", "null", "true"]);
    let service = prop::sample::select(Service::ALL.to_vec());
    prop::collection::vec((service, score.clone(), finding), 0..4).prop_flat_map(move |services| {
        (Just(services), status.clone(), score.clone()).prop_map(|(services, status, score)| {
            let mut seen = Vec::new();
            let mut members = Vec::new();
            for (service, score, finding) in services {
                if !seen.contains(&service) {
                    seen.push(service);
                    let name = super::super::report::name(service);
                    members.push(format!(r#""{name}":{{"score":{score}{finding}}}"#));
                }
            }
            let data = members.join(",");
            format!(r#"{{"data":{{{data}}},"decision":{{"status":{status},"score":{score}}},"meta":{{"request_id":"r"}}}}"#)
        })
    })
}

/// The paths of what speaks for a pass: everything but what objects to one.
fn removable(object: &Object, prefix: &[String]) -> Vec<Vec<String>> {
    let mut paths = Vec::new();
    for (name, value) in &object.0 {
        if matches!(name.as_str(), "error" | "code" | "result") {
            continue;
        }
        let path = [prefix, std::slice::from_ref(name)].concat();
        if let Json::Object(inner) = value {
            paths.extend(removable(inner, &path));
        }
        paths.push(path);
    }
    paths
}

fn remove(object: &mut Object, path: &[String]) {
    match path {
        [] => {}
        [name] => drop(object.0.remove(name)),
        [name, rest @ ..] => {
            if let Some(Json::Object(inner)) = object.0.get_mut(name) {
                remove(inner, rest);
            }
        }
    }
}

proptest! {
    #[test]
    fn removing_what_speaks_for_a_pass_gains_nothing(text in replies()) {
        let root = read_object(text.as_bytes()).unwrap();
        let before = reply_of(&root).unwrap().into_inner();
        for path in removable(&root, &[]) {
            let mut less = root.clone();
            remove(&mut less, &path);
            let after = reply_of(&less).unwrap().into_inner();
            prop_assert!(after.verdict() != Verdict::Pass || before.verdict() == Verdict::Pass, "{path:?}");
            for (before, after) in states(&before).into_iter().zip(states(&after)) {
                prop_assert!(after != ServiceState::Passed || before == ServiceState::Passed, "{path:?}");
            }
        }
    }

    #[test]
    fn one_more_call_gains_no_verdict_and_no_score(one in replies(), other in replies()) {
        let alone = reply(&one).into_inner();
        let together = join(reply(&one), reply(&other)).into_inner();
        prop_assert!(together.verdict() != Verdict::Pass || alone.verdict() == Verdict::Pass);
        if let Score::Number(score) = together.score() {
            prop_assert!(alone.score().number().is_some_and(|alone| score <= alone));
        }
    }

    #[test]
    fn order_does_not_matter(one in replies(), other in replies()) {
        let forth = join(reply(&one), reply(&other)).into_inner();
        let back = join(reply(&other), reply(&one)).into_inner();
        prop_assert_eq!(forth.verdict(), back.verdict());
        prop_assert_eq!(forth.score(), back.score());
        prop_assert_eq!(states(&forth), states(&back));
    }

    /// Whatever bytes come: no panic, and a pass only where the word stands in its place.
    #[test]
    fn any_text_is_read_without_a_panic(text in r#"(\{|\}|\[|\]|:|,|"(decision|status|pass|score|data|face_recognition|meta)"|0\.9|null|true| ){0,40}"#) {
        let Ok(root) = read_object(text.as_bytes()) else { return Ok(()) };
        if let Ok(reply) = reply_of(&root) && reply.value().verdict() == Verdict::Pass {
            let status = root.get("decision").and_then(Json::as_object).and_then(|decision| decision.get_str("status"));
            prop_assert_eq!(status, Some("pass"));
        }
    }
}
