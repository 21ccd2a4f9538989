//! One event, and what it says.

use std::borrow::Cow;
use std::sync::Arc;
use std::time::SystemTime;

use super::{EventKind, Pseudonym, request};
use crate::policy::{Action, Policy};
use crate::principal::Tenant;
use crate::request_ids::is_plain;

/// One thing that happened, as an [`AuditSink`](super::AuditSink) gets it.
///
/// The gate makes events; a sink reads them. Members that are unknown or do not apply are `None`: an event about the
/// gate's configuration has no subject, one about a revoked tenant has no host session. `Clone` is cheap, and an event
/// holds nothing that borrows, so a sink may send it to another thread.
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
    operation_spoken: bool,
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
            operation_spoken: false,
            reason: Cow::Borrowed(""),
            request_id: request::current_id(),
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

    pub(crate) fn spoken(mut self, operation_spoken: bool) -> Self {
        self.operation_spoken = operation_spoken;
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

    /// The request's id, for work that goes on outside of the request's task.
    pub(crate) fn in_request(mut self, id: &str) -> Self {
        self.request_id = Some(id.into());
        self
    }

    /// The platform's own id.
    pub(crate) fn platform_request(mut self, id: Option<&str>) -> Self {
        self.platform_request_id = id.filter(|id| is_plain(id)).map(Into::into);
        self
    }

    /// What happened. [`EventKind::as_str`] has the name that the trail uses.
    pub fn kind(&self) -> EventKind {
        self.kind
    }

    /// When it happened, by the gate's [clock](crate::clock::Clock).
    pub fn at(&self) -> SystemTime {
        self.at
    }

    /// The tenant of the user it happened to; the default tenant where the host has one kind of user. `None` where the
    /// event is about no tenant, such as a lint.
    pub fn tenant(&self) -> Option<&Tenant> {
        self.tenant.as_ref()
    }

    /// The pseudonym of the user it happened to. It covers the tenant, so equal names in two tenants differ.
    pub fn subject(&self) -> Option<Pseudonym> {
        self.subject
    }

    /// The pseudonym of the user's session at the host. `None` where the event is about all sessions of a subject.
    pub fn host_session(&self) -> Option<Pseudonym> {
        self.host_session
    }

    /// The pseudonym of the biometric session it belongs to: the same from the phrase that was issued to the decision.
    pub fn attempt(&self) -> Option<Pseudonym> {
        self.attempt
    }

    /// The name of the policy concerned.
    pub fn policy_name(&self) -> Option<&str> {
        self.policy.as_deref()
    }

    /// The [version](crate::Policy::version) of the policy concerned.
    pub fn policy_version(&self) -> Option<u32> {
        self.policy_version
    }

    /// What the verification was, or is to be, for: showing who the person is, or approving an operation.
    pub fn action(&self) -> Option<Action> {
        self.action
    }

    /// The pseudonym of the operation that is to be approved, was approved or was asked for. The same operation of the
    /// same person by the same route has the same pseudonym; the content of an operation is in no event.
    pub fn intent(&self) -> Option<Pseudonym> {
        self.intent
    }

    /// The pseudonym of the decision that was made, used, revoked or given back.
    pub fn decision(&self) -> Option<Pseudonym> {
        self.decision
    }

    /// Whether the decision is one for which Visual Speech Recognition has read the operation's digits from the lips. What
    /// they were is in no event.
    pub fn is_operation_spoken(&self) -> bool {
        self.operation_spoken
    }

    /// Why, in a word or a few, such as `superseded` or `face`; empty where the kind says it all. The words are stable
    /// enough to group by, and new ones may come with a new version.
    pub fn reason_text(&self) -> &str {
        &self.reason
    }

    /// The id of the request in which it happened, which the answer carries as `X-Request-Id` unless it carries the
    /// platform's. `None` for work in the background.
    pub fn request_id(&self) -> Option<&str> {
        self.request_id.as_deref()
    }

    /// The platform's own id of the call, for questions to its support.
    pub fn platform_request_id(&self) -> Option<&str> {
        self.platform_request_id.as_deref()
    }

    /// The id of the API key that the gate calls the platform with for this tenant, or, for `key.rejected`, of the key
    /// that the platform does not accept. It is the id that the key itself names, or the beginning of its SHA-256 where
    /// it names none; never the key. `None` where tenants have keys of their own and the tenant is unknown.
    pub fn key_id(&self) -> Option<&str> {
        self.key_id.as_deref()
    }

    /// The [name](crate::gate::Auditing::replica_name) of the process that recorded it, where the host gave it one.
    pub fn replica(&self) -> Option<&str> {
        self.replica.as_deref()
    }
}
