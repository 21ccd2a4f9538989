//! What one service found.

use crate::json::{Json, Object};
use crate::response::service_report::{ServiceReport, ServiceState, parse_report as parse_v1};
use crate::response::service_state::unless_denied;
use crate::{Service, UserFullname, Verdict};

/// The name of a service as a key of `data`.
pub(super) fn name(service: Service) -> &'static str {
    match service {
        Service::ActiveSpeakerDetection => "active_speaker_detection",
        Service::FaceLivenessDetection => "face_liveness_detection",
        Service::VisualSpeechRecognition => "visual_speech_recognition",
        Service::VoiceRecognition => "voice_recognition",
        Service::FaceRecognition => "face_recognition",
    }
}

/// What a service found, by what it says itself where it says it as in version 1.
///
/// What these objects hold is not documented; the SDKs' own tests know a score and nothing else. Such a report passes
/// when the decision about the very call that it is part of is a pass, and fails when that fails.
pub(super) fn parse_report(
    service: Service,
    data: Option<&Object>,
    verdict: Verdict,
    user: &UserFullname,
) -> ServiceReport {
    let value = data.and_then(|data| data.get(name(service)));
    let report = parse_v1(service, value, user);
    match value.and_then(Json::as_object) {
        Some(object) if is_score_alone(service, object) && !object.has_error() => {
            report.with_state(unless_denied(service, object, by_verdict(verdict), user))
        }
        _ => report,
    }
}

/// Whether there is a score and nothing that is a finding in version 1. What the lips said is none.
fn is_score_alone(service: Service, object: &Object) -> bool {
    let is_transcript = |name, value: &Json| {
        service == Service::VisualSpeechRecognition && name == "result" && value.as_str().is_some()
    };
    let findings = ["code", "result", "status", "instances"];
    let finds = |&name: &&'static str| object.get(name).is_some_and(|value| !is_transcript(name, value));
    object.get("score").and_then(Json::as_number).is_some() && !findings.iter().any(finds)
}

fn by_verdict(verdict: Verdict) -> ServiceState {
    match verdict {
        Verdict::Pass => ServiceState::Passed,
        Verdict::Fail => ServiceState::Failed,
        Verdict::Refer | Verdict::Unknown => ServiceState::Unknown,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::json::read_object;

    fn report(service: Service, text: &str, verdict: Verdict) -> ServiceReport {
        let user = UserFullname::parse("ana").unwrap();
        let data = format!(r#"{{"{}":{text}}}"#, name(service));
        parse_report(service, Some(&read_object(data.as_bytes()).unwrap()), verdict, &user)
    }

    #[test]
    fn a_score_alone_is_held_to_the_decision_of_its_call() {
        for service in Service::ALL {
            for (verdict, state) in [
                (Verdict::Pass, ServiceState::Passed),
                (Verdict::Fail, ServiceState::Failed),
                (Verdict::Refer, ServiceState::Unknown),
                (Verdict::Unknown, ServiceState::Unknown),
            ] {
                let report = report(service, r#"{"score":0.99,"description":"d"}"#, verdict);
                assert_eq!((report.state(), report.score()), (state, Some(0.99)), "{service} {verdict:?}");
            }
        }
    }

    #[test]
    fn what_a_service_says_itself_outweighs_the_decision() {
        use ServiceState::*;
        let face = Service::FaceRecognition;
        let cases = [
            (face, r#"{"score":0.99,"code":0}"#, Passed),
            (face, r#"{"score":0.99,"code":1}"#, Failed),
            (face, r#"{"score":0.99,"error":"timed out"}"#, Errored),
            (face, r#"{"score":0.99,"result":false}"#, Unknown),
            (face, r#"{"score":0.99,"result":true}"#, Unknown),
            (face, r#"{"score":0.99,"status":"odd"}"#, Unknown),
            (face, r#"{"score":0.99,"code":null}"#, Unknown),
            (face, r#"{"score":0.9,"instances":[{"search":{"searchName":"bob"}}]}"#, Failed),
            (face, r#"{"score":"0.99"}"#, Unknown),
            (face, "{}", Unknown),
            (face, "0.99", Unknown),
            (face, "null", Absent),
            (Service::VoiceRecognition, r#"{"score":0.99,"status":"failed"}"#, Failed),
            (Service::FaceLivenessDetection, r#"{"score":0.99,"code":0,"result":true}"#, Passed),
            (Service::FaceLivenessDetection, r#"{"score":0.99,"result":false}"#, Unknown),
            (Service::VisualSpeechRecognition, r#"{"score":0.99,"result":"one two"}"#, Passed),
            (Service::VisualSpeechRecognition, r#"{"score":0.99,"result":false}"#, Unknown),
        ];
        for (service, text, state) in cases {
            assert_eq!(report(service, text, Verdict::Pass).state(), state, "{service} {text}");
        }
        let lips =
            report(Service::VisualSpeechRecognition, r#"{"score":1,"result":"one two"}"#, Verdict::Pass);
        assert_eq!(lips.transcript(), Some("one two"));
    }

    #[test]
    fn a_display_name_is_no_name_here() {
        let user = UserFullname::parse("ana").unwrap();
        let data = read_object(br#"{"Face Recognition":{"score":1}}"#).unwrap();
        let report = parse_report(Service::FaceRecognition, Some(&data), Verdict::Pass, &user);
        assert_eq!(report.state(), ServiceState::Absent);
    }
}
