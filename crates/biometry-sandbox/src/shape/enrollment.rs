//! Enrollments. HTTP 200 says only that the request was understood; the inner result says whether it worked.

use serde_json::{Value, json};

use super::{Shape, ZoneCheck, document};
use crate::persona::{Document, Framing, VoiceSample};

/// `document` is there where the picture was said to be a document.
pub(crate) fn face_enrollment(shape: Shape, framing: Framing, document: Option<Document>) -> Value {
    let (code, description, message) = match framing {
        Framing::Good => (0, "Successful check", "face enrolled successfully"),
        Framing::NoFace => (1, "No face found", NOT_ENROLLED),
        Framing::ManyFaces => (2, "More than one face found", NOT_ENROLLED),
        Framing::NotCentred => (3, "Face is not centred", NOT_ENROLLED),
    };
    let key = if shape == Shape::Legacy { "enroll_result" } else { "enrollment_result" };
    let mut data = json!({ key: { "code": code, "description": description } });
    let document = document.map(|document| document::info(document, ZoneCheck::Omitted));
    if document.is_some() || shape == Shape::Sdk {
        data["document_auth"] = document.into();
    }
    json!({ "data": data, "message": message })
}

pub(crate) fn voice_enrollment(shape: Shape, sample: VoiceSample) -> Value {
    let (status, message) = match sample {
        VoiceSample::Good => ("good", "voice registered successfully"),
        VoiceSample::AlreadyEnrolled => ("enrolled", "voice registered successfully"),
        VoiceSample::QualityFailed => ("qafailed", "voice was not registered"),
        VoiceSample::Error => ("error", "voice was not registered"),
    };
    let list = qualities(sample);
    let mut data = json!({ "status": status, "qa_combined": null, "qa_list": list });
    if shape == Shape::Legacy {
        data["message"] = message.into();
        return data;
    }
    json!({ "data": data, "message": message })
}

/// One list of checks for the one recording: its loudness over the noise, and what was heard.
fn qualities(sample: VoiceSample) -> Value {
    let (status, value) = match sample {
        VoiceSample::Good | VoiceSample::AlreadyEnrolled => ("good", 24.5),
        VoiceSample::QualityFailed => ("fail", 6.5),
        VoiceSample::Error => return json!([]),
    };
    let quality =
        json!({ "status": status, "property": "snr", "value": value, "op": ">=", "threshold": 12.0 });
    let heard = json!([{ "score": 0.93, "text": "one two three" }]);
    let recognition = json!({ "status": "good", "property": "asr", "results": heard });
    json!([{ "status": status, "results": [quality, recognition] }])
}

const NOT_ENROLLED: &str = "face was not enrolled";
