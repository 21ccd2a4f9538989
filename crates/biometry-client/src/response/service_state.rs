//! Whether a service passed, by the rules of each.

use super::names::{Naming, naming_of};
use super::service_report::{Instances, ServiceState, name_of};
use super::verdict::{FLAGS, contradicts_pass, is_falsy};
use crate::json::{Json, Object};
use crate::{Service, UserFullname};

/// A service that says it has an error has not passed, whatever else it says. A pass is none beside any member that
/// denies it or names another user.
pub(super) fn state_of(
    service: Service,
    report: &Object,
    instances: &Instances<'_>,
    user: &UserFullname,
) -> ServiceState {
    if report.has_error() {
        return ServiceState::Errored;
    }
    let state = match service {
        Service::FaceLivenessDetection => state_of_liveness(report),
        Service::VoiceRecognition => state_of_voice(report),
        Service::FaceRecognition => state_of_face(report, instances, user),
        Service::ActiveSpeakerDetection => state_of_speaker(report),
        Service::VisualSpeechRecognition => state_by_code(report),
    };
    unless_denied(service, report, state, user)
}

/// The state, unless it is a pass beside a member that denies it or names another user.
pub(crate) fn unless_denied(
    service: Service,
    report: &Object,
    state: ServiceState,
    user: &UserFullname,
) -> ServiceState {
    match (state, naming_of(report, user)) {
        (ServiceState::Passed, Naming::SomebodyElse) => ServiceState::Failed,
        (ServiceState::Passed, Naming::Unreadable) => ServiceState::Unknown,
        (ServiceState::Passed, _) if is_denied(service, report) => ServiceState::Failed,
        (ServiceState::Passed, _) if contradicts_pass(report) => ServiceState::Unknown,
        (state, _) => state,
    }
}

/// Whether a member says no.
fn is_denied(service: Service, report: &Object) -> bool {
    let failed = matches!(report.get_str("status"), Some("failed" | "fail" | "bad" | "error"));
    let code = report.get_non_null("code").is_some_and(|code| !code.as_number().is_some_and(is_success_code));
    let mut flags = FLAGS.iter().filter_map(|name| Some((*name, report.get(name)?)));
    failed || code || flags.any(|(name, value)| is_falsy(value) && !is_transcript(service, name, value))
}

/// What lip-reading puts into `result` is what was said.
fn is_transcript(service: Service, name: &str, value: &Json) -> bool {
    service == Service::VisualSpeechRecognition && name == "result" && value.as_str().is_some()
}

/// Code 0, or 200 in the integration guide.
fn state_by_code(report: &Object) -> ServiceState {
    match report.get("code") {
        Some(Json::Number(code)) if is_success_code(*code) => match report.get("result") {
            Some(Json::Null) => ServiceState::Unknown,
            _ => ServiceState::Passed,
        },
        Some(Json::Number(_)) => ServiceState::Failed,
        _ => ServiceState::Unknown,
    }
}

/// As by code, but `result` must be there and `true`: an encoder that omits what is false leaves
/// out exactly the result that matters.
fn state_of_liveness(report: &Object) -> ServiceState {
    match (state_by_code(report), report.get("result")) {
        (ServiceState::Passed, Some(Json::Bool(true))) => ServiceState::Passed,
        (ServiceState::Passed, Some(Json::Bool(false))) => ServiceState::Failed,
        (ServiceState::Passed, _) => ServiceState::Unknown,
        (state, _) => state,
    }
}

/// As by code, but `result` must be there: a probability, of which zero may be left out.
fn state_of_speaker(report: &Object) -> ServiceState {
    match (state_by_code(report), report.get("result")) {
        (ServiceState::Passed, Some(Json::Bool(_) | Json::Number(_))) => ServiceState::Passed,
        (ServiceState::Passed, Some(result)) if is_falsy(result) => ServiceState::Failed,
        (ServiceState::Passed, _) => ServiceState::Unknown,
        (state, _) => state,
    }
}

/// `good` in the SDKs, `identified` in the integration guide. `enrolled` is no comparison: there was
/// nothing to compare with.
fn state_of_voice(report: &Object) -> ServiceState {
    match report.get_str("status") {
        Some("good" | "identified" | "pass") => ServiceState::Passed,
        Some("failed" | "fail" | "bad") => ServiceState::Failed,
        _ => ServiceState::Unknown,
    }
}

/// A code, or instances, or both; whatever is there must agree.
fn state_of_face(report: &Object, instances: &Instances<'_>, user: &UserFullname) -> ServiceState {
    let by_code = report.get("code").map(|_| state_by_code(report));
    let by_name = match instances {
        Instances::Absent => None,
        Instances::Malformed => Some(ServiceState::Unknown),
        Instances::List(list) => Some(state_of_instances(list, user)),
    };
    match (by_code, by_name) {
        (Some(ServiceState::Passed), Some(by_name)) => by_name,
        (Some(by_code), _) => by_code,
        (None, Some(by_name)) => by_name,
        (None, None) => ServiceState::Unknown,
    }
}

