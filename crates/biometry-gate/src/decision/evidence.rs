//! What a reply proves, service by service.

use biometry_client::{Reply, Score, Service, ServiceReport, ServiceState, Verdict, Verification};
use serde::{Deserialize, Serialize};

use crate::forward_compat::ForwardCompat;
use crate::intent::PendingIntent;
use crate::phrase::Phrase;
use crate::policy::{ScoreScale, ServiceSet, place};
use crate::principal::Subject;

/// What one verification proved. Absence is never proof.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct Evidence {
    pub(super) verdict: Outcome,
    pub(super) score: Option<f64>,
    pub(super) score_is_sound: bool,
    pub(super) findings: [Finding; 5],
    pub(super) identity: Identity,
    pub(super) removed_services: bool,
    pub(super) auto_enrolled: bool,
    /// Whether the lips were read to say what the operation is, and fresh digits behind it.
    #[serde(default, skip_serializing_if = "is_false")]
    pub(super) operation_spoken: bool,
    #[serde(flatten)]
    pub(crate) unknown: ForwardCompat,
}

/// The platform's verdict. Only the exact word `pass` is [`Outcome::Pass`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) enum Outcome {
    /// All of the platform's conditions hold.
    Pass,
    /// They do not.
    Fail,
    /// A person at the platform's customer is to look at it.
    Refer,
    /// Absent, contradictory or a word we do not know.
    Unknown,
}

/// What one service found.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) enum Finding {
    /// The service did not run, or the reply does not say so.
    Absent,
    /// It ran and passed, with its own score where it gave one.
    Passed(Option<f64>),
    /// It ran and did not pass, or its answer cannot be read.
    NotPassed,
}

/// Whose face Face Recognition saw.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) enum Identity {
    /// The reply names the subject, and no other person.
    Named,
    /// The service passed without naming a person.
    Unnamed,
    /// Another person, several faces, or no match.
    Other,
}

impl Evidence {
    /// Reads a reply about a capture of `subject` speaking `phrase`.
    pub(crate) fn gather(
        reply: &Reply<Verification>,
        phrase: &Phrase,
        subject: &Subject,
        scale: ScoreScale,
    ) -> Self {
        let verification = reply.value();
        let mut findings = [Finding::Absent; 5];
        for service in Service::ALL {
            findings[place(service)] = finding(service, verification.service(service), phrase);
        }
        let (score, score_is_sound) = score_of(verification.score(), scale);
        Self {
            verdict: outcome(verification.verdict()),
            score,
            score_is_sound,
            findings,
            identity: identity(verification.service(Service::FaceRecognition), subject),
            removed_services: reply.removed_services(),
            auto_enrolled: reply.auto_enroll(),
            operation_spoken: false,
            unknown: ForwardCompat::default(),
        }
    }

    /// The same evidence, of a capture in which `phrase` was to approve `intent`.
    pub(crate) fn of_operation(self, phrase: &Phrase, intent: Option<&PendingIntent>) -> Self {
        let is_read = matches!(self.finding(Service::VisualSpeechRecognition), Finding::Passed(_));
        let is_asked = intent.is_some_and(|intent| intent.is_spoken_by(phrase));
        Self { operation_spoken: is_read && is_asked, ..self }
    }

    /// What `service` found.
    pub(crate) fn finding(&self, service: Service) -> Finding {
        self.findings[place(service)]
    }

    /// The services that passed.
    #[inline]
    pub(super) fn passed(&self) -> ServiceSet {
        let passed = |service| matches!(self.finding(service), Finding::Passed(_));
        let with = |set: ServiceSet, service| if passed(service) { set.with(service) } else { set };
        Service::ALL.into_iter().fold(ServiceSet::default(), with)
    }

    /// The platform's verdict.
    pub(crate) fn verdict(&self) -> Outcome {
        self.verdict
    }

    /// Whether the lips were read to say what the operation is.
    pub(crate) fn is_operation_spoken(&self) -> bool {
        self.operation_spoken
    }

    /// Whether the platform left services out.
    pub(crate) fn removed_services(&self) -> bool {
        self.removed_services
    }
}

fn is_false(value: &bool) -> bool {
    !*value
}

fn outcome(verdict: Verdict) -> Outcome {
    match verdict {
        Verdict::Pass => Outcome::Pass,
        Verdict::Fail => Outcome::Fail,
        Verdict::Refer => Outcome::Refer,
        Verdict::Unknown => Outcome::Unknown,
    }
}

fn score_of(score: Score, scale: ScoreScale) -> (Option<f64>, bool) {
    match score {
        Score::Absent => (None, true),
        Score::Malformed => (None, false),
        Score::Number(number) => {
            let percent = scale.to_percent(number);
            (percent, percent.is_some())
        }
    }
}

fn finding(service: Service, report: &ServiceReport, phrase: &Phrase) -> Finding {
    match report.state() {
        ServiceState::Absent => Finding::Absent,
        ServiceState::Passed if service == Service::VisualSpeechRecognition => spoken(report, phrase),
        ServiceState::Passed => Finding::Passed(report.score()),
        ServiceState::Failed | ServiceState::Errored | ServiceState::Unknown => Finding::NotPassed,
    }
}

/// Lip-reading succeeds whatever was said; what counts is that it was the phrase.
fn spoken(report: &ServiceReport, phrase: &Phrase) -> Finding {
    let said = report.transcript().is_some_and(|transcript| phrase.is_said_by(transcript));
    if said { Finding::Passed(report.score()) } else { Finding::NotPassed }
}

fn is_subject(names: &[String], subject: &Subject) -> bool {
    let upstream = subject.platform_name();
    names.iter().all(|name| *name == upstream)
}

fn identity(face: &ServiceReport, subject: &Subject) -> Identity {
    let one_face = face.instances().is_none_or(|faces| faces == 1);
    match (face.state(), face.names()) {
        (ServiceState::Passed, []) if face.instances().is_none() => Identity::Unnamed,
        (ServiceState::Passed, [_, ..]) if one_face && is_subject(face.names(), subject) => Identity::Named,
        _ => Identity::Other,
    }
}
