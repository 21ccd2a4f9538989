//! Replies of `/api-gateway/v2/enrollments/face` and `…/voice`: `{"data": {"enrolled", "user_id"}}`.

use super::Envelope;
use crate::json::Json;
use crate::response::Unparsable;
use crate::{
    FaceEnrollment, FaceEnrollmentOutcome, UserFullname, Verdict, VoiceEnrollment, VoiceEnrollmentOutcome,
};

pub(crate) fn parse_face(envelope: &Envelope<'_>, user: &UserFullname) -> Result<FaceEnrollment, Unparsable> {
    Ok(FaceEnrollment::of(match parse_enrolled(envelope, user)? {
        Enrolled::Yes => FaceEnrollmentOutcome::Enrolled,
        Enrolled::No => FaceEnrollmentOutcome::Refused,
        Enrolled::Unknown => FaceEnrollmentOutcome::Unknown,
    }))
}

pub(crate) fn parse_voice(
    envelope: &Envelope<'_>,
    user: &UserFullname,
) -> Result<VoiceEnrollment, Unparsable> {
    let outcome = match parse_enrolled(envelope, user)? {
        Enrolled::Yes => VoiceEnrollmentOutcome::Enrolled,
        Enrolled::No => VoiceEnrollmentOutcome::PoorQuality,
        Enrolled::Unknown => VoiceEnrollmentOutcome::Unknown,
    };
    Ok(VoiceEnrollment::of(outcome, Vec::new()))
}

/// The picture does not do. Of its codes one is known.
pub(crate) fn unfit_face(code: &str) -> FaceEnrollment {
    FaceEnrollment::of(match code {
        "face_not_detected" => FaceEnrollmentOutcome::NoFace,
        _ => FaceEnrollmentOutcome::Refused,
    })
}

/// The recording does not do.
pub(crate) fn unfit_voice(code: &str) -> VoiceEnrollment {
    VoiceEnrollment::of(VoiceEnrollmentOutcome::PoorQuality, vec![code.to_owned()])
}

enum Enrolled {
    Yes,
    No,
    Unknown,
}

/// A reply about another user is none, and a decision, where there is one, has to agree.
fn parse_enrolled(envelope: &Envelope<'_>, user: &UserFullname) -> Result<Enrolled, Unparsable> {
    let Some(data) = envelope.object()? else { return Ok(Enrolled::Unknown) };
    if data.get_non_null("user_id").is_some_and(|id| id.as_str() != Some(user.as_str())) {
        return Err(Unparsable);
    }
    Ok(match (data.get("enrolled"), envelope.verdict) {
        _ if data.has_error() => Enrolled::Unknown,
        (Some(Json::Bool(true)), Verdict::Fail | Verdict::Refer) => Enrolled::Unknown,
        (Some(Json::Bool(true)), Verdict::Pass | Verdict::Unknown) => Enrolled::Yes,
        (Some(Json::Bool(false)), _) => Enrolled::No,
        _ => Enrolled::Unknown,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::json::read_object;

    #[test]
    fn a_user_is_enrolled_by_a_true_about_them() {
        use FaceEnrollmentOutcome::*;
        let cases = [
            (r#"{"data":{"enrolled":true,"user_id":"ana"},"meta":{}}"#, Ok(Enrolled)),
            (r#"{"data":{"enrolled":true}}"#, Ok(Enrolled)),
            (r#"{"data":{"enrolled":true},"decision":{"status":"pass"}}"#, Ok(Enrolled)),
            (r#"{"data":{"enrolled":true},"decision":{"status":"fail"}}"#, Ok(Unknown)),
            (r#"{"data":{"enrolled":true},"decision":{"status":"refer"}}"#, Ok(Unknown)),
            (r#"{"data":{"enrolled":false,"user_id":"ana"}}"#, Ok(Refused)),
            (r#"{"data":{"enrolled":"true"}}"#, Ok(Unknown)),
            (r#"{"data":{"enrolled":1}}"#, Ok(Unknown)),
            (r#"{"data":{"enrolled":true,"error":"x"}}"#, Ok(Unknown)),
            (r#"{"data":{}}"#, Ok(Unknown)),
            ("{}", Ok(Unknown)),
            (r#"{"data":{"enrolled":true,"user_id":"bob"}}"#, Err(Unparsable)),
            (r#"{"data":{"enrolled":true,"user_id":7}}"#, Err(Unparsable)),
            (r#"{"data":true}"#, Err(Unparsable)),
        ];
        let user = UserFullname::parse("ana").unwrap();
        for (text, expected) in cases {
            let root = read_object(text.as_bytes()).unwrap();
            let envelope = Envelope::open(&root).unwrap();
            let face = parse_face(&envelope, &user).map(|face| face.outcome());
            assert_eq!(face, expected, "{text}");
            let voice = parse_voice(&envelope, &user).map(|voice| voice.is_enrolled());
            assert_eq!(voice, expected.map(|outcome| outcome == Enrolled), "{text}");
        }
        assert_eq!(unfit_face("face_not_detected").outcome(), NoFace);
        assert_eq!(unfit_face("odd").outcome(), Refused);
        assert!(!unfit_voice("too_quiet").is_enrolled());
        assert_eq!(unfit_voice("too_quiet").quality_failures(), ["too_quiet"]);
    }
}
