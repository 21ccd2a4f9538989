//! Replies of `POST /api-gateway/enroll/face` and `…/enroll/voice`.

use super::Unparsable;
use super::document::{Document, parse_document};
use super::verdict::contradicts_pass;
use crate::json::{Json, Object};

/// What came of enrolling a face. Status 200 alone is no success: look at the outcome.
#[derive(Clone, Debug, PartialEq)]
pub struct FaceEnrollment {
    outcome: FaceEnrollmentOutcome,
    document: Option<Document>,
}

/// How enrolling a face came out.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum FaceEnrollmentOutcome {
    /// The face is enrolled.
    Enrolled,
    /// No face, or one too small or of bad quality (code 1).
    NoFace,
    /// More than one face (code 2).
    SeveralFaces,
    /// The face is not in the middle (code 3).
    NotCentred,
    /// Refused for another reason.
    Refused,
    /// Absent, not understood, or contradicted within the reply. Not a success.
    Unknown,
}

impl FaceEnrollment {
    pub(crate) fn of(outcome: FaceEnrollmentOutcome) -> Self {
        Self { outcome, document: None }
    }

    /// How it came out.
    pub fn outcome(&self) -> FaceEnrollmentOutcome {
        self.outcome
    }

    /// Whether the face is enrolled.
    pub fn is_enrolled(&self) -> bool {
        self.outcome == FaceEnrollmentOutcome::Enrolled
    }

    /// What was read from the document, where the picture was said to show one.
    pub fn document(&self) -> Option<&Document> {
        self.document.as_ref()
    }
}

/// What came of enrolling a voice. Status 200 alone is no success: look at the outcome.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct VoiceEnrollment {
    outcome: VoiceEnrollmentOutcome,
    quality_failures: Vec<String>,
}

/// How enrolling a voice came out.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum VoiceEnrollmentOutcome {
    /// The voice is enrolled (`good`).
    Enrolled,
    /// It was enrolled before (`enrolled`).
    AlreadyEnrolled,
    /// The recording is not good enough (`qafailed`).
    PoorQuality,
    /// The service failed (`error`, or an error member).
    Failed,
    /// Absent or not understood. Not a success.
    Unknown,
}

impl VoiceEnrollment {
    pub(crate) fn of(outcome: VoiceEnrollmentOutcome, quality_failures: Vec<String>) -> Self {
        Self { outcome, quality_failures }
    }

    /// How it came out.
    pub fn outcome(&self) -> VoiceEnrollmentOutcome {
        self.outcome
    }

    /// Whether the voice is enrolled, by this call or before.
    pub fn is_enrolled(&self) -> bool {
        matches!(self.outcome, VoiceEnrollmentOutcome::Enrolled | VoiceEnrollmentOutcome::AlreadyEnrolled)
    }

    /// The properties of the recording that did not suffice, by the platform's names.
    pub fn quality_failures(&self) -> &[String] {
        &self.quality_failures
    }
}

/// `{"data": {"enrollment_result": {"code", "description"}, "document_auth"?}}`. Earlier versions name
/// the result `enroll_result` or `onboard_result`, or put its members at the root.
pub(crate) fn parse_face(root: &Object) -> Result<FaceEnrollment, Unparsable> {
    let content = content_of(root)?;
    let document = match content.get_non_null("document_auth") {
        None => None,
        Some(document) => Some(parse_document(document.as_object().ok_or(Unparsable)?)),
    };
    let outcome = if objects(root) { FaceEnrollmentOutcome::Unknown } else { face_outcome(content) };
    Ok(FaceEnrollment { outcome, document })
}