fn state_of_instances(list: &[Json], user: &UserFullname) -> ServiceState {
    let mut state = if list.is_empty() { ServiceState::Failed } else { ServiceState::Passed };
    for instance in list {
        match name_of(instance) {
            Some(name) if name == user.as_str() => {}
            Some(_) => return ServiceState::Failed,
            None => state = ServiceState::Unknown,
        }
    }
    state
}

fn is_success_code(code: f64) -> bool {
    code == 0.0 || code == 200.0
}

#[cfg(test)]
mod tests {
    use super::super::service_report::parse_report;
    use super::*;
    use crate::json::read;

    fn state(service: Service, text: &str) -> ServiceState {
        let user = UserFullname::parse("ana@example.com").unwrap();
        parse_report(service, Some(&read(text.as_bytes()).unwrap()), &user).state()
    }

    #[test]
    fn no_report_is_no_report() {
        for service in Service::ALL {
            let user = UserFullname::parse("ana").unwrap();
            assert_eq!(parse_report(service, None, &user).state(), ServiceState::Absent);
            assert_eq!(state(service, "null"), ServiceState::Absent);
            for text in ["{}", "true", "\"pass\"", "0", "[]", r#"{"description":"Successful check"}"#] {
                assert_eq!(state(service, text), ServiceState::Unknown, "{service} {text}");
            }
        }
    }

