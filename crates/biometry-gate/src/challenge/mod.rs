//! What a refusal looks like: `application/problem+json` (RFC 9457) and the step-up challenge (RFC 9470).

mod problem;
mod www_authenticate;

pub(crate) use self::problem::NOSNIFF;
pub use self::problem::{Code, Problem};
pub(crate) use self::www_authenticate::{ChallengeParams, Scheme};