/// `{"data": {"status", "qa_list": [{"status", "results": [{"status", "property", …}]}]}}`, or the same
/// members at the root.
pub(crate) fn parse_voice(root: &Object) -> Result<VoiceEnrollment, Unparsable> {
    let content = content_of(root)?;
    let outcome = match content.get_str("status") {
        _ if root.has_error() || content.has_error() => VoiceEnrollmentOutcome::Failed,
        Some("good") => VoiceEnrollmentOutcome::Enrolled,
        Some("enrolled") => VoiceEnrollmentOutcome::AlreadyEnrolled,
        Some("qafailed") => VoiceEnrollmentOutcome::PoorQuality,
        Some("error") => VoiceEnrollmentOutcome::Failed,
        _ => VoiceEnrollmentOutcome::Unknown,
    };
    Ok(VoiceEnrollment::of(outcome, parse_quality_failures(content)))
}

fn content_of(root: &Object) -> Result<&Object, Unparsable> {
    match root.get_non_null("data") {
        None => Ok(root),
        Some(data) => data.as_object().ok_or(Unparsable),
    }
}

/// Whether the reply speaks against its own success, by an error or by a verdict.
fn objects(root: &Object) -> bool {
    contradicts_pass(root)
}

fn face_outcome(content: &Object) -> FaceEnrollmentOutcome {
    let named = ["enrollment_result", "enroll_result", "onboard_result"];
    let mut outcomes: Vec<_> =
        named.into_iter().filter_map(|name| content.get_non_null(name)).map(outcome_of).collect();
    if outcomes.is_empty() {
        return outcome_of_code(content);
    }
    outcomes.dedup();
    match outcomes[..] {
        [outcome] => outcome,
        _ => FaceEnrollmentOutcome::Unknown,
    }
}

fn outcome_of(result: &Json) -> FaceEnrollmentOutcome {
    result.as_object().map_or(FaceEnrollmentOutcome::Unknown, outcome_of_code)
}

fn outcome_of_code(result: &Object) -> FaceEnrollmentOutcome {
    match result.get("code").and_then(Json::as_number) {
        _ if result.has_error() => FaceEnrollmentOutcome::Unknown,
        None => FaceEnrollmentOutcome::Unknown,
        Some(0.0 | 200.0) => FaceEnrollmentOutcome::Enrolled,
        Some(1.0) => FaceEnrollmentOutcome::NoFace,
        Some(2.0) => FaceEnrollmentOutcome::SeveralFaces,
        Some(3.0) => FaceEnrollmentOutcome::NotCentred,
        Some(_) => FaceEnrollmentOutcome::Refused,
    }
}

