//! The gate's time. Code that decides takes `now` as a value; the edges of the gate ask a [`Clock`].
//!
//! Expiry, freshness and limits follow the clock that [`Builder::clock`](crate::Builder::clock) sets, the operating
//! system's by default; with a store that replicas share they follow the store's, so replicas' clocks may differ. Time
//! limits of uploads and of calls to the platform and the store are waits, and follow the runtime's monotonic clock.
//! Tests move a [`ManualClock`] instead of waiting.
//!
//! A decision, a login or a document that is dated in the future is not trusted. A clock that was set back by more than
//! a second is an [event](crate::audit::EventKind::ClockAnomaly).

use std::fmt::Debug;
use std::sync::Mutex;
use std::time::{Duration, SystemTime};

/// A source of time. Expiry and freshness follow it; waiting does not.
///
/// Implement it where a host has a source of time of its own:
///
/// ```
/// use biometry_gate::clock::Clock;
/// use std::time::{Duration, SystemTime};
///
/// /// The system's clock, corrected by what a time service measured.
/// #[derive(Debug)]
/// struct Corrected(Duration);
///
/// impl Clock for Corrected {
///     fn now(&self) -> SystemTime {
///         SystemTime::now() + self.0
///     }
/// }
/// ```
pub trait Clock: Debug + Send + Sync + 'static {
    /// The present moment, in UTC. It is called several times for each request: it must be cheap and must not block.
    fn now(&self) -> SystemTime;
}

/// `wait` after `time`, and never beyond the year 9999: a wait without an end is a moment that does not come, and no
/// overflow.
pub(crate) fn later(time: SystemTime, wait: Duration) -> SystemTime {
    let farthest = SystemTime::UNIX_EPOCH.checked_add(END_OF_YEAR_9999).unwrap_or(time);
    time.checked_add(wait).unwrap_or(farthest).min(farthest).max(time)
}

/// The last second that RFC 3339 can write.
const END_OF_YEAR_9999: Duration = Duration::from_secs(253_402_300_799);
/// The longest wait that any setting takes: what is meant to last longer is a mistake, or has a name of its own.
pub(crate) const A_YEAR: Duration = Duration::from_secs(365 * 24 * 3600);

/// The operating system's clock, the default.
#[derive(Clone, Copy, Debug, Default)]
pub struct SystemClock;

impl Clock for SystemClock {
    #[expect(clippy::disallowed_methods, reason = "this is the one place that reads the system's time")]
    fn now(&self) -> SystemTime {
        SystemTime::now()
    }
}

/// A clock that moves only when a test moves it.
///
/// Share one between the gate and the test in an [`Arc`](std::sync::Arc), by [`Builder::clock`](crate::Builder::clock).
///
/// ```
/// use biometry_gate::clock::{Clock, ManualClock};
/// use std::time::Duration;
///
/// let clock = ManualClock::default();
/// let before = clock.now();
/// clock.advance(Duration::from_secs(301));
/// assert_eq!(clock.now(), before + Duration::from_secs(301));
/// ```
#[derive(Debug)]
pub struct ManualClock {
    now: Mutex<SystemTime>,
}

impl ManualClock {
    /// A clock that stands at `now` until it is moved.
    pub fn at(now: SystemTime) -> Self {
        Self { now: Mutex::new(now) }
    }

    /// Moves the clock forward by `by`.
    pub fn advance(&self, by: Duration) {
        *self.lock() += by;
    }

    /// Moves the clock back by `by`, as a clock does that is corrected.
    pub fn turn_back(&self, by: Duration) {
        *self.lock() -= by;
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, SystemTime> {
        self.now.lock().unwrap_or_else(std::sync::PoisonError::into_inner)
    }
}

impl Default for ManualClock {
    /// Stands at an arbitrary fixed moment.
    fn default() -> Self {
        Self::at(SystemTime::UNIX_EPOCH + Duration::from_secs(1_800_000_000))
    }
}

impl Clock for ManualClock {
    fn now(&self) -> SystemTime {
        *self.lock()
    }
}
/// A moment as RFC 3339, in UTC, whole seconds.
pub(crate) fn timestamp(at: SystemTime) -> String {
    // Nothing is kept from before 1970, and nothing lasts beyond what RFC 3339 can write.
    let at = later(SystemTime::UNIX_EPOCH, at.duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default());
    humantime::format_rfc3339_seconds(at).to_string()
}
