//! What happened, for those who answer for it: events without secrets and with pseudonyms for people.
//!
//! The default sink writes each event with `tracing` under the target `biometry_gate::audit`.
//!
//! Events that belong together are found by what they share: [`Event::request_id`] is the `X-Request-Id` of one answer,
//! [`Event::attempt`] stands for one biometric session from its phrase to its decision, [`Event::decision`] for
//! the decision from there on, [`Event::host_session`] and [`Event::subject`] stand for the caller.

mod request;
mod sinks;

use std::borrow::Cow;
use std::fmt;
use std::sync::Arc;
use std::time::SystemTime;

use hmac::{Hmac, KeyInit as _, Mac as _};
use sha2::Sha256;

use crate::clock::Clock;
use crate::id::{DecisionId, SessionId};
use crate::policy::{Action, Policy};
use crate::principal::{Principal, SubjectKey, Tenant};

pub(crate) use self::request::{current as current_request, on_behalf_of};
pub use self::sinks::{QueueSink, TracingSink};

/// One thing that happened.
#[derive(Clone, Debug)]
pub struct Event {
    kind: EventKind,
    at: SystemTime,
    tenant: Option<Tenant>,
    subject: Option<Pseudonym>,
    host_session: Option<Pseudonym>,
    attempt: Option<Pseudonym>,
    policy: Option<Arc<str>>,
    policy_version: Option<u32>,
    action: Option<Action>,
    decision: Option<Pseudonym>,
    reason: Cow<'static, str>,
    request_id: Option<Arc<str>>,
    platform_request_id: Option<Arc<str>>,
}

/// What kind of thing happened.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum EventKind {
    /// A phrase was issued.
    ChallengeIssued,
    /// A session was superseded by a newer one.
    ChallengeVoided,
    /// An upload came after the phrase's time was over.
    ChallengeExpired,
    /// A session was ended by its owner.
    ChallengeEnded,
    /// An upload was admitted: its session is claimed, its body is about to be read.
    UploadAccepted,
    /// An upload was refused or broke off; the reason says why.
    UploadRejected,
    /// A verification passed and became a decision.
    VerifyPassed,
    /// The platform's verdict was not a pass, or its evidence fell short.
    VerifyFailed,
    /// The face was not the subject's: another person's, several, or nobody's that is known.
    VerifySubjectMismatch,
    /// The platform left services out that it was asked for.
    VerifyServicesRemoved,
    /// The platform enrolled somebody during a verification.
    VerifyAutoEnrolled,
    /// The platform gave no usable answer.
    VerifyError,
    /// A verdict came after its session was over.
    VerifyTooLate,
    /// A pass became a decision.
    DecisionCreated,
    /// A single-use decision was used up.
    DecisionConsumed,
    /// A route was asked for with a decision that is used up.
    DecisionReuseAttempt,
    /// A route was asked for with a decision that is too old.
    DecisionExpiredUse,
    /// A gated route was opened.
    GateAllowed,
    /// A gated route stayed shut.
    GateDenied,
    /// A gated route stayed shut because the store, the host or the audit trail failed.
    GateError,
    /// A request asked for another operation than the one that was approved.
    IntentMismatch,
    /// A limit was reached.
    LimitExceeded,
    /// One more failure and the subject is locked out.
    LockImminent,
    /// The subject was locked out.
    LockEntered,
    /// A lock-out was lifted by the host.
    LockCleared,
    /// Consent was given.
    ConsentGiven,
    /// Consent was withdrawn.
    ConsentWithdrawn,
    /// Consent had been given to a text that no longer suffices; the reason says which.
    ConsentStale,
    /// The platform takes no withdrawals: it counts here alone.
    WithdrawalRefused,
    /// The platform could not be told of a withdrawal for weeks, and is not told any more: a person has to.
    WithdrawalUntold,
    /// Something was refused for lack of consent; the reason says which.
    ConsentDenied,
    /// The platform does not accept our key: an operator has to act.
    KeyRejected,
    /// A sign-in by face was handed to the host.
    LoginRedeemed,
    /// The platform delivered something, and it was handed to the host.
    WebhookAccepted,
    /// A delivery was not signed as it should be, or not in time.
    WebhookRejected,
    /// A delivery came once more.
    WebhookDuplicate,
    /// A face or a voice was enrolled; the reason says which.
    Enrolled,
    /// The platform did not enroll what it was sent; the reason says what and why.
    EnrollmentFailed,
    /// The platform gave no usable answer to an enrollment.
    EnrollmentError,
    /// Somebody wanted to enroll whom the host's guard does not let.
    EnrollmentRefused,
    /// An identity document was accepted.
    DocumentAccepted,
    /// An identity document was not accepted.
    DocumentRejected,
    /// The platform gave no usable answer to a document.
    DocumentError,
    /// The faces in a picture and a video match.
    FacesMatched,
    /// They do not.
    FacesNotMatched,
    /// The platform gave no usable answer to a comparison of faces.
    MatchError,
    /// Decisions were revoked by the host.
    Revoked,
    /// A used decision was given back, because its handler said that nothing was done.
    Restored,
}