    #[test]
    fn an_error_outweighs_everything() {
        for service in Service::ALL {
            for error in [r#""timed out""#, "true", "{\"code\":1}", "0", "[1]"] {
                let text = format!(r#"{{"code":0,"result":true,"status":"good","error":{error}}}"#);
                let plural = text.replace("error", "errors");
                assert_eq!(state(service, &plural), ServiceState::Errored, "{service} {plural}");
                assert_eq!(state(service, &text), ServiceState::Errored, "{service} {text}");
            }
        }
        let blank = r#"{"code":0,"result":true,"status":"good","error":""}"#;
        assert!(Service::ALL.into_iter().all(|service| state(service, blank) == ServiceState::Passed));
    }

    #[test]
    fn a_code_decides_where_there_is_one() {
        use ServiceState::*;
        let cases = [
            (r#"{"code":0,"description":"Successful check","result":96.32}"#, Passed),
            (r#"{"code":200,"result":0.95}"#, Passed),
            (r#"{"code":0,"result":false}"#, Failed),
            (r#"{"code":0,"result":0}"#, Failed),
            (r#"{"code":0,"result":[]}"#, Failed),
            (r#"{"code":0,"result":0.9,"match":false}"#, Failed),
            (r#"{"code":0,"result":0.9,"status":"failed"}"#, Failed),
            (r#"{"code":0,"result":0.9,"status":"odd"}"#, Unknown),
            (r#"{"code":0,"result":null}"#, Unknown),
            (r#"{"code":1,"result":true}"#, Failed),
            (r#"{"code":201}"#, Failed),
            (r#"{"code":"0"}"#, Unknown),
            (r#"{"code":null,"result":1}"#, Unknown),
            (r#"{"code":false}"#, Unknown),
            (r#"{"result":true}"#, Unknown),
        ];
        for (text, expected) in cases {
            for service in [Service::ActiveSpeakerDetection, Service::VisualSpeechRecognition] {
                assert_eq!(state(service, text), expected, "{service} {text}");
            }
        }
    }

    #[test]
    fn an_active_speaker_needs_a_probability_and_lips_a_text() {
        use ServiceState::*;
        let cases = [
            (r#"{"code":0}"#, Unknown, Passed),
            (r#"{"code":0,"result":"ONE TWO"}"#, Unknown, Passed),
            (r#"{"code":0,"result":"false"}"#, Failed, Passed),
        ];
        for (text, speaker, lips) in cases {
            assert_eq!(state(Service::ActiveSpeakerDetection, text), speaker, "{text}");
            assert_eq!(state(Service::VisualSpeechRecognition, text), lips, "{text}");
        }
    }

    #[test]
    fn every_name_in_a_report_is_the_users() {
        use ServiceState::*;
        let ana = r#"{"search":{"searchName":"ana@example.com"}}"#;
        let cases = [
            (Service::VoiceRecognition, r#"{"status":"good","id":"ana@example.com"}"#.to_owned(), Passed),
            (Service::VoiceRecognition, r#"{"status":"good","id":null}"#.to_owned(), Passed),
            (Service::VoiceRecognition, r#"{"status":"good","id":"bob@example.com"}"#.to_owned(), Failed),
            (Service::VoiceRecognition, r#"{"status":"good","id":7}"#.to_owned(), Unknown),
            (Service::VoiceRecognition, r#"{"status":"good","code":1}"#.to_owned(), Failed),
            (Service::VoiceRecognition, r#"{"status":"good","result":false}"#.to_owned(), Failed),
            (Service::FaceRecognition, r#"{"code":0,"searchName":"bob@example.com"}"#.to_owned(), Failed),
            (Service::FaceRecognition, r#"{"code":0,"searchName":"ana@example.com"}"#.to_owned(), Passed),
            (
                Service::FaceRecognition,
                r#"{"code":0,"result":{"searchName":"bob@example.com"}}"#.to_owned(),
                Failed,
            ),
            (
                Service::FaceRecognition,
                format!(r#"{{"instances":[{ana}],"searchName":"bob@example.com"}}"#),
                Failed,
            ),
            (Service::FaceRecognition, r#"{"code":0,"result":null}"#.to_owned(), Unknown),
            (Service::FaceRecognition, r#"{"code":0,"status":"failed","match":false}"#.to_owned(), Failed),
        ];
        for (service, text, expected) in cases {
            assert_eq!(state(service, &text), expected, "{text}");
        }
    }

    #[test]
    fn liveness_needs_its_result() {
        use ServiceState::*;
        let cases = [
            (r#"{"code":0,"description":"Successful check","result":true,"score":90.5}"#, Passed),
            (r#"{"code":200,"result":true}"#, Passed),
            (r#"{"code":0,"result":false}"#, Failed),
            (r#"{"code":1,"description":"Liveness not passed","result":false}"#, Failed),
            (r#"{"code":1,"result":true}"#, Failed),
            (r#"{"code":0}"#, Unknown),
            (r#"{"code":0,"result":"true"}"#, Unknown),
            (r#"{"code":0,"result":true,"scoring_result":"fail"}"#, Unknown),
            (r#"{"code":0,"result":1}"#, Unknown),
        ];
        for (text, expected) in cases {
            assert_eq!(state(Service::FaceLivenessDetection, text), expected, "{text}");
        }
        for code in [2, 3, 4, -1] {
            let text = format!(r#"{{"code":{code},"result":true}}"#);
            assert_eq!(state(Service::FaceLivenessDetection, &text), Failed, "{text}");
        }
    }

    #[test]
    fn a_voice_is_known_by_its_status() {
        use ServiceState::*;
        let cases = [
            (
                r#"{"status":"good","id":"ana@example.com","score":11.834825,"imposter_prob":0,"log_odds":"12.4"}"#,
                Passed,
            ),
            (r#"{"status":"identified","score":0.89}"#, Passed),
            (r#"{"status":"pass"}"#, Passed),
            (r#"{"status":"failed"}"#, Failed),
            (r#"{"status":"enrolled"}"#, Unknown),
            (r#"{"status":"GOOD"}"#, Unknown),
            (r#"{"status":true}"#, Unknown),
            (r#"{"code":0,"result":true}"#, Unknown),
        ];
        for (text, expected) in cases {
            assert_eq!(state(Service::VoiceRecognition, text), expected, "{text}");
        }
    }

    #[test]
    fn a_face_is_known_by_code_or_by_name() {
        use ServiceState::*;
        let ana = r#"{"search":{"probability":0.97,"searchName":"ana@example.com"}}"#;
        let bob = r#"{"search":{"probability":0.99,"searchName":"bob@example.com"}}"#;
        let cases = [
            (r#"{"code":0,"description":"Successful check"}"#.to_owned(), Passed),
            (r#"{"code":1,"description":"Face not enrolled"}"#.to_owned(), Failed),
            (format!(r#"{{"instances":[{ana}]}}"#), Passed),
            (format!(r#"{{"instances":[{ana},{ana}]}}"#), Passed),
            (format!(r#"{{"code":0,"instances":[{ana}]}}"#), Passed),
            (format!(r#"{{"code":1,"instances":[{ana}]}}"#), Failed),
            (format!(r#"{{"code":0,"instances":[{bob}]}}"#), Failed),
            (format!(r#"{{"instances":[{bob}]}}"#), Failed),
            (format!(r#"{{"instances":[{ana},{bob}]}}"#), Failed),
            (format!(r#"{{"instances":[{{}},{bob}]}}"#), Failed),
            (format!(r#"{{"instances":[{ana},{{"search":null}}]}}"#), Unknown),
            (r#"{"instances":[]}"#.to_owned(), Failed),
            (r#"{"instances":[{"search":{"searchName":"ANA@example.com"}}]}"#.to_owned(), Failed),
            (r#"{"instances":{"search":{"searchName":"ana@example.com"}}}"#.to_owned(), Unknown),
            (r#"{"instances":["ana@example.com"]}"#.to_owned(), Unknown),
            (r#"{"searchName":"ana@example.com"}"#.to_owned(), Unknown),
        ];
        for (text, expected) in cases {
            assert_eq!(state(Service::FaceRecognition, &text), expected, "{text}");
        }
    }
}
