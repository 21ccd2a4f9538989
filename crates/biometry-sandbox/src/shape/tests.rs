use serde_json::{Value, json};

use super::*;
use crate::persona;
use crate::service::ServiceSet;
use crate::verification::{Capture, FirstRun, Standing, verify};

fn text(shape: Shape, subject: &str) -> String {
    let standing = Standing { authorization: true, storage: true, face_enrolled: true, voice_enrolled: true };
    rendered(shape, subject, standing)
}

fn rendered(shape: Shape, subject: &str, standing: Standing) -> String {
    let capture = Capture {
        subject: Some(subject),
        persona: &persona::parse(subject),
        phrase: "one two 3",
        says: None,
        selected: ServiceSet::ALL,
        standing,
        first_run: FirstRun::Passes,
    };
    video(shape, ScoreScale::Percent, &verify(&capture))
}

fn body(shape: Shape, subject: &str) -> Value {
    serde_json::from_str(&text(shape, subject)).unwrap()
}

#[test]
fn a_pass_as_the_sdk_reads_it() {
    let expected = json!({
        "data": {
            "Active Speaker Detection": { "code": 0, "description": "Successful check", "score": 90.5, "result": 96.32 },
            "Face Liveness Detection": { "code": 0, "description": "Successful check", "score": 90.5, "result": true },
            "Visual Speech Recognition":
                { "code": 0, "description": "Successful check", "score": 90.5, "result": "ONE TWO THREE" },
            "Voice Recognition":
                { "status": "good", "id": "ana_o@x", "score": 11.834825, "imposter_prob": 0, "log_odds": "12.4" },
            "Face Recognition": { "code": 0, "description": "Successful check", "score": 90.5 },
        },
        "scoring_result": "pass",
        "score": 92.5,
        "message": "video processed successfully",
    });
    assert_eq!(body(Shape::Sdk, "ana o@x"), expected);
}

#[test]
fn a_pass_as_the_guide_shows_it() {
    let expected = json!({
        "data": {
            "Active Speaker Detection": { "code": 200, "result": 0.9632 },
            "Face Liveness Detection": { "code": 200, "result": true },
            "Visual Speech Recognition": { "code": 200, "result": "one two three" },
            "Voice Recognition": { "status": "identified", "score": 0.89 },
            "Face Recognition": { "instances": [{ "search": { "probability": 0.97, "searchName": "ana@x" } }] },
        },
        "scoring_result": { "status": "pass" },
        "score": 92.5,
        "decision_reasons": ["face_match_passed", "voice_match_passed"],
        "message": "video processed successfully",
    });
    assert_eq!(body(Shape::Guide, "ana@x"), expected);
}

#[test]
fn an_older_pass_has_conditions_in_place_of_a_result() {
    let body = body(Shape::Legacy, "ana@x");
    let conditions = json!({ "failed_conditions": [], "failed_refer_conditions": [], "status": "pass" });
    assert_eq!(body["result_conditions"], conditions);
    assert_eq!(body.get("scoring_result"), None);
    assert_eq!(body["data"]["Face Recognition"], json!({ "code": 0, "description": "Successful check" }));
}

#[test]
fn a_failure_says_why_in_every_shape() {
    let reasons = json!(["liveness_failed"]);
    for shape in [Shape::Sdk, Shape::Guide] {
        assert_eq!(body(shape, "fail+liveness@x")["decision_reasons"], reasons);
    }
    let legacy = body(Shape::Legacy, "fail+liveness@x");
    assert_eq!(legacy["result_conditions"]["failed_conditions"], reasons);
    assert_eq!(body(Shape::Sdk, "fail@x")["decision_reasons"], json!(["score_below_threshold"]));
    assert_eq!(body(Shape::Legacy, "refer@x")["result_conditions"]["failed_conditions"], json!([]));
}

