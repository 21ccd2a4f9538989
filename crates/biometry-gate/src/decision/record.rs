//! What is kept of a pass.

use std::sync::Arc;
use std::time::{Duration, SystemTime};

use biometry_client::Service;
use serde::{Deserialize, Serialize};

use super::decide::satisfies;
use super::evidence::{Evidence, Finding};
use crate::forward_compat::ForwardCompat;
use crate::id::DecisionId;
use crate::intent::IntentDigest;
use crate::policy::{Action, Policy};

/// A passed verification, kept on the server under its owner's record. It opens the routes of one policy, for its owner
/// in one host session, while it is fresh; a single-use one opens one route once.
///
/// At every request the gate holds it against the policy as it is now: one whose evidence falls short of a stricter
/// policy no longer counts.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Decision {
    pub(crate) id: DecisionId,
    pub(crate) policy: Arc<str>,
    pub(crate) policy_version: u32,
    pub(crate) action: Action,
    pub(crate) intent: Option<IntentDigest>,
    pub(crate) evidence: Evidence,
    /// When the capture was accepted: a slow platform does not extend freshness.
    pub(crate) auth_time: SystemTime,
    pub(crate) expires_at: SystemTime,
    pub(crate) single_use: bool,
    /// How often a use of it was given back: what belongs to one use does nothing to a later one.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub(crate) given_back: u32,
    /// What was found after the pass. Few decisions have it, so it lies apart.
    #[serde(default)]
    pub(crate) document: Option<Box<DocumentMatch>>,
    #[serde(flatten)]
    pub(crate) unknown: ForwardCompat,
}

/// The face in the verified video is the one in a document that was accepted in the same session. Kept with the
/// decision where the policy [asks for it](crate::Policy::require_document_match), or where the client had the faces
/// compared.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct DocumentMatch {
    /// When the document was accepted.
    pub accepted_at: SystemTime,
    /// When the faces were found to match.
    pub matched_at: SystemTime,
}

/// Why a decision does not open a route, from the least to the most specific.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum NotAdmitted {
    /// It was made for something else.
    Absent,
    /// It was made for another operation, and is good for that one.
    OtherIntent,
    /// It was used.
    Consumed,
    /// It is too old, or from the future.
    Stale,
    /// Its evidence falls short of what the policy asks for by now.
    Level,
}

fn is_zero(count: &u32) -> bool {
    *count == 0
}

impl Decision {
    /// Whether this decision opens a route that asks for `policy`, and for `intent` where the policy is bound to one.
    ///
    /// # Errors
    /// The reason for which it does not. There is no other way to be let in.
    #[inline]
    pub(crate) fn admits(
        &self,
        policy: &Policy,
        intent: Option<&IntentDigest>,
        now: SystemTime,
    ) -> Result<(), NotAdmitted> {
        if !self.is_for(policy, intent) {
            let is_for_another = self.intent.is_some() && self.is_for(policy, self.intent.as_ref());
            let is_good = is_for_another && self.is_fresh(policy, now);
            return Err(if is_good { NotAdmitted::OtherIntent } else { NotAdmitted::Absent });
        }
        if !self.is_fresh(policy, now) {
            return Err(NotAdmitted::Stale);
        }
        if policy.needs_document_match() && !self.has_sound_document(now) {
            return Err(NotAdmitted::Level);
        }
        if satisfies(&self.evidence, policy) { Ok(()) } else { Err(NotAdmitted::Level) }
    }

    /// A match of the future, or one before its document, is not trusted.
    fn has_sound_document(&self, now: SystemTime) -> bool {
        self.document
            .as_deref()
            .is_some_and(|found| found.accepted_at <= found.matched_at && found.matched_at <= now)
    }

    fn is_fresh(&self, policy: &Policy, now: SystemTime) -> bool {
        // A decision of the future is not trusted.
        let fresh_until = self.auth_time.checked_add(policy.freshness());
        self.auth_time <= now && fresh_until.is_none_or(|until| now <= until) && now < self.expires_at
    }

    /// Whether it was made for this policy, and for this operation where the policy is bound to one.
    pub(crate) fn is_for(&self, policy: &Policy, intent: Option<&IntentDigest>) -> bool {
        let same_operation = match (policy.is_bound_to_intent(), intent) {
            (true, Some(wanted)) => self.intent.as_ref() == Some(wanted),
            (true, None) => false,
            (false, _) => self.intent.is_none(),
        };
        policy.is_named(&self.policy) && self.action == policy.purpose() && same_operation
    }

    /// Names the decision, for support and for [`Admin::revoke_decision`](crate::gate::Admin::revoke_decision). Holding
    /// it gives no access.
    pub fn id(&self) -> &DecisionId {
        &self.id
    }

    /// The name of the policy it was made for.
    pub fn policy(&self) -> &str {
        &self.policy
    }

    /// The [version](crate::Policy::version) that the policy had when it was made.
    pub fn policy_version(&self) -> u32 {
        self.policy_version
    }

    /// When the capture was accepted; freshness counts from here.
    pub fn auth_time(&self) -> SystemTime {
        self.auth_time
    }

    /// When it stops counting, at the latest.
    pub fn expires_at(&self) -> SystemTime {
        self.expires_at
    }

    /// Whether it opens a route once only.
    pub fn is_single_use(&self) -> bool {
        self.single_use
    }

    /// When the document was accepted and the faces were found to match; `None` where they were not compared.
    pub fn document_match(&self) -> Option<DocumentMatch> {
        self.document.as_deref().copied()
    }

    /// Whether Visual Speech Recognition has read from the lips what was approved: the digits that the operation's
    /// [spoken lines](crate::Intent::spoken_line) name. A policy that [speaks](Policy::speak_operation) takes no other
    /// decision.
    pub fn is_operation_spoken(&self) -> bool {
        self.evidence.is_operation_spoken()
    }

    /// How the person was verified, as authentication method references (RFC 8176): `face`, and `vbm` for the voice.
    /// The registry has no value for liveness.
    pub fn amr(&self) -> impl Iterator<Item = &'static str> {
        let passed = |service| matches!(self.evidence.finding(service), Finding::Passed(_));
        let face = passed(Service::FaceRecognition).then_some("face");
        let voice = passed(Service::VoiceRecognition).then_some("vbm");
        face.into_iter().chain(voice)
    }

    /// How long it still counts at `now`; zero once it is over.
    pub fn remaining(&self, now: SystemTime) -> Duration {
        self.expires_at.duration_since(now).unwrap_or_default()
    }
}
