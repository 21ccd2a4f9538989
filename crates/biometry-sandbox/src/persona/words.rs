//! The words that make a persona: what stands before the `@`, separated by `+`, or by `:` where a name must not have a `+`.
//!
//! The first word decides whether the subject is a persona at all. Later words that mean nothing are labels, so that
//! `pass+ana@example.com` and `pass+ben@example.com` are two people of the same kind.

use std::iter::Peekable;
use std::str::Split;
use std::time::Duration;

use super::{
    Document, Ending, Envelope, Framing, Identity, Matching, Persona, Score, Speech, Verdict, VoiceSample,
};
use crate::service::{Service, ServiceSet};

type Words<'a> = Peekable<Split<'a, [char; 2]>>;

pub(super) fn read(local: &str) -> Option<Persona> {
    let mut words = local.split(['+', ':']).peekable();
    let mut persona = Persona { enrolled: true, ..Persona::PLAIN };
    let first = words.next()?;
    if !persona.apply(first, &mut words) {
        return None;
    }
    while let Some(word) = words.next() {
        persona.apply(word, &mut words);
    }
    Some(persona)
}

impl Persona {
    /// Whether the word means something.
    fn apply(&mut self, word: &str, rest: &mut Words<'_>) -> bool {
        self.apply_verdict(word, rest)
            || self.apply_score(word, rest)
            || self.apply_evidence(word, rest)
            || self.apply_reply(word, rest)
            || self.apply_elsewhere(word, rest)
    }

    fn apply_verdict(&mut self, word: &str, rest: &mut Words<'_>) -> bool {
        match word {
            "pass" => self.verdict = None,
            "fail" => {
                self.failing = services(rest);
                self.verdict = Some(Verdict::Fail);
            }
            "still-pass" => self.verdict = Some(Verdict::Pass),
            "refer" => self.verdict = Some(Verdict::Refer),
            "unknown" => self.verdict = Some(Verdict::Unheard),
            "noverdict" => self.verdict = Some(Verdict::Absent),
            "new" => self.enrolled = false,
            _ => return false,
        }
        true
    }

    fn apply_score(&mut self, word: &str, rest: &mut Words<'_>) -> bool {
        match word {
            "score" => self.score = argument(rest, number).map_or(Score::ByVerdict, Score::Exactly),
            "lowscore" => self.score = Score::Exactly(12.0),
            "noscore" => self.score = Score::Absent,
            "textscore" => self.score = Score::Text,
            _ => return false,
        }
        true
    }

    fn apply_evidence(&mut self, word: &str, rest: &mut Words<'_>) -> bool {
        match word {
            "errored" => {
                self.errored = services(rest);
                self.verdict = Some(Verdict::Fail);
            }
            "without" => self.missing = services(rest),
            "removed" => self.removed = true,
            "enroll-again" => self.enrolls_again = true,
            "digits" => self.speech = Speech::AsDigits,
            "misread" => self.speech = Speech::Misread,
            "no-face" => self.framing = Framing::NoFace,
            "many-faces" => self.framing = Framing::ManyFaces,
            "not-centred" => self.framing = Framing::NotCentred,
            "someone-else" => self.identity = Identity::SomeoneElse,
            "two-people" => self.identity = Identity::Several,
            _ => return false,
        }
        true
    }

    fn apply_reply(&mut self, word: &str, rest: &mut Words<'_>) -> bool {
        match word {
            "slow" => self.delay = argument(rest, duration).unwrap_or(Duration::from_secs(2)),
            "error" => self.ending = Ending::Status(argument(rest, status).unwrap_or(500)),
            "malformed" => self.ending = Ending::Malformed,
            "empty" => self.ending = Ending::Empty,
            "bad-gateway" => self.ending = Ending::BadGateway,
            "error-object" => self.ending = Ending::ErrorObject,
            "redirect" => self.ending = Ending::Redirect,
            "huge" => self.ending = Ending::Huge,
            "key-revoked" => self.ending = Ending::KeyNotActive,
            "locked" => self.ending = Ending::NameLocked,
            "cut" => self.ending = Ending::CutBeforeReply,
            "cut-body" => self.ending = Ending::CutAfterHeaders,
            "minimal" => self.envelope = Envelope::Minimal,
            "nodata" => self.envelope = Envelope::WithoutData,
            "duplicate-keys" => self.envelope = Envelope::DuplicateKeys,
            _ => return false,
        }
        true
    }

    /// What other uploads than a verification yield.
    fn apply_elsewhere(&mut self, word: &str, rest: &mut Words<'_>) -> bool {
        match word {
            "enroll" => self.framing = argument(rest, framing).unwrap_or(Framing::Good),
            "voice" => self.voice = argument(rest, voice_sample).unwrap_or(VoiceSample::Good),
            "doc" => self.document = argument(rest, document).unwrap_or(Document::Good),
            "match" => self.matching = argument(rest, matching).unwrap_or(Matching::Same),
            "nomatch" => self.matching = Matching::Different,
            _ => return false,
        }
        true
    }
}

/// The next word, where it can be read as what is expected here; otherwise it stays for the next reader.
fn argument<T>(rest: &mut Words<'_>, read: impl Fn(&str) -> Option<T>) -> Option<T> {
    let value = read(rest.peek()?)?;
    rest.next();
    Some(value)
}

fn services(rest: &mut Words<'_>) -> ServiceSet {
    std::iter::from_fn(|| argument(rest, Service::from_word)).collect()
}

fn number(word: &str) -> Option<f64> {
    word.parse().ok().filter(|number: &f64| number.is_finite())
}

fn status(word: &str) -> Option<u16> {
    word.parse().ok().filter(|status| (400..=599).contains(status))
}

/// `5s`, `250ms`; ten minutes at most.
fn duration(word: &str) -> Option<Duration> {
    humantime::parse_duration(word).ok().filter(|duration| *duration <= Duration::from_secs(600))
}

fn framing(word: &str) -> Option<Framing> {
    match word {
        "noface" => Some(Framing::NoFace),
        "manyfaces" => Some(Framing::ManyFaces),
        "notcentred" => Some(Framing::NotCentred),
        _ => None,
    }
}

fn voice_sample(word: &str) -> Option<VoiceSample> {
    match word {
        "enrolled" => Some(VoiceSample::AlreadyEnrolled),
        "qafailed" => Some(VoiceSample::QualityFailed),
        "error" => Some(VoiceSample::Error),
        _ => None,
    }
}

fn document(word: &str) -> Option<Document> {
    match word {
        "failed" => Some(Document::Failed),
        "contradiction" => Some(Document::Contradictory),
        "mrz" => Some(Document::ZoneDiffers),
        "noportrait" => Some(Document::WithoutPortrait),
        _ => None,
    }
}

fn matching(word: &str) -> Option<Matching> {
    match word {
        "contradiction" => Some(Matching::Contradictory),
        "noface" => Some(Matching::NoFaceInImage),
        _ => None,
    }
}
