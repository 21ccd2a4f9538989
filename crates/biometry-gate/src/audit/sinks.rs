//! Where events go: to `tracing`, or to another sink behind a queue.

use std::fmt;
use std::sync::mpsc::{SyncSender, sync_channel};

use super::{AuditSink, Event, EventKind, EventLost};
use crate::policy::Action;

/// Hands events to another sink on a thread of its own, so that a slow one holds up no request: a bounded queue in
/// between, and what does not fit into it is lost.
#[derive(Clone)]
pub struct QueueSink {
    queue: SyncSender<Event>,
}

/// Writes events with `tracing`: what an operator has to see as warnings, the rest as information.
#[derive(Clone, Copy, Debug, Default)]
pub struct TracingSink;

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

impl AuditSink for TracingSink {
    fn record(&self, event: &Event) -> Result<(), EventLost> {
        let (name, reason) = (event.kind().as_str(), event.reason_text());
        let subject = event.subject().map(tracing::field::display);
        let host_session = event.host_session().map(tracing::field::display);
        let attempt = event.attempt().map(tracing::field::display);
        let (policy, version) = (event.policy_name(), event.policy_version());
        let action = event.action().map(Action::as_str);
        let decision = event.decision().map(tracing::field::display);
        let (request, platform_request) = (event.request_id(), event.platform_request_id());
        macro_rules! tell {
            ($level:ident $(, $text:literal)?) => {
                tracing::$level!(
                    target: TARGET, name, reason, subject, host_session, attempt, policy, version, action, decision,
                    request, platform_request $(, $text)?
                )
            };
        }
        match level(event.kind()) {
            tracing::Level::ERROR => tell!(error, "the platform rejects the api key"),
            tracing::Level::WARN => tell!(warn),
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
        EventKind::KeyRejected => tracing::Level::ERROR,
        EventKind::LockEntered
        | EventKind::GateError
        | EventKind::VerifyError
        | EventKind::EnrollmentError
        | EventKind::DocumentError
        | EventKind::MatchError
        | EventKind::WithdrawalRefused
        | EventKind::WithdrawalUntold => tracing::Level::WARN,
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
        let event = Event::new(EventKind::GateDenied, SystemTime::UNIX_EPOCH);
        // One event is with the sink, one in the queue; how soon the first one gets there is the thread's affair.
        let accepted = (0..1000).filter(|_| sink.record(&event).is_ok()).count();
        assert!((1..=2).contains(&accepted), "{accepted}");
        for _ in 0..accepted {
            go.send(()).unwrap();
            assert_eq!(log.recv().unwrap(), EventKind::GateDenied);
        }
    }
}
