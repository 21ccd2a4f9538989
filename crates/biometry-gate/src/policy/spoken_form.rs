use serde::{Deserialize, Serialize};

/// How the amounts of a policy's operations are spoken.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) enum SpokenForm {
    /// Digit by digit.
    Whole,
    /// One of more than four digits by the number of digits before the point and its first four.
    Shortened,
}

impl SpokenForm {
    /// The form that says more.
    pub(super) fn stricter(one: Option<Self>, other: Option<Self>) -> Option<Self> {
        match (one, other) {
            (Some(Self::Shortened), Some(Self::Shortened)) => Some(Self::Shortened),
            (Some(_), Some(_)) => Some(Self::Whole),
            (one, other) => one.or(other),
        }
    }
}
