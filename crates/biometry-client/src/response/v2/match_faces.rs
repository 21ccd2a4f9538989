//! The reply of `POST /api-gateway/v2/face-match`: `{"data": {"face_recognition"}, "decision"}`.

use super::Envelope;
use super::report::parse_report;
use crate::response::Unparsable;
use crate::response::service_report::ServiceState;
use crate::{FaceMatch, FaceMatchOutcome, Score, Service, UserFullname, Verdict};

/// A match needs a decision that passes and a finding that does not object.
pub(crate) fn parse_match(envelope: &Envelope<'_>, user: &UserFullname) -> Result<FaceMatch, Unparsable> {
    let report = parse_report(Service::FaceRecognition, envelope.object()?, envelope.verdict, user);
    let outcome = match (envelope.verdict, report.state()) {
        (Verdict::Pass, ServiceState::Passed) => FaceMatchOutcome::Matched,
        (Verdict::Fail, ServiceState::Failed) => FaceMatchOutcome::NotMatched,
        _ => FaceMatchOutcome::Unknown,
    };
    Ok(FaceMatch::of(outcome, envelope.verdict, envelope.score))
}

/// The picture or the video does not do.
pub(crate) fn unfit(_: &str) -> FaceMatch {
    FaceMatch::of(FaceMatchOutcome::NotMatched, Verdict::Fail, Score::Absent)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::json::read_object;

    #[test]
    fn a_match_is_decided_and_not_objected_to() {
        use FaceMatchOutcome::*;
        let cases = [
            (r#"{"score":0.97}"#, r#"{"status":"pass","score":0.95}"#, Matched),
            (r#"{"score":0.97,"code":0}"#, r#"{"status":"pass"}"#, Matched),
            (r#"{"score":0.97,"code":1}"#, r#"{"status":"pass"}"#, Unknown),
            (r#"{"score":0.97,"error":"x"}"#, r#"{"status":"pass"}"#, Unknown),
            (r#"{"score":0.1}"#, r#"{"status":"fail"}"#, NotMatched),
            (r#"{"score":0.97}"#, r#"{"status":"refer"}"#, Unknown),
            (r#"{"score":0.97}"#, "null", Unknown),
            ("{}", r#"{"status":"pass"}"#, Unknown),
            ("null", r#"{"status":"pass"}"#, Unknown),
            ("null", r#"{"status":"fail"}"#, Unknown),
        ];
        let user = UserFullname::parse("ana").unwrap();
        for (report, decision, outcome) in cases {
            let text = format!(r#"{{"data":{{"face_recognition":{report}}},"decision":{decision}}}"#);
            let root = read_object(text.as_bytes()).unwrap();
            let faces = parse_match(&Envelope::open(&root).unwrap(), &user).unwrap();
            assert_eq!(faces.outcome(), outcome, "{text}");
        }
        assert!(!unfit("face_not_detected").is_match());
    }
}
