//! Evidence against a policy.

use std::fmt;

use biometry_client::Service;

use super::evidence::{Evidence, Finding, Identity, Outcome};
use crate::policy::Policy;

/// What follows from one verification.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Conclusion {
    /// Everything the policy asks for is proven.
    Pass,
    /// The platform enrolled the person in front of the camera: that proves nothing about who it was.
    EnrolledNotVerified,
    /// The platform refers the case to a person.
    Refer,
    /// Something is missing or against it.
    Fail(Vec<Shortfall>),
}

/// One thing that keeps evidence from passing. For the audit trail, never for the browser.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Shortfall {
    /// The verdict is not `pass`.
    Verdict(Outcome),
    /// The score is not a number on the configured scale.
    ScoreUnsound,
    /// A threshold is set and there is no score.
    ScoreAbsent,
    /// The score lies below the threshold.
    ScoreBelow,
    /// A required service did not run.
    Absent(Service),
    /// A required service ran and did not pass.
    NotPassed(Service),
    /// A required service passed, with a score below its minimum or without one.
    Weak(Service),
    /// The face is another person's, or there are several.
    OtherPerson,
    /// The policy asks for a named match and the reply names no person.
    Unnamed,
    /// The policy asks that the operation be spoken, and the lips were not read to say it.
    OperationUnspoken,
    /// The platform left services out.
    ServicesRemoved,
    /// The platform enrolled a person during the verification.
    AutoEnrolled,
}

impl Conclusion {
    /// What fell short, in words of the audit trail.
    pub(crate) fn reasons(&self) -> Vec<String> {
        match self {
            Self::Pass | Self::EnrolledNotVerified | Self::Refer => Vec::new(),
            Self::Fail(shortfalls) => shortfalls.iter().map(ToString::to_string).collect(),
        }
    }
}

/// Holds `evidence` against `policy`. There is one way to [`Conclusion::Pass`]: nothing falls short.
pub(crate) fn decide(evidence: &Evidence, policy: &Policy) -> Conclusion {
    let shortfalls: Vec<_> = shortfalls(evidence, policy).collect();
    if shortfalls.is_empty() {
        return Conclusion::Pass;
    }
    match evidence.verdict {
        _ if evidence.auto_enrolled => Conclusion::EnrolledNotVerified,
        Outcome::Refer => Conclusion::Refer,
        Outcome::Pass | Outcome::Fail | Outcome::Unknown => Conclusion::Fail(shortfalls),
    }
}

/// Whether nothing falls short: every request asks, so it stops at the first shortfall and allocates nothing.
#[inline]
pub(crate) fn satisfies(evidence: &Evidence, policy: &Policy) -> bool {
    evidence.verdict == Outcome::Pass
        && score(evidence, policy).is_none()
        && evidence.passed().contains_all(policy.required())
        && policy.minimums().iter().all(|&(service, minimum)| weak(evidence, service, minimum).is_none())
        && person(evidence, policy).is_none()
        && unspoken(evidence, policy).is_none()
        && !evidence.removed_services
        && !evidence.auto_enrolled
}

fn shortfalls(evidence: &Evidence, policy: &Policy) -> impl Iterator<Item = Shortfall> {
    let verdict = (evidence.verdict != Outcome::Pass).then_some(Shortfall::Verdict(evidence.verdict));
    let services = policy.required().iter().filter_map(|service| missing(evidence, service));
    let minimums =
        policy.minimums().iter().filter_map(|&(service, minimum)| weak(evidence, service, minimum));
    let removed = evidence.removed_services.then_some(Shortfall::ServicesRemoved);
    let enrolled = evidence.auto_enrolled.then_some(Shortfall::AutoEnrolled);
    verdict
        .into_iter()
        .chain(score(evidence, policy))
        .chain(services)
        .chain(minimums)
        .chain(person(evidence, policy))
        .chain(unspoken(evidence, policy))
        .chain(removed)
        .chain(enrolled)
}

fn score(evidence: &Evidence, policy: &Policy) -> Option<Shortfall> {
    if !evidence.score_is_sound {
        return Some(Shortfall::ScoreUnsound);
    }
    let minimum = policy.threshold().minimum()?;
    match evidence.score {
        None => Some(Shortfall::ScoreAbsent),
        Some(score) if score >= minimum => None,
        Some(_) => Some(Shortfall::ScoreBelow),
    }
}

fn missing(evidence: &Evidence, service: Service) -> Option<Shortfall> {
    match evidence.finding(service) {
        Finding::Passed(_) => None,
        Finding::Absent => Some(Shortfall::Absent(service)),
        Finding::NotPassed => Some(Shortfall::NotPassed(service)),
    }
}

fn unspoken(evidence: &Evidence, policy: &Policy) -> Option<Shortfall> {
    let is_missing = policy.speaks_operation() && !evidence.is_operation_spoken();
    is_missing.then_some(Shortfall::OperationUnspoken)
}

fn weak(evidence: &Evidence, service: Service, minimum: f64) -> Option<Shortfall> {
    match evidence.finding(service) {
        Finding::Passed(Some(score)) if score >= minimum => None,
        _ => Some(Shortfall::Weak(service)),
    }
}

/// Another person's face refuses whatever the policy asks for; who it is matters where Face Recognition counts.
fn person(evidence: &Evidence, policy: &Policy) -> Option<Shortfall> {
    let face_ran = evidence.finding(Service::FaceRecognition) != Finding::Absent;
    match evidence.identity {
        Identity::Named => None,
        Identity::Unnamed => policy.needs_named_match().then_some(Shortfall::Unnamed),
        Identity::Other => (face_ran || policy.required().contains(Service::FaceRecognition))
            .then_some(Shortfall::OtherPerson),
    }
}

impl fmt::Display for Shortfall {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Verdict(Outcome::Unknown) => f.write_str("verdict-unknown"),
            Self::Verdict(Outcome::Refer) => f.write_str("verdict-refer"),
            Self::Verdict(Outcome::Fail | Outcome::Pass) => f.write_str("verdict-fail"),
            Self::ScoreUnsound => f.write_str("score-unsound"),
            Self::ScoreAbsent => f.write_str("score-absent"),
            Self::ScoreBelow => f.write_str("score-below"),
            Self::Absent(service) => write!(f, "absent({})", service.as_str()),
            Self::NotPassed(service) => write!(f, "not-passed({})", service.as_str()),
            Self::Weak(service) => write!(f, "weak({})", service.as_str()),
            Self::OtherPerson => f.write_str("other-person"),
            Self::Unnamed => f.write_str("unnamed"),
            Self::OperationUnspoken => f.write_str("operation-unspoken"),
            Self::ServicesRemoved => f.write_str("services-removed"),
            Self::AutoEnrolled => f.write_str("auto-enrolled"),
        }
    }
}
