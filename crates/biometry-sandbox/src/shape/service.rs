//! One service's object within `data`.

use serde_json::{Map, Value, json};

use super::Shape;
use crate::service::Service;
use crate::verification::{Finding, Verification};

pub(super) fn render(shape: Shape, service: Service, finding: Finding, whole: &Verification) -> Value {
    match service {
        Service::Voice => voice(shape, finding, whole),
        Service::Face => face(shape, finding, whole),
        Service::Speaker => coded(shape, service, finding, speaker_result(shape, finding)),
        Service::Speech => coded(shape, service, finding, speech_result(shape, whole)),
        Service::Liveness => coded(shape, service, finding, (finding == Finding::Passed).into()),
    }
}

/// The services that answer with a code. An errored one leaves its code at zero, which elsewhere means success.
fn coded(shape: Shape, service: Service, finding: Finding, result: Value) -> Value {
    if finding == Finding::Errored {
        return json!({ "code": 0, "error": SERVICE_ERROR });
    }
    let mut object = Map::new();
    object.insert("code".to_owned(), code(shape, finding).into());
    if shape != Shape::Guide {
        object.insert("description".to_owned(), description(service, finding).into());
    }
    if shape == Shape::Sdk {
        object.insert("score".to_owned(), service_score(finding).into());
    }
    object.insert("result".to_owned(), result);
    object.into()
}

fn face(shape: Shape, finding: Finding, whole: &Verification) -> Value {
    let Value::Object(mut object) = coded(shape, Service::Face, finding, Value::Null) else {
        return Value::Null;
    };
    object.remove("result");
    if shape == Shape::Guide && finding == Finding::Passed {
        object.remove("code");
    }
    let names = shape == Shape::Guide || whole.contested;
    if names && finding != Finding::Errored {
        object.insert("instances".to_owned(), instances(finding, whole));
    }
    object.into()
}

fn instances(finding: Finding, whole: &Verification) -> Value {
    if finding != Finding::Passed {
        return json!([]);
    }
    let found = |name: &String| json!({ "search": { "probability": 0.97, "searchName": name } });
    whole.recognised.iter().map(found).collect()
}

/// Voice Recognition answers with a status; its score is a log-likelihood, and the same number is there as text.
fn voice(shape: Shape, finding: Finding, whole: &Verification) -> Value {
    let passed = finding == Finding::Passed;
    let mut object = match (shape, passed) {
        (Shape::Guide, true) => json!({ "status": "identified", "score": 0.89 }),
        (Shape::Guide, false) => json!({ "status": "failed", "score": 0.12 }),
        (Shape::Sdk | Shape::Legacy, true) => {
            json!({ "status": "good", "score": 11.834825, "imposter_prob": 0, "log_odds": "12.4" })
        }
        (Shape::Sdk | Shape::Legacy, false) => {
            json!({ "status": "failed", "score": -3.1, "imposter_prob": 0.97, "log_odds": "-3.5" })
        }
    };
    if shape != Shape::Guide {
        object["id"] = whole.recognised.first().map(|name| name.replace(' ', "_")).into();
    }
    match finding {
        Finding::NotEnrolled => object["error"] = "not enrolled".into(),
        Finding::Errored => object["error"] = SERVICE_ERROR.into(),
        Finding::Passed | Finding::Failed | Finding::NoFace | Finding::ManyFaces | Finding::NotCentred => {}
    }
    object
}

fn code(shape: Shape, finding: Finding) -> u16 {
    match finding {
        Finding::Passed if shape == Shape::Guide => 200,
        Finding::Passed => 0,
        Finding::Failed | Finding::NotEnrolled | Finding::Errored => 1,
        Finding::NoFace => 2,
        Finding::ManyFaces => 3,
        Finding::NotCentred => 4,
    }
}

fn description(service: Service, finding: Finding) -> &'static str {
    match (finding, service) {
        (Finding::Passed, _) => "Successful check",
        (Finding::NotEnrolled, _) => "Face not enrolled",
        (Finding::NoFace, _) => "No face found",
        (Finding::ManyFaces, _) => "More than one face found",
        (Finding::NotCentred, _) => "Face is not centred",
        (Finding::Errored, _) => "",
        (Finding::Failed, Service::Speaker) => "Not speaking",
        (Finding::Failed, Service::Speech) => "Phrase does not match",
        (Finding::Failed, Service::Liveness) => "Liveness check not passed",
        (Finding::Failed, Service::Voice | Service::Face) => "Face does not match",
    }
}

fn service_score(finding: Finding) -> f64 {
    if finding == Finding::Passed { 90.5 } else { 12.25 }
}

fn speaker_result(shape: Shape, finding: Finding) -> Value {
    let percent = if finding == Finding::Passed { 96.32 } else { 4.5 };
    if shape == Shape::Guide { (percent / 100.0).into() } else { percent.into() }
}

fn speech_result(shape: Shape, whole: &Verification) -> Value {
    if shape == Shape::Guide { whole.heard.clone().into() } else { whole.heard.to_uppercase().into() }
}

const SERVICE_ERROR: &str = "service is temporarily unavailable";