/// A keyed hash that stands for a subject: the same within one key, meaningless without it.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct Pseudonym([u8; 8]);

/// Takes events. It is called on the request's path: it must not block.
pub trait AuditSink: fmt::Debug + Send + Sync + 'static {
    /// Takes one event.
    ///
    /// # Errors
    /// When the event is lost. Where the gate [requires](crate::gate::Builder::require_audit) its audit trail, what
    /// the event would have told is then refused.
    fn record(&self, event: &Event) -> Result<(), EventLost>;

    /// Whether events of this kind are taken at all; those that are not cost nothing and count as taken.
    fn wants(&self, kind: EventKind) -> bool {
        let _ = kind;
        true
    }
}

/// An event was not taken.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct EventLost;

/// Makes pseudonyms and passes events on.
#[derive(Clone)]
pub(crate) struct Audit {
    sink: Arc<dyn AuditSink>,
    key: [u8; 32],
    is_required: bool,
    clock: Arc<dyn Clock>,
}

/// Who an event is about: somebody in a session of the host, or a subject in all of them.
pub(crate) enum Who<'a> {
    Caller(&'a Principal),
    Subject(&'a SubjectKey),
}

impl Audit {
    pub(crate) fn new(
        sink: Arc<dyn AuditSink>,
        key: [u8; 32],
        is_required: bool,
        clock: Arc<dyn Clock>,
    ) -> Self {
        Self { sink, key, is_required, clock }
    }

    /// Tells of something that has happened and cannot be undone.
    pub(crate) fn note(&self, event: &Event) {
        let _ = self.try_record(event);
    }

    /// Tells of something that only happens if it can be told.
    ///
    /// # Errors
    /// When the trail is required and the event was lost.
    pub(crate) fn try_record(&self, event: &Event) -> Result<(), EventLost> {
        if !self.sink.wants(event.kind) {
            return Ok(());
        }
        match self.sink.record(event) {
            Err(lost) if self.is_required => Err(lost),
            Ok(()) | Err(EventLost) => Ok(()),
        }
    }

    pub(crate) fn wants(&self, kind: EventKind) -> bool {
        self.sink.wants(kind)
    }

    pub(crate) fn event<'a>(&self, kind: EventKind, who: impl Into<Who<'a>>) -> Event {
        let event = self.anonymous(kind);
        // A pseudonym costs two rounds of SHA-256, which nobody needs for an event that nobody takes.
        if !self.wants(kind) {
            return event;
        }
        let (key, host_session) = match who.into() {
            Who::Caller(owner) => {
                (owner.key(), Some(self.pseudonym(&["session", owner.host_session().as_str()])))
            }
            Who::Subject(key) => (key, None),
        };
        let subject = self.pseudonym(&[key.tenant().as_str(), key.subject().as_str()]);
        Event { tenant: Some(key.tenant().clone()), subject: Some(subject), host_session, ..event }
    }

    /// An event about nobody who is known.
    pub(crate) fn anonymous(&self, kind: EventKind) -> Event {
        Event::new(kind, self.clock.now())
    }

    /// What stands for a decision.
    pub(crate) fn decision(&self, id: &DecisionId) -> Option<Pseudonym> {
        Some(self.pseudonym(&["decision", id.as_str()]))
    }

    /// What stands for a biometric session.
    pub(crate) fn attempt(&self, session: &SessionId) -> Option<Pseudonym> {
        Some(self.pseudonym(&["attempt", session.as_str()]))
    }

    fn pseudonym(&self, texts: &[&str]) -> Pseudonym {
        // A key of any length suits HMAC, so this cannot fail; if it did, everybody would share one pseudonym.
        let Ok(mut mac) = Hmac::<Sha256>::new_from_slice(&self.key) else { return Pseudonym([0; 8]) };
        for text in texts {
            mac.update(&(text.len() as u64).to_be_bytes());
            mac.update(text.as_bytes());
        }
        let mut short = [0; 8];
        short.copy_from_slice(&mac.finalize().into_bytes()[..8]);
        Pseudonym(short)
    }
}

