use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use biometry_gate::audit::{AuditSink, Event, EventKind, EventLost};

/// An audit sink that keeps events for a test to look at. Clones share them: give one to the gate and look at the
/// other.
///
/// ```
/// use biometry_gate::audit::EventKind;
/// use biometry_gate_testkit::AuditLog;
///
/// # fn test(builder: biometry_gate::Builder) {
/// let log = AuditLog::default();
/// let builder = builder.audit(|audit| audit.sink(log.clone()).required());
/// # let _ = builder;
/// // … a request is refused …
/// assert_eq!(log.reasons(EventKind::GateDenied), ["absent"]);
/// log.lose(); // from here on, a required trail keeps every route shut
/// # }
/// ```
#[derive(Clone, Debug, Default)]
pub struct AuditLog(Arc<Mutex<Log>>);

#[derive(Debug, Default)]
struct Log {
    events: Vec<Event>,
    loses: bool,
    /// A kind of which every event is lost.
    loses_each: Option<EventKind>,
}

impl AuditLog {
    /// Everything so far, oldest first.
    #[must_use]
    pub fn events(&self) -> Vec<Event> {
        self.log().events.clone()
    }

    /// The reasons of all events of one kind.
    #[must_use]
    pub fn reasons(&self, kind: EventKind) -> Vec<String> {
        let events = self.events();
        let of_kind = events.iter().filter(|event| event.kind() == kind);
        of_kind.map(|event| event.reason_text().to_owned()).collect()
    }

    /// How many events of one kind there were.
    #[must_use]
    pub fn count(&self, kind: EventKind) -> usize {
        self.reasons(kind).len()
    }

    /// From now on every event is lost, as on a full disk.
    pub fn lose(&self) {
        self.log().loses = true;
    }

    /// From now on every event of this kind is lost.
    pub fn lose_each(&self, kind: EventKind) {
        self.log().loses_each = Some(kind);
    }

    /// From now on events are kept again.
    pub fn mend(&self) {
        let mut log = self.log();
        (log.loses, log.loses_each) = (false, None);
    }

    fn log(&self) -> MutexGuard<'_, Log> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl AuditSink for AuditLog {
    fn record(&self, event: &Event) -> Result<(), EventLost> {
        let mut log = self.log();
        if log.loses || log.loses_each == Some(event.kind()) {
            return Err(EventLost);
        }
        log.events.push(event.clone());
        Ok(())
    }
}
