//! Where events go: to `tracing`, or to another sink behind a queue.

use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::mpsc::{SyncSender, sync_channel};

use super::{AuditSink, Event, EventKind, EventLost};
use crate::policy::Action;

/// Hands events to another sink on a thread of its own, so that a slow one holds up no request.
///
/// Between the two is a queue of bounded length. An event that does not fit into it is lost and [counted](Self::lost);
/// a request never waits for the queue. An event counts as taken once it is queued: where the audit trail is
/// [required](crate::gate::Auditing::required) and the process dies, events that are still in the queue are lost.
/// Clones share the queue, the thread and the count.
#[derive(Clone)]
pub struct QueueSink {
    queue: SyncSender<Event>,
    lost: Arc<AtomicU64>,
}

/// Writes events with `tracing` under the target `biometry_gate::audit`; the default sink.
///
/// Errors are `key.rejected` and `login.closed`, warnings are what an operator should look at, and everything else is
/// information. Each member of an [`Event`] is a field of the same name; the event's name is the field `name`. An event
/// that no subscriber listens for is not made at all.
#[derive(Clone, Copy, Debug, Default)]
pub struct TracingSink;

impl QueueSink {
    /// A queue of `capacity` events in front of `sink`. Its thread, `biometry-audit`, ends when the last clone is
    /// dropped and the queue is empty.
    ///
    /// Choose the capacity by how long the sink may be stuck: at 200 requests per second, 10,000 events are some 25
    /// seconds of two events each. With a capacity of zero an event is lost unless the thread waits for one.
    ///
    /// # Errors
    /// When the operating system starts no further thread.
    pub fn new(sink: impl AuditSink, capacity: usize) -> std::io::Result<Self> {
        let (queue, events) = sync_channel::<Event>(capacity);
        let lost = Arc::<AtomicU64>::default();
        let lost_behind = Arc::clone(&lost);
        // An event that the sink behind loses cannot be taken back: it counted as taken when it was queued.
        let drain = move || {
            events.iter().filter(|event| sink.record(event).is_err()).for_each(|_| count(&lost_behind));
        };
        std::thread::Builder::new().name("biometry-audit".to_owned()).spawn(drain)?;
        Ok(Self { queue, lost })
    }

    /// How many events were lost so far, because the queue was full or because the sink behind it did not take them.
    pub fn lost(&self) -> u64 {
        self.lost.load(Ordering::Relaxed)
    }
}

fn count(lost: &AtomicU64) {
    lost.fetch_add(1, Ordering::Relaxed);
}

impl AuditSink for QueueSink {
    fn record(&self, event: &Event) -> Result<(), EventLost> {
        self.queue.try_send(event.clone()).map_err(|_| {
            count(&self.lost);
            EventLost
        })
    }
}

impl fmt::Debug for QueueSink {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("QueueSink")
    }
}

impl AuditSink for TracingSink {
    fn record(&self, event: &Event) -> Result<(), EventLost> {
        let (name, reason) = (event.kind().as_str(), event.reason_text());
        let subject = event.subject().map(tracing::field::display);
        let host_session = event.host_session().map(tracing::field::display);
        let attempt = event.attempt().map(tracing::field::display);
        let (policy, version) = (event.policy_name(), event.policy_version());
        let action = event.action().map(Action::as_str);
        let intent = event.intent().map(tracing::field::display);
        let decision = event.decision().map(tracing::field::display);
        let spoken = event.is_operation_spoken().then_some(true);
        let (request, platform_request) = (event.request_id(), event.platform_request_id());
        let (key_id, replica) = (event.key_id(), event.replica());
        macro_rules! tell {
            ($level:ident $(, $text:literal)?) => {
                tracing::$level!(
                    target: TARGET, name, reason, subject, host_session, attempt, policy, version, action, intent,
                    decision, spoken, request, platform_request, key_id, replica $(, $text)?
                )
            };
        }
        match (event.kind(), level(event.kind())) {
            (EventKind::LoginClosed, _) => {
                tell!(error, "the platform enrolled a stranger who signed in by face");
            }
            (_, tracing::Level::ERROR) => tell!(error, "the platform rejects the api key"),
            (_, tracing::Level::WARN) => tell!(warn),
            _ => tell!(info),
        }
        Ok(())
    }

    fn wants(&self, kind: EventKind) -> bool {
        match level(kind) {
            tracing::Level::ERROR => tracing::event_enabled!(target: TARGET, tracing::Level::ERROR),
            tracing::Level::WARN => tracing::event_enabled!(target: TARGET, tracing::Level::WARN),
            _ => tracing::event_enabled!(target: TARGET, tracing::Level::INFO),
        }
    }
}

fn level(kind: EventKind) -> tracing::Level {
    match kind {
        EventKind::KeyRejected | EventKind::LoginClosed => tracing::Level::ERROR,
        EventKind::LockEntered
        | EventKind::GateError
        | EventKind::VerifyError
        | EventKind::EnrollmentError
        | EventKind::DocumentError
        | EventKind::MatchError
        | EventKind::WithdrawalRefused
        | EventKind::WithdrawalUntold
        | EventKind::ConfigLint
        | EventKind::ClockAnomaly => tracing::Level::WARN,
        _ => tracing::Level::INFO,
    }
}

const TARGET: &str = "biometry_gate::audit";

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::mpsc::{Receiver, Sender, channel};
    use std::sync::{Mutex, PoisonError};
    use std::time::SystemTime;

    /// Takes an event only after the test has allowed it.
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
        let event = Event::new(EventKind::GateDenied, SystemTime::UNIX_EPOCH);
        // One event is with the sink, one in the queue; how soon the first one gets there is the thread's affair.
        let accepted = (0..1000).filter(|_| sink.record(&event).is_ok()).count();
        assert!((1..=2).contains(&accepted), "{accepted}");
        assert_eq!(sink.lost(), 1000 - u64::try_from(accepted).unwrap());
        for _ in 0..accepted {
            go.send(()).unwrap();
            assert_eq!(log.recv().unwrap(), EventKind::GateDenied);
        }
    }
}
