//! The audit trail: events about what the gate did, with pseudonyms in place of people and without secrets.
//!
//! Every outcome that an auditor may ask for is one [`Event`]: a phrase was issued, an upload was refused, a decision
//! was made or used, a route was opened or stayed shut, consent changed. An event has a [kind](EventKind), a time, a
//! reason in a few words, and ids by which the events of one story are found:
//!
//! - [`Event::request_id`] is the `X-Request-Id` of one answer;
//! - [`Event::attempt`] stands for one biometric session, from its phrase to its decision;
//! - [`Event::decision`] stands for the decision, from the moment it was made to its use or revocation;
//! - [`Event::host_session`] and [`Event::subject`] stand for the caller.
//!
//! No event holds a key, a subject, a phrase, a score or anything of a capture. People and handles appear as
//! [`Pseudonym`]s, keyed hashes that say nothing without the key.
//!
//! # Where events go
//!
//! By default each event is written with `tracing` under the target `biometry_gate::audit`, by [`TracingSink`]. Another
//! sink is a type that implements [`AuditSink`]; [`QueueSink`] puts a slow one behind a bounded queue and a thread.
//!
//! ```
//! use biometry_gate::audit::{AuditSink, Event, EventKind, EventLost, QueueSink};
//!
//! /// Writes one line for each event, and leaves out those that say that all is well.
//! #[derive(Debug)]
//! struct Lines;
//!
//! impl AuditSink for Lines {
//!     fn record(&self, event: &Event) -> Result<(), EventLost> {
//!         let (kind, reason) = (event.kind().as_str(), event.reason_text());
//!         eprintln!("{kind} {reason} {:?} {:?}", event.subject(), event.request_id());
//!         Ok(())
//!     }
//!
//!     fn wants(&self, kind: EventKind) -> bool {
//!         kind != EventKind::GateAllowed
//!     }
//! }
//!
//! # fn audited(builder: biometry_gate::Builder) -> std::io::Result<biometry_gate::Builder> {
//! let sink = QueueSink::new(Lines, 10_000)?;
//! let builder = builder.audit(|audit| audit.sink(sink).replica_name("bank-2"));
//! # Ok(builder) }
//! ```
//!
//! # When an event is lost
//!
//! By default the gate counts a lost event, in [`Admin::lost_audit_events`](crate::gate::Admin::lost_audit_events), and
//! goes on. With [`Auditing::required`](crate::gate::Auditing::required) no request passes and no verdict counts unless
//! the sink took its event. [`guide::audit`](crate::guide::audit) has the whole vocabulary.

mod event;
mod kind;
mod request;
mod sinks;

use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use hmac::{Hmac, KeyInit as _, Mac as _};
use sha2::Sha256;

use crate::clock::Clock;
use crate::id::{DecisionId, SessionId};
use crate::intent::IntentDigest;
use crate::metrics::{Counter, audit_events_lost};
use crate::principal::{Principal, SubjectKey, Tenant};

pub use self::event::Event;
pub use self::kind::EventKind;
pub(crate) use self::request::{RequestScope, current as current_request, current_trace, on_behalf_of};
pub use self::sinks::{QueueSink, TracingSink};

/// A keyed hash that stands for a person, a session, a decision or an operation in events.
///
/// The same value has the same pseudonym under one [key](crate::gate::Auditing::key) and another one under any other
/// key, so events can be grouped and counted, and cannot be traced back to a person without the key. It is 64 bits of
/// HMAC-SHA-256; `Display` writes 16 hexadecimal digits.
///
/// By default each process draws a random key, so pseudonyms differ between replicas and after a restart.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct Pseudonym([u8; 8]);