fn parse_quality_failures(content: &Object) -> Vec<String> {
    let lists = content.get("qa_list").and_then(Json::as_array).unwrap_or_default();
    let lists = lists.iter().filter_map(Json::as_object);
    let checks =
        lists.filter_map(|list| list.get("results")?.as_array()).flatten().filter_map(Json::as_object);
    let failed = checks.filter(|check| check.get_str("status") == Some("fail"));
    failed.filter_map(|check| check.get_str("property")).map(str::to_owned).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::json::read_object;

    #[test]
    fn a_face_is_enrolled_by_its_code() {
        use FaceEnrollmentOutcome::*;
        let cases = [
            (
                r#"{"data":{"enrollment_result":{"code":0,"description":"Successful check"},"document_auth":null}}"#,
                Enrolled,
            ),
            (r#"{"data":{"enroll_result":{"code":0}}}"#, Enrolled),
            (r#"{"data":{"onboard_result":{"code":0}}}"#, Enrolled),
            (r#"{"code":200,"description":"ok"}"#, Enrolled),
            (r#"{"data":{"enrollment_result":{"code":0}},"scoring_result":"pass","error":""}"#, Enrolled),
            (r#"{"data":{"enrollment_result":{"code":1,"description":"no face"}},"message":"m"}"#, NoFace),
            (r#"{"data":{"enrollment_result":{"code":2}}}"#, SeveralFaces),
            (r#"{"data":{"enrollment_result":{"code":3}}}"#, NotCentred),
            (r#"{"data":{"enrollment_result":{"code":4}}}"#, Refused),
            (r#"{"data":{"enrollment_result":{"code":"0"}}}"#, Unknown),
            (r#"{"data":{"enrollment_result":true}}"#, Unknown),
            (r#"{"data":{"enrollment_result":{}}}"#, Unknown),
            (r#"{"data":{}}"#, Unknown),
            (r#"{"message":"face enrolled successfully"}"#, Unknown),
            (r#"{"data":{"enrollment_result":{"code":0},"enroll_result":{"code":1}}}"#, Unknown),
            (r#"{"data":{"enrollment_result":{"code":0}},"error":"x"}"#, Unknown),
            (r#"{"data":{"enrollment_result":{"code":0,"error":"x"}}}"#, Unknown),
            (r#"{"data":{"enrollment_result":{"code":0}},"scoring_result":"fail"}"#, Unknown),
        ];
        for (text, outcome) in cases {
            let enrollment = parse_face(&read_object(text.as_bytes()).unwrap()).unwrap();
            assert_eq!(enrollment.outcome(), outcome, "{text}");
            assert_eq!(enrollment.is_enrolled(), outcome == Enrolled);
            assert!(enrollment.document().is_none());
        }
    }

    #[test]
    fn a_document_comes_along_where_there_is_one() {
        let read = |text: &str| parse_face(&read_object(text.as_bytes()).unwrap());
        let enrollment =
            read(r#"{"data":{"enrollment_result":{"code":0},"document_auth":{"last_name":"ERIKSSON"}}}"#)
                .unwrap();
        assert_eq!(enrollment.document().unwrap().last_name(), Some("ERIKSSON"));
        assert!(!format!("{enrollment:?}").contains("ERIKSSON"));
        for text in [r#"{"data":1}"#, r#"{"data":{"enrollment_result":{"code":0},"document_auth":1}}"#] {
            assert_eq!(read(text), Err(Unparsable), "{text}");
        }
    }

    #[test]
    fn a_voice_is_enrolled_by_its_status() {
        use VoiceEnrollmentOutcome::*;
        let cases = [
            (r#"{"data":{"status":"good","qa_combined":null,"qa_list":[]},"message":"m"}"#, Enrolled),
            (r#"{"status":"good"}"#, Enrolled),
            (r#"{"data":{"status":"enrolled"}}"#, AlreadyEnrolled),
            (r#"{"data":{"status":"qafailed"}}"#, PoorQuality),
            (r#"{"data":{"status":"error"}}"#, Failed),
            (r#"{"data":{"status":"good"},"error":"x"}"#, Failed),
            (r#"{"data":{"status":"good","error":"x"}}"#, Failed),
            (r#"{"data":{"status":"GOOD"}}"#, Unknown),
            (r#"{"data":{"status":0}}"#, Unknown),
            (r#"{"data":{},"status":"good"}"#, Unknown),
            ("{}", Unknown),
        ];
        for (text, outcome) in cases {
            let enrollment = parse_voice(&read_object(text.as_bytes()).unwrap()).unwrap();
            assert_eq!(enrollment.outcome(), outcome, "{text}");
            assert_eq!(enrollment.is_enrolled(), matches!(outcome, Enrolled | AlreadyEnrolled));
        }
        assert_eq!(parse_voice(&read_object(br#"{"data":"good"}"#).unwrap()), Err(Unparsable));
    }

    #[test]
    fn names_what_the_recording_lacks() {
        let text = r#"{"data":{"status":"qafailed","qa_list":[{"status":"fail","results":[
            {"status":"fail","property":"snr","value":3,"op":">","threshold":10},
            {"status":"good","property":"length","value":5,"op":">","threshold":2},
            {"status":"fail","property":"text","results":[{"score":0.1,"text":"one"}]}]}]}}"#;
        let enrollment = parse_voice(&read_object(text.as_bytes()).unwrap()).unwrap();
        assert_eq!(enrollment.quality_failures(), ["snr", "text"]);
    }
}
