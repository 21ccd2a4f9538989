//! One event, and what it says.

use std::borrow::Cow;
use std::sync::Arc;
use std::time::SystemTime;

use super::{EventKind, Pseudonym, request};
use crate::policy::{Action, Policy};
use crate::principal::Tenant;
use crate::request_ids::is_plain;

/// One thing that happened.
#[derive(Clone, Debug)]
pub struct Event {
    pub(super) kind: EventKind,
    pub(super) at: SystemTime,
    pub(super) tenant: Option<Tenant>,
    pub(super) subject: Option<Pseudonym>,
    pub(super) host_session: Option<Pseudonym>,
    attempt: Option<Pseudonym>,
    policy: Option<Arc<str>>,
    policy_version: Option<u32>,
    action: Option<Action>,
    intent: Option<Pseudonym>,
    decision: Option<Pseudonym>,
    reason: Cow<'static, str>,
    request_id: Option<Arc<str>>,
    platform_request_id: Option<Arc<str>>,
    pub(super) key_id: Option<Arc<str>>,
    pub(super) replica: Option<Arc<str>>,
}

impl Event {
    pub(super) fn new(kind: EventKind, at: SystemTime) -> Self {
        Self {
            kind,
            at,
            tenant: None,
            subject: None,
            host_session: None,
            attempt: None,
            policy: None,
            policy_version: None,
            action: None,
            intent: None,
            decision: None,
            reason: Cow::Borrowed(""),
            request_id: request::current(),
            platform_request_id: None,
            key_id: None,
            replica: None,
        }
    }

    /// Names the policy, its version, and what a verification for it is for.
    pub(crate) fn policy(mut self, policy: &Policy) -> Self {
        self.policy = Some(policy.shared_name());
        self.policy_version = Some(policy.version_number());
        self.action = Some(policy.purpose());
        self
    }

    pub(crate) fn about(mut self, attempt: Option<Pseudonym>) -> Self {
        self.attempt = attempt;
        self
    }

    pub(crate) fn decided(mut self, decision: Option<Pseudonym>) -> Self {
        self.decision = decision;
        self
    }

    pub(crate) fn intended(mut self, intent: Option<Pseudonym>) -> Self {
        self.intent = intent;
        self
    }

    pub(crate) fn reason(mut self, reason: impl Into<Cow<'static, str>>) -> Self {
        self.reason = reason.into();
        self
    }

    /// For work on a request that does not know which.
    pub(crate) fn in_request(mut self, id: &str) -> Self {
        self.request_id = Some(id.into());
        self
    }

    /// The platform's own id.
    pub(crate) fn platform_request(mut self, id: Option<&str>) -> Self {
        self.platform_request_id = id.filter(|id| is_plain(id)).map(Into::into);
        self
    }

    /// What happened.
    pub fn kind(&self) -> EventKind {
        self.kind
    }

    /// When, by the gate's clock.
    pub fn at(&self) -> SystemTime {
        self.at
    }

    /// Whose user it happened to.
    pub fn tenant(&self) -> Option<&Tenant> {
        self.tenant.as_ref()
    }

    /// Who it happened to.
    pub fn subject(&self) -> Option<Pseudonym> {
        self.subject
    }

    /// In which session of the host.
    pub fn host_session(&self) -> Option<Pseudonym> {
        self.host_session
    }

    /// Which biometric session it belongs to: from the phrase that was issued to the decision.
    pub fn attempt(&self) -> Option<Pseudonym> {
        self.attempt
    }

    /// The policy concerned.
    pub fn policy_name(&self) -> Option<&str> {
        self.policy.as_deref()
    }

    /// The version of the policy concerned.
    pub fn policy_version(&self) -> Option<u32> {
        self.policy_version
    }

    /// What the verification was, or is to be, for.
    pub fn action(&self) -> Option<Action> {
        self.action
    }

    /// Which operation is to be approved, was approved or was asked for: the same operation of the same person by the same
    /// route is the same pseudonym.
    pub fn intent(&self) -> Option<Pseudonym> {
        self.intent
    }

    /// Which decision was made, used, revoked or given back.
    pub fn decision(&self) -> Option<Pseudonym> {
        self.decision
    }

    /// Why, in a word or a few; empty where the kind says it all.
    pub fn reason_text(&self) -> &str {
        &self.reason
    }

    /// The id that the answer to the request carries as `X-Request-Id`, unless it carries the platform's.
    pub fn request_id(&self) -> Option<&str> {
        self.request_id.as_deref()
    }

    /// The platform's id of the request, for its support.
    pub fn platform_request_id(&self) -> Option<&str> {
        self.platform_request_id.as_deref()
    }

    /// The API key that the platform is called with for this tenant, or, of `key.rejected`, the one that it does not
    /// accept: the id that the key has at the platform, or the beginning of its SHA-256 where it names none. `None` where
    /// tenants have keys of their own and the tenant is not known.
    pub fn key_id(&self) -> Option<&str> {
        self.key_id.as_deref()
    }

    /// The [name](crate::gate::Auditing::replica_name) of the process that tells it, where it has one.
    pub fn replica(&self) -> Option<&str> {
        self.replica.as_deref()
    }
}