/// Takes events: the trait to implement for a trail of your own.
///
/// The gate calls [`record`](Self::record) on the request's path, from an async task. It must return at once: no
/// waiting for a disk or a network. Put a sink that has to wait behind a [`QueueSink`]. The [module](self) has an
/// example.
///
/// `Err(EventLost)` says that the event is not on record. The gate counts it; where it
/// [requires](crate::gate::Auditing::required) its trail, what the event was about does not happen.
pub trait AuditSink: fmt::Debug + Send + Sync + 'static {
    /// Takes one event. It is called once for each, and not again for one that was lost.
    ///
    /// # Errors
    /// When the event is lost. Where the gate [requires](crate::gate::Auditing::required) its audit trail, it then
    /// refuses the request with 503 `store-unavailable`, or discards the verdict.
    fn record(&self, event: &Event) -> Result<(), EventLost>;

    /// Whether this sink takes events of `kind` at all; `true` by default. The gate does not make an event that its
    /// sink does not want: it costs nothing and counts as taken, also where the trail is required.
    fn wants(&self, kind: EventKind) -> bool {
        let _ = kind;
        true
    }
}

/// A sink did not take an event. It says nothing of the cause: the sink logs that itself.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct EventLost;

/// Makes pseudonyms and passes events on to the sink.
#[derive(Clone)]
pub(crate) struct Audit {
    sink: Arc<dyn AuditSink>,
    key: [u8; 32],
    is_required: bool,
    clock: Arc<dyn Clock>,
    keys: Arc<dyn KeyNames>,
    replica: Option<Arc<str>>,
    lost: Arc<AtomicU64>,
    counted_lost: Counter,
}

/// What the audit trail is made of besides the [sink](AuditSink).
pub(crate) struct AuditSettings {
    /// The key of the pseudonyms.
    pub(crate) key: [u8; 32],
    pub(crate) is_required: bool,
    pub(crate) clock: Arc<dyn Clock>,
    pub(crate) keys: Arc<dyn KeyNames>,
    pub(crate) replica: Option<Arc<str>>,
}

/// Names the API keys that events are about. Without a tenant, the one of all tenants is meant.
pub(crate) trait KeyNames: Send + Sync {
    /// The key that calls go out with.
    fn in_use(&self, tenant: Option<&Tenant>) -> Option<Arc<str>>;

    /// The key that the platform does not accept.
    fn rejected(&self, tenant: Option<&Tenant>) -> Option<Arc<str>>;
}

