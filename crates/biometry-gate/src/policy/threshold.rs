//! Scores that have to be reached, and the scale they are on.

use std::fmt;

use serde::{Deserialize, Serialize};

/// The score that a verification has to reach. A policy cannot be made without one, and there is no default: the number
/// is the host's choice between false acceptance and false rejection.
///
/// ```
/// use biometry_gate::policy::Threshold;
///
/// assert_eq!(Threshold::percent(70.0)?.minimum(), Some(70.0));
/// assert!(Threshold::percent(0.7).is_err(), "a fraction by mistake would let nearly every face in");
/// assert_eq!(Threshold::vendor_verdict_only().minimum(), None);
/// # Ok::<(), biometry_gate::policy::ThresholdError>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Threshold(Option<f64>);

/// The scale on which the gate reads the platform's score; set by
/// [`Platform::score_scale`](crate::gate::Platform::score_scale). The platform's sources disagree, so it is configured
/// and not guessed. A score outside of the scale never passes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default, Serialize, Deserialize)]
pub enum ScoreScale {
    /// 0 to 100, as the platform's integration guide has it. The default.
    #[default]
    Percent,
    /// 0 to 1, as the official SDK's README has it. The gate converts such a score to percent before it compares.
    Unit,
}

/// A threshold that is not a percentage above 1 and at most 100. The message says what to write instead.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct ThresholdError;

impl Threshold {
    /// At least `minimum` percent, above 1 and at most 100, whatever scale the platform answers on. A score that
    /// reaches it exactly passes; an absent score does not.
    ///
    /// # Errors
    /// When `minimum` is something else. 1 and less looks like a fraction and would let nearly every face in: 0.7 is
    /// not 70.
    pub fn percent(minimum: f64) -> Result<Self, ThresholdError> {
        if minimum > 1.0 && minimum <= 100.0 { Ok(Self(Some(minimum))) } else { Err(ThresholdError) }
    }

    /// No threshold at the gate: the platform's verdict and the required services decide. A score that is present must
    /// still be a number on the configured scale.
    pub fn vendor_verdict_only() -> Self {
        Self(None)
    }

    /// The minimum in percent, where there is one.
    pub fn minimum(self) -> Option<f64> {
        self.0
    }

    pub(crate) fn stricter(self, other: Self) -> Self {
        match (self.0, other.0) {
            (Some(a), Some(b)) => Self(Some(a.max(b))),
            (a, b) => Self(a.or(b)),
        }
    }
}

impl ScoreScale {
    /// The score in percent, or `None` where it lies outside the scale.
    pub(crate) fn to_percent(self, score: f64) -> Option<f64> {
        let (top, factor) = match self {
            Self::Percent => (100.0, 1.0),
            Self::Unit => (1.0, 100.0),
        };
        (0.0..=top).contains(&score).then_some(score * factor)
    }
}

impl fmt::Display for ThresholdError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(
            "a score threshold is a percentage above 1 and at most 100, 70 and not 0.7 for example: correct \
             `Threshold::percent`, or say `Threshold::vendor_verdict_only` for none",
        )
    }
}

/// Programs that print it with `Debug` when they end say the same.
impl fmt::Debug for ThresholdError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl std::error::Error for ThresholdError {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_threshold_is_a_percentage() {
        for good in [1.1, 50.0, 70.0, 100.0] {
            assert_eq!(Threshold::percent(good).unwrap().minimum(), Some(good));
        }
        for bad in [-70.0, -0.1, 0.0, 0.7, 1.0, 100.1, f64::NAN, f64::INFINITY, f64::NEG_INFINITY] {
            assert!(Threshold::percent(bad).is_err());
        }
    }

    #[test]
    fn a_score_beyond_its_scale_is_none() {
        assert_eq!(ScoreScale::Percent.to_percent(92.5), Some(92.5));
        assert_eq!(ScoreScale::Unit.to_percent(0.5), Some(50.0));
        for (scale, score) in [
            (ScoreScale::Unit, 92.5),
            (ScoreScale::Percent, 100.5),
            (ScoreScale::Unit, -0.1),
            (ScoreScale::Percent, f64::NAN),
        ] {
            assert_eq!(scale.to_percent(score), None);
        }
    }
}
