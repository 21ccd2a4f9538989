//! What happened, for those who answer for it: events without secrets and with pseudonyms for people.
//!
//! The default sink writes each event with `tracing` under the target `biometry_gate::audit`.

use std::borrow::Cow;
use std::fmt;
use std::sync::Arc;
use std::sync::mpsc::{SyncSender, sync_channel};

use hmac::{Hmac, KeyInit as _, Mac as _};
use sha2::Sha256;

use crate::principal::SubjectKey;

/// One thing that happened.
#[derive(Clone, Debug)]
pub struct Event {
    kind: EventKind,
    subject: Option<Pseudonym>,
    policy: Option<Arc<str>>,
    reason: Cow<'static, str>,
    request_id: Option<Arc<str>>,
}

/// What kind of thing happened.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum EventKind {
    /// A phrase was issued.
    ChallengeIssued,
    /// A session was ended by its owner.
    ChallengeEnded,
    /// An upload was refused or broke off; the reason says why.
    UploadRejected,
    /// A verification passed and became a decision.
    VerifyPassed,
    /// The platform's verdict was not a pass, or its evidence fell short.
    VerifyFailed,
    /// The platform gave no usable answer.
    VerifyError,
    /// A verdict came after its session was over.
    VerifyTooLate,
    /// A gated route was opened.
    GateAllowed,
    /// A gated route stayed shut.
    GateDenied,
    /// A limit was reached.
    LimitExceeded,
    /// One more failure and the subject is locked out.
    LockImminent,
    /// The subject was locked out.
    LockEntered,
    /// Consent was given.
    ConsentGiven,
    /// Consent was withdrawn.
    ConsentWithdrawn,
    /// Something was refused for lack of consent; the reason says which.
    ConsentDenied,
    /// The platform does not accept our key: an operator has to act.
    KeyRejected,
    /// A sign-in by face was handed to the host.
    LoginRedeemed,
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

/// Hands events to another sink on a thread of its own, so that a slow one holds up no request: a bounded queue in
/// between, and what does not fit into it is lost.
#[derive(Clone)]
pub struct QueueSink {
    queue: SyncSender<Event>,
}

/// An event was not taken.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct EventLost;

/// Writes events with `tracing`: what an operator has to see as warnings, the rest as information.
#[derive(Clone, Copy, Debug, Default)]
pub struct TracingSink;

/// Makes pseudonyms and passes events on.
#[derive(Clone)]
pub(crate) struct Audit {
    sink: Arc<dyn AuditSink>,
    key: [u8; 32],
    is_required: bool,
}

impl Audit {
    pub(crate) fn new(sink: Arc<dyn AuditSink>, key: [u8; 32], is_required: bool) -> Self {
        Self { sink, key, is_required }
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

    pub(crate) fn event(&self, kind: EventKind, subject: &SubjectKey) -> Event {
        // A pseudonym costs two rounds of SHA-256, which nobody needs for an event that nobody takes.
        let subject = self.wants(kind).then(|| self.pseudonym(subject));
        Event { subject, ..Event::new(kind) }
    }

    fn pseudonym(&self, subject: &SubjectKey) -> Pseudonym {
        // A key of any length suits HMAC, so this cannot fail; if it did, everybody would share one pseudonym.
        let Ok(mut mac) = Hmac::<Sha256>::new_from_slice(&self.key) else { return Pseudonym([0; 8]) };
        mac.update(subject.tenant().as_str().as_bytes());
        mac.update(&[0]);
        mac.update(subject.subject().as_str().as_bytes());
        let mut short = [0; 8];
        short.copy_from_slice(&mac.finalize().into_bytes()[..8]);
        Pseudonym(short)
    }
}

impl Event {
    pub(crate) fn new(kind: EventKind) -> Self {
        Self { kind, subject: None, policy: None, reason: Cow::Borrowed(""), request_id: None }
    }

    pub(crate) fn policy(mut self, policy: &Arc<str>) -> Self {
        self.policy = Some(Arc::clone(policy));
        self
    }

    pub(crate) fn reason(mut self, reason: impl Into<Cow<'static, str>>) -> Self {
        self.reason = reason.into();
        self
    }

    pub(crate) fn request_id(mut self, id: Option<&str>) -> Self {
        self.request_id = id.map(Into::into);
        self
    }

    /// What happened.
    pub fn kind(&self) -> EventKind {
        self.kind
    }

    /// Who it happened to.
    pub fn subject(&self) -> Option<Pseudonym> {
        self.subject
    }

    /// The policy concerned.
    pub fn policy_name(&self) -> Option<&str> {
        self.policy.as_deref()
    }

    /// Why, in a word or a few; empty where the kind says it all.
    pub fn reason_text(&self) -> &str {
        &self.reason
    }

