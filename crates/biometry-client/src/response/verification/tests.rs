use proptest::prelude::*;

use super::*;
use crate::ServiceState;
use crate::json::read_object;

/// A passing reply as `biometry-sdk` 2.4 types it.
const SDK_PASS: &str = r#"{"data":{
    "Active Speaker Detection":{"code":0,"description":"Successful check","result":90.0,"score":96.3},
    "Face Liveness Detection":{"code":0,"description":"Successful check","result":true,"score":90.5},
    "Visual Speech Recognition":{"code":0,"description":"Successful check","result":"ONE TWO THREE","score":0.9},
    "Face Recognition":{"code":0,"description":"Successful check","score":0.97},
    "Voice Recognition":{"status":"good","id":"ana","score":11.834825,"imposter_prob":0,"log_odds":"12.4"}},
    "scoring_result":"pass","score":95.5,"message":"video processed successfully"}"#;

/// A passing reply as the integration guide shows it.
const GUIDE_PASS: &str = r#"{"data":{
    "Active Speaker Detection":{"code":200,"result":0.95},
    "Face Liveness Detection":{"code":200,"result":true},
    "Visual Speech Recognition":{"code":200,"result":"one two three"},
    "Voice Recognition":{"status":"identified","score":0.89},
    "Face Recognition":{"instances":[{"search":{"probability":0.97,"searchName":"ana"}}]}},
    "scoring_result":{"status":"pass","rules":[{"name":"x"}]},"score":92.5,
    "decision_reasons":["face_match_passed","voice_match_passed"],"message":"video processed successfully"}"#;

/// A passing reply of the first versions.
const LEGACY_PASS: &str = r#"{"data":{"Face Liveness Detection":{"code":0,"description":"Successful check","result":true}},
    "result_conditions":{"failed_conditions":[],"failed_refer_conditions":[],"status":"pass"}}"#;

const REFER: &str = r#"{"data":{"Face Liveness Detection":{"code":0,"result":true}},
    "scoring_result":"refer","score":60,"decision_reasons":["low_face_score"]}"#;

const LIVENESS_FAIL: &str = r#"{"data":{
    "Face Liveness Detection":{"code":1,"description":"Liveness not passed","result":false},
    "Face Recognition":{"code":0,"description":"Successful check"}},
    "scoring_result":"fail","decision_reasons":["liveness_failed"],"message":"video processed successfully"}"#;

const SOMEONE_ELSE: &str = r#"{"data":{
    "Face Recognition":{"instances":[{"search":{"probability":0.99,"searchName":"bob"}}]},
    "Voice Recognition":{"status":"failed","score":0.1}},"scoring_result":{"status":"fail"}}"#;

const MINIMAL: &str = r#"{"message":"video processed successfully"}"#;
const STUB: &str = r#"{"status":"success"}"#;

const ALL: [&str; 8] = [SDK_PASS, GUIDE_PASS, LEGACY_PASS, REFER, LIVENESS_FAIL, SOMEONE_ELSE, MINIMAL, STUB];

fn parse(text: &str) -> Result<Verification, Unparsable> {
    parse_object(&read_object(text.as_bytes()).unwrap())
}

fn parse_object(root: &Object) -> Result<Verification, Unparsable> {
    parse_verification(root, &UserFullname::parse("ana").unwrap())
}

fn states(verification: &Verification) -> [ServiceState; 5] {
    Service::ALL.map(|service| verification.service(service).state())
}

#[test]
fn reads_a_pass_in_every_shape() {
    for text in [SDK_PASS, GUIDE_PASS] {
        let verification = parse(text).unwrap();
        assert_eq!(verification.verdict(), Verdict::Pass);
        assert_eq!(states(&verification), [ServiceState::Passed; 5]);
        assert!(verification.score().number().is_some_and(|score| score > 90.0));
        let transcript = verification.service(Service::VisualSpeechRecognition).transcript();
        assert_eq!(transcript.map(str::to_lowercase).as_deref(), Some("one two three"));
    }
    let guide = parse(GUIDE_PASS).unwrap();
    assert_eq!(guide.reasons(), ["face_match_passed", "voice_match_passed"]);
    assert_eq!(guide.service(Service::FaceRecognition).names(), ["ana"]);
    let legacy = parse(LEGACY_PASS).unwrap();
    assert_eq!((legacy.verdict(), legacy.score()), (Verdict::Pass, Score::Absent));
    assert_eq!(legacy.service(Service::FaceRecognition).state(), ServiceState::Absent);
}

