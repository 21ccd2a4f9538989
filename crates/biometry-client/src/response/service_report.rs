//! What one service found, in the shapes it is written in.

use std::fmt;

use super::names::search_names;
use super::service_state::state_of;
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
    /// Its result is unknown. Not a pass.
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

    pub(crate) fn with_state(self, state: ServiceState) -> Self {
        Self { state, ..self }
    }

    /// What two reports of one service say together: nothing better than the worse of them does.
    pub(crate) fn worse(self, other: Self) -> Self {
        match (self.state, other.state) {
            (ServiceState::Absent, _) => other,
            (_, ServiceState::Absent) => self,
            (one, two) => Self {
                state: if badness(one) > badness(two) { one } else { two },
                transcript: self.transcript.filter(|text| other.transcript.as_ref() == Some(text)),
                names: [self.names, other.names].concat(),
                instances: self.instances.max(other.instances),
                probability: lower(self.probability, other.probability),
                score: lower(self.score, other.score),
            },
        }
    }

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

    /// Every `searchName` in Face Recognition's report, in order. An instance without one is missing here,
    /// so compare the length with [`instances`](Self::instances).
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

    /// The service's own score; where Active Speaker Detection has none, the number in its `result`. The scales
    /// differ between services and versions.
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
        state: state_of(service, report, &instances, user),
        transcript: parse_transcript(service, report),
        names: if service == Service::FaceRecognition { search_names(report) } else { Vec::new() },
        instances: instances.count(),
        probability: instances.lowest_probability(),
        score: parse_score(service, report),
    }
}

/// The integration guide has Active Speaker Detection's probability in `result`, and no score.
fn parse_score(service: Service, report: &Object) -> Option<f64> {
    let score = match (service, report.get("score")) {
        (Service::ActiveSpeakerDetection, None) => report.get("result"),
        (_, score) => score,
    };
    score.and_then(Json::as_number)
}

fn badness(state: ServiceState) -> u8 {
    match state {
        ServiceState::Absent => 0,
        ServiceState::Passed => 1,
        ServiceState::Unknown => 2,
        ServiceState::Errored => 3,
        ServiceState::Failed => 4,
    }
}

/// The lower number; none where one report has none.
fn lower(one: Option<f64>, other: Option<f64>) -> Option<f64> {
    Some(one?.min(other?))
}

/// `instances: [{search: {probability, searchName}}]`, known from the integration guide only.
pub(super) enum Instances<'a> {
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

pub(super) fn name_of(instance: &Json) -> Option<&str> {
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::json::read;

    fn report(service: Service, text: &str) -> ServiceReport {
        let user = UserFullname::parse("ana").unwrap();
        parse_report(service, Some(&read(text.as_bytes()).unwrap()), &user)
    }

    #[test]
    fn only_lips_have_a_transcript() {
        let text = r#"{"code":0,"result":"ONE TWO"}"#;
        for service in Service::ALL {
            let expected = (service == Service::VisualSpeechRecognition).then_some("ONE TWO");
            assert_eq!(report(service, text).transcript(), expected);
        }
        assert_eq!(report(Service::VisualSpeechRecognition, r#"{"code":0,"result":12}"#).transcript(), None);
    }

    #[test]
    fn names_keep_their_order_and_gaps_show_in_the_count() {
        let text = r#"{"instances":[
            {"search":{"searchName":"bob","probability":0.9}},{"search":{"probability":0.2}},{"search":{"searchName":"ana","probability":0.5}}]}"#;
        let faces = report(Service::FaceRecognition, text);
        assert_eq!(faces.names(), ["bob", "ana"]);
        assert_eq!(faces.instances(), Some(3));
        assert_eq!(faces.probability(), Some(0.2));
        let gap = report(Service::FaceRecognition, r#"{"instances":[{"search":{"probability":0.9}},{}]}"#);
        assert_eq!((gap.instances(), gap.probability()), (Some(2), None));
        let none = report(Service::FaceRecognition, r#"{"code":0,"instances":null}"#);
        assert_eq!((none.instances(), none.probability(), none.is_passed()), (None, None, true));
        assert_eq!(report(Service::FaceRecognition, r#"{"instances":[]}"#).instances(), Some(0));
    }

    #[test]
    fn a_score_is_a_number() {
        assert_eq!(
            report(Service::VoiceRecognition, r#"{"status":"good","score":11.8}"#).score(),
            Some(11.8)
        );
        assert_eq!(report(Service::VoiceRecognition, r#"{"status":"good","score":"11.8"}"#).score(), None);
        let speaker = |text| report(Service::ActiveSpeakerDetection, text).score();
        assert_eq!(speaker(r#"{"code":200,"result":0.95}"#), Some(0.95));
        assert_eq!(speaker(r#"{"code":0,"result":96.32,"score":0.9}"#), Some(0.9));
        assert_eq!(speaker(r#"{"code":0,"result":96.32,"score":"0.9"}"#), None);
    }

    #[test]
    fn two_reports_are_as_bad_as_the_worse() {
        let lips = |text: &str| report(Service::VisualSpeechRecognition, text);
        let one = lips(r#"{"code":0,"result":"ONE","score":0.9}"#);
        let lower = lips(r#"{"code":0,"result":"ONE","score":0.4}"#);
        let other = lips(r#"{"code":0,"result":"TWO"}"#);
        let both = one.clone().worse(lower);
        assert_eq!((both.transcript(), both.score(), both.is_passed()), (Some("ONE"), Some(0.4), true));
        let both = one.clone().worse(other);
        assert_eq!((both.transcript(), both.score()), (None, None));
        assert_eq!(one.clone().worse(ServiceReport::ABSENT), one);
    }

    #[test]
    fn debug_shows_the_state_only() {
        let text = r#"{"instances":[{"search":{"searchName":"ana","probability":0.93}}]}"#;
        assert_eq!(
            format!("{:?}", report(Service::FaceRecognition, text)),
            "ServiceReport { state: Passed, .. }"
        );
    }
}
