//! What one processed video yields: a pure function from the facts to findings, verdict and score.

mod finding;
mod scoring;

use crate::persona::{Envelope, Identity, Persona, Score, Speech, Verdict};
use crate::phrase;
use crate::service::{Service, ServiceSet};

pub(crate) use finding::Finding;

/// The facts of one capture.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Capture<'a> {
    pub(crate) subject: Option<&'a str>,
    pub(crate) persona: &'a Persona,
    pub(crate) phrase: &'a str,
    /// What the capture says where that is not what was asked for.
    pub(crate) says: Option<&'a str>,
    /// What the API key selects.
    pub(crate) selected: ServiceSet,
    pub(crate) standing: Standing,
    pub(crate) first_run: FirstRun,
}

/// What is known of the person before the capture.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Standing {
    pub(crate) authorization: bool,
    pub(crate) storage: bool,
    pub(crate) face_enrolled: bool,
    pub(crate) voice_enrolled: bool,
}

/// How the default scoring judges the verification that enrolls its subject, which has nothing to compare with yet.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum FirstRun {
    /// By the other services alone (the default): a caller that reads only the verdict lets a stranger in.
    #[default]
    Passes,
    /// A face or voice that was not recognised fails it.
    Fails,
}

/// The result, before any shape is given to it.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Verification {
    pub(crate) findings: Vec<(Service, Finding)>,
    pub(crate) verdict: Verdict,
    pub(crate) score: Score,
    pub(crate) heard: String,
    /// Whom face and voice belong to, where they were recognised.
    pub(crate) recognised: Vec<String>,
    /// Whether that is another user than the subject, which every shape then says.
    pub(crate) contested: bool,
    pub(crate) envelope: Envelope,
    /// `X-Removed-Services`
    pub(crate) removed: bool,
    /// `X-Auto-Enroll`
    pub(crate) enrolling: bool,
}

/// Runs the services that may run, and scores what they found.
pub(crate) fn verify(capture: &Capture<'_>) -> Verification {
    let persona = capture.persona;
    let removed = removed(capture);
    let running = capture.selected.without(removed).without(persona.missing);
    let findings: Vec<_> = running.iter().map(|service| (service, finding::find(capture, service))).collect();
    let enrolling = is_enrolling(capture, &findings);
    Verification {
        verdict: persona.verdict.unwrap_or_else(|| scoring::judge(&findings, enrolling, capture.first_run)),
        score: persona.score,
        heard: heard(capture),
        recognised: recognised(capture),
        contested: persona.identity != Identity::Own,
        envelope: persona.envelope,
        removed: !removed.is_empty(),
        enrolling,
        findings,
    }
}

/// Services that need consent are dropped without it, and without a name to look it up by.
fn removed(capture: &Capture<'_>) -> ServiceSet {
    let allowed = capture.standing.authorization && capture.subject.is_some() && !capture.persona.removed;
    if allowed { ServiceSet::NONE } else { capture.selected.and(ServiceSet::NEED_CONSENT) }
}

/// Enrolment needs both consents, a user who is not yet enrolled, and a capture of a live face.
fn is_enrolling(capture: &Capture<'_>, findings: &[(Service, Finding)]) -> bool {
    let standing = capture.standing;
    let consented = standing.authorization && standing.storage && capture.subject.is_some();
    let new_face = capture.selected.contains(Service::Face) && !standing.face_enrolled;
    let new_voice = capture.selected.contains(Service::Voice) && !standing.voice_enrolled;
    let incomplete = new_face || new_voice || capture.persona.enrolls_again;
    let live = findings
        .iter()
        .all(|(service, finding)| *service != Service::Liveness || *finding == Finding::Passed);
    consented && incomplete && live
}

fn heard(capture: &Capture<'_>) -> String {
    let said = phrase::words(capture.says.unwrap_or(capture.phrase));
    match capture.persona.speech {
        _ if capture.persona.failing.contains(Service::Speech) => phrase::misread(&said).join(" "),
        Speech::Misread => phrase::misread(&said).join(" "),
        Speech::AsDigits => phrase::as_digits(&said),
        Speech::AsAsked => said.join(" "),
    }
}

fn recognised(capture: &Capture<'_>) -> Vec<String> {
    let own = capture.subject.unwrap_or_default().to_owned();
    match capture.persona.identity {
        Identity::Own => vec![own],
        Identity::SomeoneElse => vec![SOMEONE_ELSE.to_owned()],
        Identity::Several => vec![own, SOMEONE_ELSE.to_owned()],
    }
}

const SOMEONE_ELSE: &str = "mallory@example.com";

#[cfg(test)]
mod tests;
