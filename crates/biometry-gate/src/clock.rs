//! Time comes in from outside: deciding code takes `now` as a value, the edges ask a [`Clock`].

use std::fmt::Debug;
use std::sync::Mutex;
use std::time::{Duration, SystemTime};

/// Tells the time. Expiry and freshness follow it; waiting does not.
pub trait Clock: Debug + Send + Sync + 'static {
    /// The present moment.
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
    /// A clock that stands at `now`.
    pub fn at(now: SystemTime) -> Self {
        Self { now: Mutex::new(now) }
    }

    /// Moves the clock forward.
    pub fn advance(&self, by: Duration) {
        *self.lock() += by;
    }

    /// Moves the clock back, as a clock that is being corrected does.
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