#[test]
fn reads_what_is_not_a_pass() {
    let cases = [
        (REFER, Verdict::Refer),
        (LIVENESS_FAIL, Verdict::Fail),
        (SOMEONE_ELSE, Verdict::Fail),
        (MINIMAL, Verdict::Unknown),
        (STUB, Verdict::Unknown),
        ("{}", Verdict::Unknown),
        (r#"{"data":null,"scoring_result":null,"score":null}"#, Verdict::Unknown),
    ];
    for (text, verdict) in cases {
        assert_eq!(parse(text).unwrap().verdict(), verdict, "{text}");
    }
    let failed = parse(LIVENESS_FAIL).unwrap();
    assert_eq!(failed.service(Service::FaceLivenessDetection).state(), ServiceState::Failed);
    let other = parse(SOMEONE_ELSE).unwrap();
    assert_eq!(other.service(Service::FaceRecognition).state(), ServiceState::Failed);
    assert_eq!(other.service(Service::VoiceRecognition).state(), ServiceState::Failed);
}

#[test]
fn services_without_consent_are_absent_beside_a_pass() {
    let text = r#"{"data":{"Face Liveness Detection":{"code":0,"result":true}},"scoring_result":"pass"}"#;
    let verification = parse(text).unwrap();
    assert_eq!(verification.verdict(), Verdict::Pass);
    assert_eq!(verification.service(Service::FaceRecognition).state(), ServiceState::Absent);
    assert_eq!(verification.service(Service::VoiceRecognition).state(), ServiceState::Absent);
}

#[test]
fn a_service_under_another_name_is_no_service() {
    for name in ["face liveness detection", "face_liveness_detection", "Face Liveness Detection "] {
        let text = format!(r#"{{"data":{{"{name}":{{"code":0,"result":true}}}},"scoring_result":"pass"}}"#);
        assert_eq!(states(&parse(&text).unwrap()), [ServiceState::Absent; 5]);
    }
}

#[test]
fn data_of_another_type_is_not_understood() {
    for data in ["true", "\"pass\"", "1", "[]", "[{}]"] {
        assert_eq!(parse(&format!(r#"{{"data":{data},"scoring_result":"pass"}}"#)).err(), Some(Unparsable));
    }
}

#[test]
fn debug_shows_nothing_personal() {
    let shown = format!("{:?}", parse(GUIDE_PASS).unwrap());
    for secret in ["ana", "92.5", "one two", "face_match_passed", "0.97"] {
        assert!(!shown.contains(secret), "{shown}");
    }
}

/// The paths of all members at any depth; `error` and `failed_conditions` left out, since what
/// objects to a pass cannot be missed once it is gone.
fn member_paths(object: &Object) -> Vec<Vec<String>> {
    let mut paths = Vec::new();
    for (name, value) in &object.0 {
        if matches!(name.as_str(), "error" | "failed_conditions" | "failed_refer_conditions") {
            continue;
        }
        paths.push(vec![name.clone()]);
        for (index, inner) in inner_objects(value) {
            for mut path in member_paths(inner) {
                path.splice(0..0, [name.clone()].into_iter().chain(index.map(|index| index.to_string())));
                paths.push(path);
            }
        }
    }
    paths
}

fn inner_objects(value: &Json) -> Vec<(Option<usize>, &Object)> {
    match value {
        Json::Object(inner) => vec![(None, inner)],
        Json::Array(items) => {
            let objects = items.iter().enumerate();
            objects.filter_map(|(index, item)| Some((Some(index), item.as_object()?))).collect()
        }
        _ => Vec::new(),
    }
}

fn remove(object: &mut Object, path: &[String]) {
    match path {
        [] => {}
        [name] => drop(object.0.remove(name)),
        [name, rest @ ..] => match object.0.get_mut(name) {
            Some(Json::Object(inner)) => remove(inner, rest),
            Some(Json::Array(items)) => {
                if let Some(Json::Object(inner)) =
                    rest[0].parse::<usize>().ok().and_then(|index| items.get_mut(index))
                {
                    remove(inner, &rest[1..]);
                }
            }
            _ => {}
        },
    }
}

/// A reply that uses one known shape for each thing it says, with good and bad values mixed at will.
fn replies() -> impl Strategy<Value = String> {
    let code = one_of(&["0", "200", "1", "2", "\"0\"", "null"]);
    let result = one_of(&["true", "false", "1", "90.5", "\"one two\"", "null"]);
    let status = one_of(&["good", "identified", "failed", "enrolled", "odd"]);
    let names = proptest::collection::vec(one_of(&["ana", "bob", ""]), 0..3);
    let verdict = one_of(&["pass", "fail", "refer", "PASS", ""]);
    let place = 0..4_usize;
    (code.clone(), result.clone(), code, result, status, names, verdict, place, any::<bool>()).prop_map(
        |(code_a, result_a, code_b, result_b, status, names, verdict, place, by_code)| {
            let face = if by_code { format!(r#""code":{code_b}"#) } else { instances(&names) };
            let verdict = match place {
                0 => format!(r#","scoring_result":"{verdict}""#),
                1 => format!(r#","scoring_result":{{"status":"{verdict}"}}"#),
                2 => format!(r#","result_conditions":{{"status":"{verdict}"}}"#),
                _ => String::new(),
            };
            format!(
                r#"{{"data":{{
                "Active Speaker Detection":{{"code":{code_b},"result":{result_b}}},
                "Face Liveness Detection":{{"code":{code_a},"result":{result_a}}},
                "Visual Speech Recognition":{{"code":{code_a},"result":{result_a}}},
                "Voice Recognition":{{"status":"{status}","score":1}},
                "Face Recognition":{{{face}}}}},"score":92.5{verdict}}}"#
            )
        },
    )
}

fn one_of(texts: &'static [&'static str]) -> impl Strategy<Value = &'static str> + Clone {
    prop::sample::select(texts)
}

fn instances(names: &[&str]) -> String {
    let instances: Vec<String> = names
        .iter()
        .map(|name| format!(r#"{{"search":{{"searchName":"{name}","probability":0.9}}}}"#))
        .collect();
    format!(r#""instances":[{}]"#, instances.join(","))
}

/// A failing `result` beside a good code is an objection too, where the result is not required.
fn is_objection(path: &[String]) -> bool {
    let optional = ["Active Speaker Detection", "Visual Speech Recognition"];
    path.last().is_some_and(|name| name == "result")
        && path.iter().any(|name| optional.contains(&name.as_str()))
}

fn assert_removal_gains_nothing(root: &Object) -> Result<(), TestCaseError> {
    let before = parse_object(root).unwrap();
    for path in member_paths(root) {
        if is_objection(&path) {
            continue;
        }
        let mut less = root.clone();
        remove(&mut less, &path);
        prop_assert!(less != *root, "{path:?} was not removed");
        let after = parse_object(&less).unwrap();
        prop_assert!(after.verdict() != Verdict::Pass || before.verdict() == Verdict::Pass, "{path:?}");
        for (before, after) in states(&before).into_iter().zip(states(&after)) {
            prop_assert!(after != ServiceState::Passed || before == ServiceState::Passed, "{path:?}");
        }
    }
    Ok(())
}

#[test]
fn removing_a_member_of_a_known_reply_gains_nothing() {
    for text in ALL {
        assert_removal_gains_nothing(&read_object(text.as_bytes()).unwrap()).unwrap();
    }
}

proptest! {
    #[test]
    fn removing_a_member_gains_nothing(text in replies()) {
        assert_removal_gains_nothing(&read_object(text.as_bytes()).unwrap())?;
    }

    /// Cutting a reply anywhere leaves nothing that can be read.
    #[test]
    fn a_reply_cut_short_is_not_read(which in 0..ALL.len(), at in any::<prop::sample::Index>()) {
        let text = ALL[which];
        prop_assert!(read_object(&text.as_bytes()[..at.index(text.len())]).is_err());
    }

    /// Saying a second thing under the same name leaves nothing that can be read.
    #[test]
    fn a_second_verdict_is_not_read(verdict in "[a-z]{0,5}") {
        let text = format!(r#"{{"scoring_result":"fail",{}"#, &SDK_PASS[1..]);
        prop_assert!(read_object(text.as_bytes()).is_err());
        let text = format!(r#"{{"scoring_result":{{"status":"{verdict}","status":"pass"}}}}"#);
        prop_assert!(read_object(text.as_bytes()).is_err());
    }
}
