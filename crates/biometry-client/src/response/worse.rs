//! Any reply of a known shape, made worse in one member, is no pass.

use proptest::prelude::*;

use super::match_faces::parse_match;
use super::v2::Envelope;
use super::v2::match_faces::parse_match as parse_match_v2;
use super::v2::verification::parse_check;
use super::verification::parse_verification;
use crate::json::{Json, Object, read, read_object};
use crate::{Service, ServiceState, UserFullname, Verdict, Verification};

const SDK: &str = r#"{"data":{
    "Active Speaker Detection":{"code":0,"description":"Successful check","result":90.0,"score":96.3},
    "Face Liveness Detection":{"code":0,"description":"Successful check","result":true,"score":90.5},
    "Visual Speech Recognition":{"code":0,"description":"Successful check","result":"ONE TWO","score":0.9},
    "Face Recognition":{"code":0,"description":"Successful check","score":0.97},
    "Voice Recognition":{"status":"good","id":"ana","score":11.8,"imposter_prob":0,"log_odds":"12.4"}},
    "scoring_result":"pass","score":95.5,"message":"video processed successfully"}"#;
const GUIDE: &str = r#"{"data":{
    "Active Speaker Detection":{"code":200,"result":0.95},
    "Face Liveness Detection":{"code":200,"result":true},
    "Visual Speech Recognition":{"code":200,"result":"one two"},
    "Voice Recognition":{"status":"identified","score":0.89},
    "Face Recognition":{"instances":[{"search":{"probability":0.97,"searchName":"ana"}}]}},
    "scoring_result":{"status":"pass","rules":[{"name":"x","status":"pass"}]},"score":92.5}"#;
const LEGACY: &str = r#"{"data":{
    "Active Speaker Detection":{"code":0,"result":1},
    "Face Liveness Detection":{"code":0,"result":true},
    "Visual Speech Recognition":{"code":0,"result":"ONE TWO"},
    "Face Recognition":{"code":0},
    "Voice Recognition":{"status":"good","id":"ana"}},
    "result_conditions":{"failed_conditions":[],"failed_refer_conditions":[],"status":"pass"}}"#;
const VERSION_2: &str = r#"{"data":{"face_liveness_detection":{"code":0,"result":true,"score":0.99},
    "active_speaker_detection":{"code":0,"result":96.3,"score":0.97},
    "visual_speech_recognition":{"score":0.95,"result":"one two"},
    "face_recognition":{"score":0.98},"voice_recognition":{"status":"good","id":"ana","score":0.9}},
    "decision":{"status":"pass","score":0.93,"reasons":[]},"meta":{"request_id":"r-1"}}"#;
const MATCH: &str = r#"{"data":{"anchor":{"code":0},"target":{"code":0},"code":0,"result":true,"score":93.5},
    "score":93.5,"scoring_result":{"rule":{"status":"pass"}},"message":"m"}"#;
const MATCH_SDK: &str = r#"{"data":{"code":0,"result":1,"anchor":{"code":0},"target":{"code":0}},
    "scoring_result":{"status":"pass"}}"#;
const MATCH_VERSION_2: &str = r#"{"data":{"face_recognition":{"code":0,"score":0.97}},
    "decision":{"status":"pass","score":0.95},"meta":{"request_id":"r-1"}}"#;

/// Whether a reply is a pass in which every service has passed.
type Passes = fn(&Object) -> bool;

const SHAPES: [(&str, Passes); 7] = [
    (SDK, passes_v1),
    (GUIDE, passes_v1),
    (LEGACY, passes_v1),
    (VERSION_2, passes_v2),
    (MATCH, matches_v1),
    (MATCH_SDK, matches_v1),
    (MATCH_VERSION_2, matches_v2),
];

/// What turns a decisive member of a reply into its opposite, by the member's name.
fn worse_values(name: &str) -> &'static [&'static str] {
    match name {
        "scoring_result" | "result_conditions" | "decision" => &[
            "\"fail\"",
            "\"refer\"",
            "\"FAIL\"",
            "\"PASS\"",
            "{}",
            "[]",
            "true",
            "1",
            r#"{"status":"fail"}"#,
        ],
        "status" => &["\"fail\"", "\"failed\"", "\"refer\"", "\"error\"", "\"GOOD\"", "\"\"", "0", "false"],
        "code" => &["1", "2", "-1", "201", "0.5", "\"0\"", "false", "{}"],
        "result" => &["false", "0", "-1", "0.0", "null", "[]", "[false]"],
        "searchName" | "id" => &["\"bob\"", "\"ANA\"", "\"ana \"", "7", "{}"],
        _ => &[],
    }
}