    /// The platform's id of the request, for its support.
    pub fn platform_request_id(&self) -> Option<&str> {
        self.request_id.as_deref()
    }
}

impl QueueSink {
    /// A queue of `capacity` events in front of `sink`. Its thread ends with the last clone.
    ///
    /// # Errors
    /// When no thread can be started.
    pub fn new(sink: impl AuditSink, capacity: usize) -> std::io::Result<Self> {
        let (queue, events) = sync_channel::<Event>(capacity);
        // What the sink behind loses here is beyond mending: the event was taken when it was queued.
        let drain = move || events.iter().for_each(|event| sink.record(&event).unwrap_or_default());
        std::thread::Builder::new().name("biometry-audit".to_owned()).spawn(drain)?;
        Ok(Self { queue })
    }
}

impl AuditSink for QueueSink {
    fn record(&self, event: &Event) -> Result<(), EventLost> {
        self.queue.try_send(event.clone()).map_err(|_| EventLost)
    }
}

impl fmt::Debug for QueueSink {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("QueueSink")
    }
}

impl EventKind {
    /// The event's name.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::ChallengeIssued => "challenge.issued",
            Self::ChallengeEnded => "challenge.ended",
            Self::UploadRejected => "upload.rejected",
            Self::VerifyPassed => "verify.passed",
            Self::VerifyFailed => "verify.failed",
            Self::VerifyError => "verify.error",
            Self::VerifyTooLate => "verify.too_late",
            Self::GateAllowed => "gate.allowed",
            Self::GateDenied => "gate.denied",
            Self::LimitExceeded => "limit.exceeded",
            Self::LockImminent => "lock.imminent",
            Self::LockEntered => "lock.entered",
            Self::ConsentGiven => "consent.given",
            Self::ConsentWithdrawn => "consent.withdrawn",
            Self::ConsentDenied => "consent.denied",
            Self::KeyRejected => "key.rejected",
            Self::LoginRedeemed => "login.redeemed",
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

impl EventKind {
    /// Whether somebody should have a look, sooner or later.
    fn is_warning(self) -> bool {
        matches!(
            self,
            Self::LockEntered
                | Self::VerifyError
                | Self::EnrollmentError
                | Self::DocumentError
                | Self::MatchError
        )
    }
}

impl AuditSink for TracingSink {
    fn record(&self, event: &Event) -> Result<(), EventLost> {
        let subject = event.subject.map(tracing::field::display);
        let (policy, request_id) = (event.policy_name(), event.platform_request_id());
        let (name, reason) = (event.kind.as_str(), event.reason_text());
        match event.kind {
            EventKind::KeyRejected => {
                tracing::error!(target: TARGET, name, reason, request_id, "the platform rejects the api key");
            }
            kind if kind.is_warning() => {
                tracing::warn!(target: TARGET, name, subject, policy, reason, request_id);
            }
            _ => tracing::info!(target: TARGET, name, subject, policy, reason, request_id),
        }
        Ok(())
    }

    fn wants(&self, kind: EventKind) -> bool {
        match kind {
            EventKind::KeyRejected => tracing::event_enabled!(target: TARGET, tracing::Level::ERROR),
            kind if kind.is_warning() => {
                tracing::event_enabled!(target: TARGET, tracing::Level::WARN)
            }
            _ => tracing::event_enabled!(target: TARGET, tracing::Level::INFO),
        }
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

const TARGET: &str = "biometry_gate::audit";

impl fmt::Display for EventLost {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an audit event was lost")
    }
}

impl std::error::Error for EventLost {}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::mpsc::{Receiver, Sender, channel};
    use std::sync::{Mutex, PoisonError};

    /// Takes an event only after it was told to.
    #[derive(Debug)]
    struct Gated {
        go: Mutex<Receiver<()>>,
        taken: Sender<EventKind>,
    }

    impl AuditSink for Gated {
        fn record(&self, event: &Event) -> Result<(), EventLost> {
            self.go.lock().unwrap_or_else(PoisonError::into_inner).recv().map_err(|_| EventLost)?;
            self.taken.send(event.kind()).map_err(|_| EventLost)
        }
    }

    #[test]
    fn a_full_queue_loses_events_and_never_waits() {
        let (go, gate) = channel();
        let (taken, log) = channel();
        let sink = QueueSink::new(Gated { go: Mutex::new(gate), taken }, 1).unwrap();
        let event = Event::new(EventKind::GateDenied);
        // One event is with the sink, one in the queue; how soon the first one gets there is the thread's affair.
        let accepted = (0..1000).filter(|_| sink.record(&event).is_ok()).count();
        assert!((1..=2).contains(&accepted), "{accepted}");
        for _ in 0..accepted {
            go.send(()).unwrap();
            assert_eq!(log.recv().unwrap(), EventKind::GateDenied);
        }
    }

    #[test]
    fn a_pseudonym_depends_on_the_key_and_the_person() {
        let key = |subject| crate::principal::Principal::new(subject, "s").unwrap().key().clone();
        let audit = |byte| Audit::new(Arc::new(TracingSink), [byte; 32], false);
        let name = |audit: &Audit, subject| audit.pseudonym(&key(subject));
        let (one, two) = (audit(1), audit(2));
        assert_eq!(name(&one, "ana"), name(&one, "ana"));
        assert_ne!(name(&one, "ana"), name(&one, "bob"));
        assert_ne!(name(&one, "ana"), name(&two, "ana"));
    }
}
