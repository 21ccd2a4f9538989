//! What one service found, in the shapes it is written in.

use std::fmt;

use crate::json::{Json, Object};
use crate::{Service, UserFullname};

/// What one service found. `Debug` shows its state only.
#[derive(Clone, PartialEq)]
pub struct ServiceReport {
    state: ServiceState,
    transcript: Option<String>,
    names: Vec<String>,
    instances: Option<usize>,
    probability: Option<f64>,
    score: Option<f64>,
}

/// How a service came out.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum ServiceState {
    /// Not in the reply: not enabled on the key, or removed for want of consent.
    Absent,
    /// It ran and found what it should.
    Passed,
    /// It ran and did not.
    Failed,
    /// It says it could not run.
    Errored,
    /// It says something nobody understands. Not a pass.
    Unknown,
}

impl ServiceReport {
    /// The report of a service that is not in the reply.
    pub(crate) const ABSENT: Self = Self {
        state: ServiceState::Absent,
        transcript: None,
        names: Vec::new(),
        instances: None,
        probability: None,
        score: None,
    };

    /// How the service came out.
    ///
    /// Face Recognition in the form of `instances` passes when there is one at least and every one
    /// names the user the call was about; compare [`names`](Self::names) yourself for more.
    pub fn state(&self) -> ServiceState {
        self.state
    }

    /// Whether the service passed.
    pub fn is_passed(&self) -> bool {
        self.state == ServiceState::Passed
    }

    /// What Visual Speech Recognition read from the lips: not a verdict, and not normalised.
    pub fn transcript(&self) -> Option<&str> {
        self.transcript.as_deref()
    }

    /// The `searchName` of every instance Face Recognition reports, in order. An instance without
    /// one is missing here, so compare the length with [`instances`](Self::instances).
    pub fn names(&self) -> &[String] {
        &self.names
    }

    /// How many instances Face Recognition reports; `None` where it does not report any list.
    pub fn instances(&self) -> Option<usize> {
        self.instances
    }

    /// The lowest probability among Face Recognition's instances; `None` where one lacks it.
    pub fn probability(&self) -> Option<f64> {
        self.probability
    }

    /// The service's own score. The scales differ between services and versions: for display only.
    pub fn score(&self) -> Option<f64> {
        self.score
    }
}

impl fmt::Debug for ServiceReport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ServiceReport").field("state", &self.state).finish_non_exhaustive()
    }
}

pub(crate) fn parse_report(service: Service, report: Option<&Json>, user: &UserFullname) -> ServiceReport {
    let report = match report {
        None | Some(Json::Null) => return ServiceReport::ABSENT,
        Some(Json::Object(report)) => report,
        Some(_) => return ServiceReport { state: ServiceState::Unknown, ..ServiceReport::ABSENT },
    };
    let instances = parse_instances(report);
    ServiceReport {
        state: if report.has_error() {
            ServiceState::Errored
        } else {
            match service {
                Service::FaceLivenessDetection => state_of_liveness(report),
                Service::VoiceRecognition => state_of_voice(report),
                Service::FaceRecognition => state_of_face(report, &instances, user),
                Service::ActiveSpeakerDetection | Service::VisualSpeechRecognition => state_by_code(report),
            }
        },
        transcript: parse_transcript(service, report),
        names: instances.names(),
        instances: instances.count(),
        probability: instances.lowest_probability(),
        score: report.get("score").and_then(Json::as_number),
    }
}

/// Code 0, or 200 in the integration guide, and no `result` that says no.
fn state_by_code(report: &Object) -> ServiceState {
    match (report.get("code"), report.get("result")) {
        (Some(Json::Number(code)), result) if is_success(*code) => match result {
            Some(Json::Bool(false)) => ServiceState::Failed,
            _ => ServiceState::Passed,
        },
        (Some(Json::Number(_)), _) => ServiceState::Failed,
        _ => ServiceState::Unknown,
    }
}

/// As by code, but `result` must be there and `true`: an encoder that omits what is false leaves
/// out exactly the result that matters.
fn state_of_liveness(report: &Object) -> ServiceState {
    match (state_by_code(report), report.get("result")) {
        (ServiceState::Passed, Some(Json::Bool(true))) => ServiceState::Passed,
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

/// `instances: [{search: {probability, searchName}}]`, known from the integration guide only.
enum Instances<'a> {
    Absent,
    Malformed,
    List(&'a [Json]),
}

impl Instances<'_> {
    fn list(&self) -> &[Json] {
        match self {
            Self::List(list) => list,
            Self::Absent | Self::Malformed => &[],
        }
    }

    fn count(&self) -> Option<usize> {
        matches!(self, Self::List(_)).then(|| self.list().len())
    }

    fn names(&self) -> Vec<String> {
        self.list().iter().filter_map(name_of).map(str::to_owned).collect()
    }

    fn lowest_probability(&self) -> Option<f64> {
        let probabilities: Option<Vec<f64>> = self.list().iter().map(probability_of).collect();
        probabilities?.into_iter().reduce(f64::min)
    }
}

fn parse_instances(report: &Object) -> Instances<'_> {
    match report.get_non_null("instances") {
        None => Instances::Absent,
        Some(Json::Array(list)) => Instances::List(list),
        Some(_) => Instances::Malformed,
    }
}

fn name_of(instance: &Json) -> Option<&str> {
    search_of(instance)?.get_str("searchName")
}

fn probability_of(instance: &Json) -> Option<f64> {
    search_of(instance)?.get("probability")?.as_number()
}

fn search_of(instance: &Json) -> Option<&Object> {
    instance.as_object()?.get("search")?.as_object()
}

fn parse_transcript(service: Service, report: &Object) -> Option<String> {
    match service {
        Service::VisualSpeechRecognition => report.get_str("result").map(str::to_owned),
        _ => None,
    }
}

fn is_success(code: f64) -> bool {
    code == 0.0 || code == 200.0
}
