use super::*;
use crate::persona;
use crate::service::ServiceSet;
use crate::verification::{Capture, FirstRun, Standing, verify};

fn run(subject: &str, services: &[Service]) -> Verification {
    let persona = persona::parse(subject);
    verify(&Capture {
        subject: Some(subject),
        persona: &persona,
        phrase: "one two",
        says: None,
        selected: services.iter().copied().collect::<ServiceSet>(),
        standing: Standing {
            authorization: true,
            face_enrolled: true,
            voice_enrolled: true,
            ..Standing::default()
        },
        first_run: FirstRun::Passes,
    })
}

fn body(scores_only: bool, subject: &str, services: &[Service]) -> Value {
    serde_json::from_str(&check(scores_only, &run(subject, services), "r-1")).unwrap()
}

const LIVENESS: [Service; 3] = [Service::Liveness, Service::Speaker, Service::Speech];

#[test]
fn a_pass_has_scores_below_one_and_a_decision() {
    let expected = json!({
        "data": {
            "active_speaker_detection":
                { "code": 0, "description": "Successful check", "score": 0.905, "result": 96.32 },
            "face_liveness_detection":
                { "code": 0, "description": "Successful check", "score": 0.905, "result": true },
            "visual_speech_recognition":
                { "code": 0, "description": "Successful check", "score": 0.905, "result": "ONE TWO" },
        },
        "decision": { "status": "pass", "score": 0.925, "reasons": [] },
        "meta": { "request_id": "r-1" },
    });
    assert_eq!(body(false, "ana@x", &LIVENESS), expected);
    let face = body(true, "ana@x", &[Service::Face]);
    assert_eq!(face["data"], json!({ "face_recognition": { "score": 0.905 } }));
}

#[test]
fn failures_and_referrals_say_why() {
    let failed = body(false, "fail:liveness@x", &LIVENESS);
    assert_eq!(
        failed["decision"],
        json!({ "status": "fail", "score": 0.3125, "reasons": ["liveness_failed"] })
    );
    assert_eq!(failed["data"]["face_liveness_detection"]["code"], 1);
    assert_eq!(body(true, "refer@x", &LIVENESS)["decision"]["status"], "refer");
    let errored = body(true, "errored:face@x", &[Service::Face]);
    assert!(errored["data"]["face_recognition"]["error"].is_string());
    let other = body(true, "someone-else@x", &[Service::Face]);
    assert_eq!(
        other["data"]["face_recognition"]["instances"][0]["search"]["searchName"],
        "mallory@example.com"
    );
}

#[test]
fn unusual_envelopes() {
    assert_eq!(body(false, "noverdict@x", &LIVENESS).get("decision"), None);
    assert_eq!(body(false, "minimal@x", &LIVENESS), json!({ "meta": { "request_id": "r-1" } }));
    let nodata = body(false, "nodata@x", &LIVENESS);
    assert_eq!((nodata.get("data"), &nodata["decision"]["status"]), (None, &json!("pass")));
    let text = check(false, &run("duplicate-keys@x", &LIVENESS), "r-1");
    assert_eq!(text.matches("\"decision\":").count(), 2, "{text}");
    assert!(text.find("\"fail\"") < text.find("\"pass\""), "{text}");
    assert_eq!(body(false, "textscore@x", &LIVENESS)["decision"]["score"], "0.925");
    assert_eq!(body(false, "score:0.71@x", &LIVENESS)["decision"]["score"], 0.71);
}
