//! Single readers and writers, for the fuzz targets and for comparing them with other parsers. Not part of any build but
//! theirs.

use http::{HeaderMap, HeaderValue};

pub use crate::capture::fuzzing::{Part, read_container, read_content_type, read_head, read_multipart};
use crate::challenge::{ChallengeParams, Scheme};
pub use crate::gate::fuzzing::return_target;
use crate::intent::{Intent, Route, has_two_readings};
use crate::policy::Policy;
use crate::principal::SubjectKey;

/// The digest of an operation.
pub fn digest(intent: &Intent, owner: &SubjectKey, policy: &Policy, route: Route<'_>) -> String {
    serde_json::to_string(&intent.digest(owner, policy, route)).unwrap_or_default()
}

/// Whether a body is refused because parsers may disagree on it.
pub fn is_ambiguous(body: &[u8]) -> bool {
    has_two_readings(&HeaderMap::new(), body)
}

/// The challenge for a policy; `None` where the scheme cannot be one.
pub fn challenge(scheme: &str, realm: &str, policy: &Policy) -> Option<HeaderValue> {
    Scheme::parse(scheme).map(|scheme| ChallengeParams::new(scheme, realm).step_up(policy))
}
