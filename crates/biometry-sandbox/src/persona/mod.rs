//! Personas: the subject decides what its uploads yield, as a payment provider's test card numbers do.
//!
//! [`parse`] is a pure function from the subject to a [`Persona`]; [`TABLE`] is the one description of them for people.

mod words;

use std::time::Duration;

use crate::service::ServiceSet;

/// The table of personas, in Markdown: the same text as in the crate's documentation.
pub const TABLE: &str = include_str!("../docs/personas.md");

/// What a subject asks of the sandbox by its name.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Persona {
    /// Whether face and voice count as enrolled before anything was uploaded.
    pub(crate) enrolled: bool,
    pub(crate) delay: Duration,
    pub(crate) ending: Ending,
    /// `None`: the verdict follows from what the services found.
    pub(crate) verdict: Option<Verdict>,
    pub(crate) score: Score,
    pub(crate) failing: ServiceSet,
    pub(crate) errored: ServiceSet,
    /// Left out of the reply without the header that would say so.
    pub(crate) missing: ServiceSet,
    /// Face and voice are dropped although consent exists.
    pub(crate) removed: bool,
    /// Every verification reports an auto-enrolment.
    pub(crate) enrolls_again: bool,
    pub(crate) speech: Speech,
    pub(crate) framing: Framing,
    pub(crate) identity: Identity,
    pub(crate) envelope: Envelope,
    pub(crate) voice: VoiceSample,
    pub(crate) document: Document,
    pub(crate) matching: Matching,
}

/// How the answer to an upload ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Ending {
    Usual,
    Status(u16),
    /// 200 with a body that is not JSON.
    Malformed,
    /// 200 without a body.
    Empty,
    /// 502 with a page of HTML, as a load balancer in front answers.
    BadGateway,
    /// An error whose `error` is an object, as in v2.
    ErrorObject,
    Redirect,
    /// 200 with far more bytes than any reply has.
    Huge,
    KeyNotActive,
    NameLocked,
    CutBeforeReply,
    CutAfterHeaders,
}

/// A verdict of the platform's scoring.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Verdict {
    Pass,
    Fail,
    Refer,
    /// A word that no source knows.
    Unheard,
    /// No scoring is configured: the field is absent.
    Absent,
}

#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) enum Score {
    ByVerdict,
    Absent,
    Exactly(f64),
    /// The usual number, as a JSON string.
    Text,
}

/// What was read from the lips.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Speech {
    AsAsked,
    AsDigits,
    /// Other words, while the service reports success.
    Misread,
}

/// How the face stands in the picture.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Framing {
    Good,
    NoFace,
    ManyFaces,
    NotCentred,
}

/// The user that Face Recognition names, in shapes that name one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Identity {
    Own,
    SomeoneElse,
    /// The subject, and another face besides.
    Several,
}

/// What of a verification's envelope is unusual.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Envelope {
    Usual,
    /// Only `message`.
    Minimal,
    /// Verdict and score without `data`.
    WithoutData,
    /// `scoring_result` and `score` twice, contradicting each other.
    DuplicateKeys,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum VoiceSample {
    Good,
    AlreadyEnrolled,
    QualityFailed,
    Error,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Document {
    Good,
    /// HTTP 200 with all the data, and not valid.
    Failed,
    /// The verdict says pass, `current_result` says Failed.
    Contradictory,
    /// The machine-readable zone and the printed text differ.
    ZoneDiffers,
    WithoutPortrait,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Matching {
    Same,
    Different,
    /// `result` says they match, `code` says the check failed.
    Contradictory,
    NoFaceInImage,
}

impl Persona {
    /// A subject whose name asks for nothing.
    pub(crate) const PLAIN: Self = Self {
        enrolled: false,
        delay: Duration::ZERO,
        ending: Ending::Usual,
        verdict: None,
        score: Score::ByVerdict,
        failing: ServiceSet::NONE,
        errored: ServiceSet::NONE,
        missing: ServiceSet::NONE,
        removed: false,
        enrolls_again: false,
        speech: Speech::AsAsked,
        framing: Framing::Good,
        identity: Identity::Own,
        envelope: Envelope::Usual,
        voice: VoiceSample::Good,
        document: Document::Good,
        matching: Matching::Same,
    };
}

/// Reads the persona from a subject's name; a name that is not in the table is [`Persona::PLAIN`].
pub(crate) fn parse(subject: &str) -> Persona {
    let named = subject.rsplit_once('@').and_then(|(local, _)| words::read(&local.to_ascii_lowercase()));
    named.unwrap_or(Persona::PLAIN)
}

#[cfg(test)]
mod tests;