/// Who an event is about: a caller in one session of the host, or a subject in all of them.
pub(crate) enum Who<'a> {
    Caller(&'a Principal),
    Subject(&'a SubjectKey),
}

impl Audit {
    pub(crate) fn new(sink: Arc<dyn AuditSink>, settings: AuditSettings) -> Self {
        let AuditSettings { key, is_required, clock, keys, replica } = settings;
        let (lost, counted_lost) = (Arc::default(), audit_events_lost());
        Self { sink, key, is_required, clock, keys, replica, lost, counted_lost }
    }

    /// Whether what cannot be recorded must not happen.
    pub(crate) fn is_required(&self) -> bool {
        self.is_required
    }

    /// How many events the sink did not take.
    pub(crate) fn lost(&self) -> u64 {
        self.lost.load(Ordering::Relaxed)
    }

    /// Records something that has happened and cannot be undone; a lost event is counted, no more.
    pub(crate) fn note(&self, event: &Event) {
        let _ = self.try_record(event);
    }

    /// Records something that only happens if it can be recorded.
    ///
    /// # Errors
    /// When the trail is required and the event was lost.
    pub(crate) fn try_record(&self, event: &Event) -> Result<(), EventLost> {
        if !self.sink.wants(event.kind()) {
            return Ok(());
        }
        let recorded = self.sink.record(event);
        if recorded.is_err() {
            self.lost.fetch_add(1, Ordering::Relaxed);
            self.counted_lost.add(1);
        }
        if self.is_required { recorded } else { Ok(()) }
    }

    pub(crate) fn wants(&self, kind: EventKind) -> bool {
        self.sink.wants(kind)
    }

    pub(crate) fn event<'a>(&self, kind: EventKind, who: impl Into<Who<'a>>) -> Event {
        // A pseudonym costs two rounds of SHA-256, which are wasted on an event that no sink takes.
        if !self.wants(kind) {
            return Event::new(kind, self.clock.now());
        }
        let (key, host_session) = match who.into() {
            Who::Caller(owner) => {
                (owner.key(), Some(self.pseudonym(&["session", owner.host_session().as_str()])))
            }
            Who::Subject(key) => (key, None),
        };
        let subject = self.pseudonym(&["subject", key.tenant().as_str(), key.subject().as_str()]);
        let mut event = self.of_tenant(kind, key.tenant());
        (event.subject, event.host_session) = (Some(subject), host_session);
        event
    }

    /// An event about all users of a tenant.
    pub(crate) fn of_tenant(&self, kind: EventKind, tenant: &Tenant) -> Event {
        let mut event = self.begin(kind, Some(tenant));
        event.tenant = Some(tenant.clone());
        event
    }

    /// An event without a caller.
    pub(crate) fn anonymous(&self, kind: EventKind) -> Event {
        self.begin(kind, None)
    }

    fn begin(&self, kind: EventKind, tenant: Option<&Tenant>) -> Event {
        let mut event = Event::new(kind, self.clock.now());
        event.key_id = match kind {
            EventKind::KeyRejected => self.keys.rejected(tenant),
            _ => self.keys.in_use(tenant),
        };
        event.replica.clone_from(&self.replica);
        event
    }

    /// What stands for a decision.
    pub(crate) fn decision(&self, id: &DecisionId) -> Option<Pseudonym> {
        Some(self.pseudonym(&["decision", id.as_str()]))
    }

    /// What stands for a biometric session.
    pub(crate) fn attempt(&self, session: &SessionId) -> Option<Pseudonym> {
        Some(self.pseudonym(&["attempt", session.as_str()]))
    }

    /// What stands for an operation.
    pub(crate) fn intent(&self, digest: &IntentDigest) -> Option<Pseudonym> {
        Some(self.pseudonym_of([b"intent", digest.as_bytes()]))
    }

    fn pseudonym(&self, texts: &[&str]) -> Pseudonym {
        self.pseudonym_of(texts.iter().map(|text| text.as_bytes()))
    }

    fn pseudonym_of<'a>(&self, parts: impl IntoIterator<Item = &'a [u8]>) -> Pseudonym {
        // A key of any length suits HMAC, so this cannot fail; if it did, all subjects would share one pseudonym.
        let Ok(mut mac) = Hmac::<Sha256>::new_from_slice(&self.key) else { return Pseudonym([0; 8]) };
        for part in parts {
            mac.update(&(part.len() as u64).to_be_bytes());
            mac.update(part);
        }
        let mut short = [0; 8];
        short.copy_from_slice(&mac.finalize().into_bytes()[..8]);
        Pseudonym(short)
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

    struct NoKeys;

    impl KeyNames for NoKeys {
        fn in_use(&self, _: Option<&Tenant>) -> Option<Arc<str>> {
            None
        }

        fn rejected(&self, _: Option<&Tenant>) -> Option<Arc<str>> {
            None
        }
    }

    #[test]
    fn a_pseudonym_depends_on_the_key_and_the_person() {
        let audit = |byte| {
            let (clock, keys) = (Arc::new(SystemClock), Arc::new(NoKeys));
            let settings = AuditSettings { key: [byte; 32], is_required: false, clock, keys, replica: None };
            Audit::new(Arc::new(TracingSink), settings)
        };
        let name = |audit: &Audit, subject| audit.pseudonym(&["default", subject]);
        let (one, two) = (audit(1), audit(2));
        assert_eq!(name(&one, "ana"), name(&one, "ana"));
        assert_ne!(name(&one, "ana"), name(&one, "bob"));
        assert_ne!(name(&one, "ana"), name(&two, "ana"));
        assert_ne!(one.pseudonym(&["a", "na"]), one.pseudonym(&["an", "a"]));
    }
}