/// What contradicts a pass wherever it is put in.
const OBJECTIONS: [(&str, &str); 9] = [
    ("error", "\"timed out\""),
    ("error", "{}"),
    ("errors", "[\"timed out\"]"),
    ("scoring_result", "\"fail\""),
    ("scoring_result", r#"{"rule":{"status":"fail"}}"#),
    ("result_conditions", r#"{"status":"pass","failed_conditions":["x"]}"#),
    ("decision", r#"{"status":"refer"}"#),
    ("verdict", "\"fail\""),
    ("status", "\"error\""),
];

/// What contradicts a pass in the report of one service.
const DENIALS: [(&str, &str); 5] =
    [("match", "false"), ("passed", "0"), ("searchName", "\"bob\""), ("id", "\"bob\""), ("name", "\"bob\"")];

#[test]
fn every_shape_passes_as_it_is() {
    for (text, passes) in SHAPES {
        assert!(passes(&read_object(text.as_bytes()).unwrap()), "{text}");
    }
}

#[test]
fn no_reply_passes_with_one_member_made_worse() {
    for (text, passes) in SHAPES {
        let root = read_object(text.as_bytes()).unwrap();
        let mut tried = 0;
        for worse in worsened(&root) {
            assert!(!passes(&worse), "{worse:?}");
            tried += 1;
        }
        assert!(tried > 30, "{tried} changes to {text}");
    }
}

proptest! {
    /// Whatever else is changed for the better or the worse beside it, nothing makes up for a worse member.
    #[test]
    fn nothing_makes_up_for_a_worse_member(
        shape in 0..SHAPES.len(),
        which in any::<prop::sample::Index>(),
        name in "[a-z_]{1,12}",
        more in prop::sample::select(vec!["true", "1", "\"pass\"", "\"ana\"", "{\"status\":\"pass\"}", "[]", "null"]),
    ) {
        let (text, passes) = SHAPES[shape];
        let all = worsened(&read_object(text.as_bytes()).unwrap());
        let mut worse = all[which.index(all.len())].clone();
        worse.0.entry(name).or_insert(read(more.as_bytes()).unwrap());
        prop_assert!(!passes(&worse), "{worse:?}");
    }
}

/// Every reply that differs from this one in one member, for the worse.
fn worsened(root: &Object) -> Vec<Object> {
    let mut all = Vec::new();
    worsen(root, Place::Root, &|changed| changed, &mut all);
    all
}

#[derive(Clone, Copy, PartialEq)]
enum Place {
    Root,
    Data,
    Elsewhere,
}

/// Makes each member of `part` worse; `whole` puts a changed part back into its place.
fn worsen(part: &Object, place: Place, whole: &dyn Fn(Object) -> Object, all: &mut Vec<Object>) {
    let is_report = ["score", "code", "id"].into_iter().any(|name| part.0.contains_key(name));
    let additions = match place {
        Place::Root => &OBJECTIONS[..],
        Place::Data if is_report => &DENIALS[..],
        Place::Data | Place::Elsewhere => &[],
    };
    for (name, value) in additions.iter().filter(|(name, _)| !part.0.contains_key(*name)) {
        all.push(whole(with(part, name, read(value.as_bytes()).unwrap())));
    }
    for (name, member) in &part.0 {
        // A text that lips said is no flag.
        let is_transcript = name == "result" && member.as_str().is_some();
        for value in worse_values(name).iter().filter(|_| !is_transcript) {
            all.push(whole(with(part, name, read(value.as_bytes()).unwrap())));
        }
        let place = if name == "data" || place == Place::Data { Place::Data } else { Place::Elsewhere };
        match member {
            Json::Object(inner) => {
                worsen(inner, place, &|changed| whole(with(part, name, Json::Object(changed))), all);
            }
            Json::Array(items) => {
                for (index, inner) in
                    items.iter().enumerate().filter_map(|(i, item)| Some((i, item.as_object()?)))
                {
                    let put = |changed| {
                        let mut items = items.clone();
                        items[index] = Json::Object(changed);
                        whole(with(part, name, Json::Array(items)))
                    };
                    worsen(inner, place, &put, all);
                }
            }
            Json::Null | Json::Bool(_) | Json::Number(_) | Json::String(_) => {}
        }
    }
}

fn with(part: &Object, name: &str, value: Json) -> Object {
    let mut changed = part.clone();
    changed.0.insert(name.to_owned(), value);
    changed
}

fn user() -> UserFullname {
    UserFullname::parse("ana").unwrap()
}

fn passes_v1(root: &Object) -> bool {
    parse_verification(root, &user()).is_ok_and(|verification| passes(&verification))
}

fn passes_v2(root: &Object) -> bool {
    let check = Envelope::open(root).and_then(|envelope| parse_check(&envelope, &user()));
    check.is_ok_and(|verification| passes(&verification))
}

fn matches_v1(root: &Object) -> bool {
    parse_match(root, Some(&user())).is_ok_and(|faces| faces.is_match())
}

fn matches_v2(root: &Object) -> bool {
    let faces = Envelope::open(root).and_then(|envelope| parse_match_v2(&envelope, &user()));
    faces.is_ok_and(|faces| faces.is_match())
}

fn passes(verification: &Verification) -> bool {
    let all = |state| Service::ALL.iter().all(|service| verification.service(*service).state() == state);
    verification.verdict() == Verdict::Pass && all(ServiceState::Passed)
}