impl Event {
    fn new(kind: EventKind, at: SystemTime) -> Self {
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
            decision: None,
            reason: Cow::Borrowed(""),
            request_id: request::current(),
            platform_request_id: None,
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
        self.platform_request_id = id.map(Into::into);
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

    /// Which decision was made, used or given back.
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
}

impl EventKind {
    /// The event's name.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::ChallengeIssued => "challenge.issued",
            Self::ChallengeVoided => "challenge.voided",
            Self::ChallengeExpired => "challenge.expired",
            Self::ChallengeEnded => "challenge.ended",
            Self::UploadAccepted => "upload.accepted",
            Self::UploadRejected => "upload.rejected",
            Self::VerifyPassed => "verify.passed",
            Self::VerifyFailed => "verify.failed",
            Self::VerifySubjectMismatch => "verify.subject_mismatch",
            Self::VerifyServicesRemoved => "verify.services_removed",
            Self::VerifyAutoEnrolled => "verify.auto_enrolled",
            Self::VerifyError => "verify.error",
            Self::VerifyTooLate => "verify.too_late",
            Self::DecisionCreated => "decision.created",
            Self::DecisionConsumed => "decision.consumed",
            Self::DecisionReuseAttempt => "decision.reuse_attempt",
            Self::DecisionExpiredUse => "decision.expired_use",
            Self::GateAllowed => "gate.allowed",
            Self::GateDenied => "gate.denied",
            Self::GateError => "gate.error",
            Self::IntentMismatch => "intent.mismatch",
            Self::LimitExceeded => "limit.exceeded",
            Self::LockImminent => "lock.imminent",
            Self::LockEntered => "lock.entered",
            Self::LockCleared => "lock.cleared",
            Self::ConsentGiven => "consent.given",
            Self::ConsentWithdrawn => "consent.withdrawn",
            Self::ConsentStale => "consent.stale",
            Self::WithdrawalRefused => "consent.withdrawal_refused",
            Self::WithdrawalUntold => "consent.withdrawal_untold",
            Self::ConsentDenied => "consent.denied",
            Self::KeyRejected => "key.rejected",
            Self::LoginRedeemed => "login.redeemed",
            Self::WebhookAccepted => "webhook.accepted",
            Self::WebhookRejected => "webhook.rejected",
            Self::WebhookDuplicate => "webhook.duplicate",
            Self::Enrolled => "enrol.enrolled",
            Self::EnrollmentFailed => "enrol.failed",
            Self::EnrollmentError => "enrol.error",
            Self::EnrollmentRefused => "enrol.refused",
            Self::DocumentAccepted => "document.accepted",
            Self::DocumentRejected => "document.rejected",
            Self::DocumentError => "document.error",
            Self::FacesMatched => "match.passed",
            Self::FacesNotMatched => "match.failed",
            Self::MatchError => "match.error",
            Self::Revoked => "decision.revoked",
            Self::Restored => "decision.restored",
        }
    }
}

impl<'a> From<&'a Principal> for Who<'a> {
    fn from(owner: &'a Principal) -> Self {
        Self::Caller(owner)
    }
}

impl<'a> From<&'a SubjectKey> for Who<'a> {
    fn from(key: &'a SubjectKey) -> Self {
        Self::Subject(key)
    }
}

impl fmt::Display for Pseudonym {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

impl fmt::Debug for Pseudonym {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Pseudonym({self})")
    }
}

impl fmt::Debug for Audit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Audit").field("sink", &self.sink).finish_non_exhaustive()
    }
}

impl fmt::Display for EventLost {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an audit event was lost")
    }
}

impl std::error::Error for EventLost {}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::clock::SystemClock;
    #[test]
    fn a_pseudonym_depends_on_the_key_and_the_person() {
        let audit = |byte| Audit::new(Arc::new(TracingSink), [byte; 32], false, Arc::new(SystemClock));
        let name = |audit: &Audit, subject| audit.pseudonym(&["default", subject]);
        let (one, two) = (audit(1), audit(2));
        assert_eq!(name(&one, "ana"), name(&one, "ana"));
        assert_ne!(name(&one, "ana"), name(&one, "bob"));
        assert_ne!(name(&one, "ana"), name(&two, "ana"));
        assert_ne!(one.pseudonym(&["a", "na"]), one.pseudonym(&["an", "a"]));
    }
}
