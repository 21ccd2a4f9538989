//! The shapes of replies: the same facts, as different sources of the platform show them.

mod document;
mod enrollment;
mod matching;
mod service;
pub(crate) mod v2;
mod video;

pub(crate) use document::{ZoneCheck, document_check};
pub(crate) use enrollment::{face_enrollment, voice_enrollment};
pub(crate) use matching::face_match;
pub(crate) use video::video;

/// Which source's replies the sandbox imitates.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Shape {
    /// What the official web SDK 2.4 reads (the default): `scoring_result` is a string, services answer with code 0,
    /// lip-read text is in upper case.
    #[default]
    Sdk,
    /// What the integration guide shows: `scoring_result` is an object, services answer with code 200, Face Recognition
    /// names whom it found.
    Guide,
    /// What SDKs read until early 2025: `result_conditions` in place of `scoring_result`, un-nested voice enrollment,
    /// consent without `data`.
    Legacy,
}

/// In what the platform's `score` counts; its sources disagree.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum ScoreScale {
    /// 0 to 100, as in the integration guide (the default).
    #[default]
    Percent,
    /// 0 to 1, as in the web SDK's readme.
    Unit,
}

impl ScoreScale {
    /// A score in percent, on this scale.
    pub(crate) fn of_percent(self, percent: f64) -> f64 {
        match self {
            Self::Percent => percent,
            Self::Unit => percent / 100.0,
        }
    }
}

#[cfg(test)]
mod tests;
