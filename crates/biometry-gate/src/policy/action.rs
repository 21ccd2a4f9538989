//! What a verification is for.

use biometry_client::Trigger;
use serde::{Deserialize, Serialize};

/// What a verification is for. It goes to the platform as its trigger, a challenge names it, and a decision keeps it: a
/// decision for one action satisfies no policy with the other.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Action {
    /// Showing who one is. The default of [`Policy::for_session`](super::Policy::for_session).
    Authentication,
    /// Approving one operation. The default of [`Policy::for_operation`](super::Policy::for_operation).
    Confirmation,
}

impl Action {
    /// The word that refusals and the platform use: `authentication` or `confirmation`.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Authentication => "authentication",
            Self::Confirmation => "confirmation",
        }
    }

    pub(crate) fn trigger(self) -> Trigger {
        match self {
            Self::Authentication => Trigger::Authentication,
            Self::Confirmation => Trigger::Confirmation,
        }
    }
}