#[test]
fn failing_services_carry_their_codes() {
    let cases = [
        ("fail+liveness@x", "Face Liveness Detection", 1),
        ("no-face@x", "Face Liveness Detection", 2),
        ("no-face@x", "Active Speaker Detection", 2),
        ("many-faces@x", "Face Liveness Detection", 3),
        ("not-centred@x", "Face Liveness Detection", 4),
        ("fail+speaker@x", "Active Speaker Detection", 1),
        ("fail+speech@x", "Visual Speech Recognition", 1),
        ("fail+face@x", "Face Recognition", 1),
    ];
    for shape in [Shape::Sdk, Shape::Guide, Shape::Legacy] {
        for (subject, service, code) in cases {
            assert_eq!(body(shape, subject)["data"][service]["code"], code, "{shape:?} {subject} {service}");
        }
        assert_eq!(body(shape, "fail+voice@x")["data"]["Voice Recognition"]["status"], "failed");
    }
}

#[test]
fn an_unenrolled_face_and_voice_say_so() {
    let standing = Standing { authorization: true, storage: true, ..Standing::default() };
    for shape in [Shape::Sdk, Shape::Guide, Shape::Legacy] {
        let body: Value = serde_json::from_str(&rendered(shape, "ana@x", standing)).unwrap();
        assert_eq!(body["data"]["Face Recognition"]["code"], 1);
        assert_eq!(body["data"]["Voice Recognition"]["error"], "not enrolled");
        if shape != Shape::Guide {
            assert_eq!(body["data"]["Face Recognition"]["description"], "Face not enrolled");
        }
    }
}

#[test]
fn an_errored_service_has_an_error_and_a_harmless_looking_code() {
    for shape in [Shape::Sdk, Shape::Guide, Shape::Legacy] {
        let face = &body(shape, "errored+face@x")["data"]["Face Recognition"];
        assert_eq!((face["code"].as_i64(), face["error"].is_string()), (Some(0), true));
        assert!(body(shape, "errored+voice@x")["data"]["Voice Recognition"]["error"].is_string());
    }
}

#[test]
fn the_other_user_is_named_in_every_shape() {
    for shape in [Shape::Sdk, Shape::Guide, Shape::Legacy] {
        let names = |subject| -> Vec<String> {
            let body = body(shape, subject);
            let instances = body["data"]["Face Recognition"]["instances"].as_array().unwrap();
            instances.iter().map(|one| one["search"]["searchName"].as_str().unwrap().to_owned()).collect()
        };
        assert_eq!(names("someone-else@x"), ["mallory@example.com"]);
        assert_eq!(names("two-people@x"), ["two-people@x", "mallory@example.com"]);
    }
}

#[test]
fn scores_are_what_the_persona_asks_for() {
    assert_eq!(body(Shape::Sdk, "lowscore@x")["score"], 12.0);
    assert_eq!(body(Shape::Sdk, "score+150@x")["score"], 150.0);
    assert_eq!(body(Shape::Sdk, "score+-1@x")["score"], -1.0);
    assert_eq!(body(Shape::Sdk, "textscore@x")["score"], "92.5");
    assert_eq!(body(Shape::Sdk, "noscore@x").get("score"), None);
    assert_eq!(body(Shape::Sdk, "score+0@x").get("score"), None);
}

#[test]
fn unusual_envelopes() {
    assert_eq!(body(Shape::Sdk, "minimal@x"), json!({ "message": "video processed successfully" }));
    assert_eq!(body(Shape::Sdk, "nodata@x").get("data"), None);
    assert_eq!(body(Shape::Sdk, "nodata@x")["scoring_result"], "pass");
    assert_eq!(body(Shape::Sdk, "noverdict@x").get("scoring_result"), None);
    assert_eq!(body(Shape::Sdk, "unknown@x")["scoring_result"], "passed");
}

#[test]
fn duplicate_keys_are_valid_json_with_two_answers() {
    for shape in [Shape::Sdk, Shape::Guide, Shape::Legacy] {
        let text = text(shape, "duplicate-keys@x");
        let verdict = if shape == Shape::Legacy { "\"result_conditions\":" } else { "\"scoring_result\":" };
        assert_eq!(text.matches(verdict).count(), 2, "{text}");
        let last_wins: Value = serde_json::from_str(&text).unwrap();
        assert!(last_wins.to_string().contains("pass"), "{text}");
        assert!(text.find("\"fail\"") < text.find("\"pass\""), "{text}");
    }
}
