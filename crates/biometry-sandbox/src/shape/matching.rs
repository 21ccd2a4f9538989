//! Face matches.

use serde_json::{Value, json};

use super::{ScoreScale, Shape};
use crate::persona::Matching;

pub(crate) fn face_match(shape: Shape, scale: ScoreScale, matching: Matching) -> Value {
    let same = matches!(matching, Matching::Same | Matching::Contradictory);
    let mut body = json!({ "data": data(shape, scale, matching), "message": "faces match result is here" });
    if shape != Shape::Legacy {
        body["scoring_result"] = json!({ "status": if same { "pass" } else { "fail" } });
        body["decision_reasons"] = if same { json!([]) } else { json!(["face_match_failed"]) };
    }
    if shape == Shape::Guide {
        body["score"] = body["data"]["score"].clone();
    }
    body
}

fn data(shape: Shape, scale: ScoreScale, matching: Matching) -> Value {
    let (same, code, description) = match matching {
        Matching::Same => (true, 0, "Successful check"),
        Matching::Different => (false, 1, "Faces do not match"),
        Matching::Contradictory => (true, 1, "Faces do not match"),
        Matching::NoFaceInImage => (false, 1, "No face found in the image"),
    };
    let anchor = match matching {
        Matching::NoFaceInImage => json!({ "code": 1, "description": "No face found in the image" }),
        Matching::Same | Matching::Different | Matching::Contradictory => {
            json!({ "code": 0, "description": "One face found in the image" })
        }
    };
    let target = json!({ "code": 0, "description": "One face found in the video" });
    let percent = if same { 94.5 } else { 12.25 };
    let rated = json!({ "anchor": anchor, "target": target, "percentages": [percent], "score": scale.of_percent(percent) });
    match shape {
        Shape::Sdk => json!({
            "code": code, "result": i32::from(same), "description": description, "anchor": anchor, "target": target,
        }),
        Shape::Guide => {
            with(rated, [("code", code.into()), ("description", description.into()), ("result", same.into())])
        }
        Shape::Legacy => with(rated, [("result", f64::from(u8::from(same)).into())]),
    }
}

fn with<const N: usize>(mut object: Value, members: [(&str, Value); N]) -> Value {
    for (name, value) in members {
        object[name] = value;
    }
    object
}
