//! Single readers and writers, for the fuzz targets and for comparing them with other parsers. Not part of any build but
//! theirs.

use biometry_client::{Reply, Verification};
use http::{HeaderMap, HeaderValue};

pub use crate::capture::fuzzing::{Part, read_container, read_content_type, read_head, read_multipart};
use crate::challenge::{ChallengeParams, Scheme};
use crate::decision::{Conclusion, Evidence, decide};
pub use crate::gate::fuzzing::return_target;
use crate::intent::{Intent, Route, has_two_readings};
use crate::phrase::Phrase;
use crate::policy::{Policy, ScoreScale};
use crate::principal::{Subject, SubjectKey};

/// The digest of an operation.
pub fn digest(intent: &Intent, owner: &SubjectKey, policy: &Policy, route: Route<'_>) -> String {
    let digest = intent.digest(owner, policy, route).ok();
    serde_json::to_string(&digest).unwrap_or_default()
}

/// Whether a body is refused because parsers may disagree on it.
pub fn is_ambiguous(body: &[u8]) -> bool {
    has_two_readings(&HeaderMap::new(), body)
}

/// Whether a reply proves what the policy asks of this subject, on the scale of percents.
pub fn is_pass(reply: &Reply<Verification>, phrase: &Phrase, subject: &Subject, policy: &Policy) -> bool {
    let evidence = Evidence::gather(reply, phrase, subject, ScoreScale::Percent);
    decide(&evidence, policy) == Conclusion::Pass
}

/// The challenge for a policy; `None` where the scheme cannot be one.
pub fn challenge(scheme: &str, realm: &str, policy: &Policy) -> Option<HeaderValue> {
    Scheme::parse(scheme).map(|scheme| ChallengeParams::new(scheme, realm).step_up(policy))
}
