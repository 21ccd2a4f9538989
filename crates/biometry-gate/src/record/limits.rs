//! Limits on starts and failures: what one subject may do, and what was counted of it.

use std::time::{Duration, SystemTime};

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use crate::clock::{A_YEAR, later, timestamp};
use crate::forward_compat::ForwardCompat;

/// Limits on what one subject may do (against brute force and cost); the defaults are those of each method. A request
/// beyond one gets 429 `too-many-attempts` with `Retry-After`.
///
/// They count by subject, not by address: an attacker with many addresses gains nothing. Sign-ins by face are counted
/// apart from what users do who are logged in, so that a stranger cannot lock a user out of stepping up.
/// [`Builder::build`](crate::Builder::build) refuses zeros, and limits that contradict each other.
///
/// ```
/// use biometry_gate::Limits;
/// use std::time::Duration;
///
/// let limits = Limits::default()
///     .starts(5, Duration::from_secs(600))
///     .failures(3, Duration::from_secs(3600))
///     .per_day(20);
/// # let _ = limits;
/// ```
#[derive(Clone, Debug)]
pub struct Limits {
    pub(crate) max_starts: u32,
    pub(crate) starts_window: Duration,
    pub(crate) max_failures: u32,
    pub(crate) cool_down: Duration,
    pub(crate) cool_downs_before_block: u32,
    pub(crate) per_day: Option<u32>,
    pub(crate) counts: Counts,
}

/// What is counted, and what follows from it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Counts {
    /// What a logged-in user does: lock-outs grow, and block in the end.
    Members,
    /// What the browsers do that have signed in as the subject before: lock-outs grow, and never block.
    KnownBrowsers,
    /// What strangers do under a name. It delays other strangers, always for the same time.
    Strangers,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            max_starts: 10,
            starts_window: Duration::from_secs(600),
            max_failures: 5,
            cool_down: Duration::from_secs(1800),
            cool_downs_before_block: 3,
            per_day: None,
            counts: Counts::Members,
        }
    }
}

impl Limits {
    /// At most `count` sessions started in `window`, abandoned ones included; 10 in 600 s by default. The window is
    /// above zero and 24 hours at most.
    #[must_use]
    pub fn starts(mut self, count: u32, window: Duration) -> Self {
        (self.max_starts, self.starts_window) = (count, window);
        self
    }

    /// After `count` failed verifications in a row nothing is verified for `cool_down`; 5 and 1,800 s by default.
    ///
    /// Every further lock-out lasts twice as long as the one before, up to 24 hours. A pass forgets the failures.
    /// Decisions that exist stay good while the subject is locked out. A cool-down is a year at most; one without an
    /// end is [`block_at`](Self::block_at).
    #[must_use]
    pub fn failures(mut self, count: u32, cool_down: Duration) -> Self {
        (self.max_failures, self.cool_down) = (count, cool_down);
        self
    }

    /// The lock-out with this number holds until the host [clears](crate::gate::Admin::unlock) it; the 3rd by default.
    /// A lock-out that has been over for 24 hours no longer counts. No number of failed sign-ins by face blocks a
    /// subject.
    #[must_use]
    pub fn block_at(mut self, lock_out: u32) -> Self {
        self.cool_downs_before_block = lock_out;
        self
    }

    /// At most `count` uploads of one subject go to the platform in 24 hours, whatever came of them: captures,
    /// enrollments, documents and matches. Unlimited by default. Each one costs money at the platform. It must allow at
    /// least as many as [`failures`](Self::failures) lock out after.
    #[must_use]
    pub fn per_day(mut self, count: u32) -> Self {
        self.per_day = Some(count);
        self
    }

    pub(crate) fn of_strangers(&self) -> Self {
        Self { counts: Counts::Strangers, ..self.clone() }
    }

    pub(crate) fn of_known_browsers(&self) -> Self {
        Self { counts: Counts::KnownBrowsers, ..self.clone() }
    }

    pub(crate) fn shortcoming(&self) -> Option<&'static str> {
        match self {
            Self { max_starts: 0, .. } => {
                Some("at least one start has to be allowed: raise `Limits::starts`")
            }
            Self { per_day: Some(0), .. } => {
                Some("at least one capture a day has to be allowed: raise `Limits::per_day`")
            }
            Self { per_day: Some(per_day), max_failures, .. } if per_day < max_failures => Some(
                "the captures of a day have to suffice for the failures that lock out: raise `Limits::per_day`",
            ),
            Self { max_failures: 0, .. } => {
                Some("at least one failed verification has to be allowed: raise `Limits::failures`")
            }
            Self { cool_downs_before_block: 0, .. } => {
                Some("a block has to come at the first lock-out or later: raise `Limits::block_at`")
            }
            Self { starts_window, .. } if starts_window.is_zero() => {
                Some("the window for starts has to last: raise that of `Limits::starts`")
            }
            Self { starts_window, .. } if *starts_window > DAY => Some(
                "starts are remembered for a day: shorten the window of `Limits::starts` to 24 hours or less",
            ),
            Self { cool_down, .. } if cool_down.is_zero() => {
                Some("a cool-down has to last: raise that of `Limits::failures`")
            }
            Self { cool_down, .. } if *cool_down > A_YEAR => Some(
                "a cool-down lasts at most a year: shorten that of `Limits::failures`, or lock out until the host \
                 clears it with `Limits::block_at`",
            ),
            _ => None,
        }
    }
}

/// What counts against a subject.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub(crate) struct Tally {
    starts: Vec<SystemTime>,
    /// Captures that were taken in, where their number is limited.
    captures: Vec<SystemTime>,
    /// Failed verifications since the last pass or lock-out.
    failures: u32,
    lock_outs: u32,
    locked_until: Option<SystemTime>,
    blocked: bool,
    #[serde(flatten)]
    pub(crate) unknown: ForwardCompat,
}

/// A limit is reached.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limited {
    /// How long until the next attempt may succeed.
    pub retry_after: Duration,
    /// Whether it holds until the host clears it: then it is of no use to try again before.
    pub is_blocked: bool,
}

impl Limited {
    fn until(end: SystemTime, now: SystemTime) -> Self {
        Self { retry_after: end.duration_since(now).unwrap_or_default(), is_blocked: false }
    }
}

impl Tally {
    pub(crate) fn reserve_start(&mut self, limits: &Limits, now: SystemTime) -> Result<(), Limited> {
        self.check_lock(now)?;
        keep_recent(&mut self.starts, limits.starts_window, now);
        if self.starts.len() >= limits.max_starts as usize {
            let oldest = self.starts.first().copied().unwrap_or(now);
            return Err(Limited::until(later(oldest, limits.starts_window), now));
        }
        self.starts.push(now);
        Ok(())
    }

    /// Counts a capture before it is read.
    pub(crate) fn reserve_capture(&mut self, limits: &Limits, now: SystemTime) -> Result<(), Limited> {
        let Some(per_day) = limits.per_day else { return Ok(()) };
        keep_recent(&mut self.captures, DAY, now);
        if self.captures.len() >= per_day as usize {
            let oldest = self.captures.first().copied().unwrap_or(now);
            return Err(Limited::until(later(oldest, DAY), now));
        }
        self.captures.push(now);
        Ok(())
    }

    pub(crate) fn check_lock(&self, now: SystemTime) -> Result<(), Limited> {
        match self.locked_until {
            _ if self.blocked => Err(Limited { retry_after: LONGEST_COOL_DOWN, is_blocked: true }),
            Some(until) if now < until => Err(Limited::until(until, now)),
            _ => Ok(()),
        }
    }

    pub(crate) fn attempts_left(&self, limits: &Limits) -> u32 {
        limits.max_failures.saturating_sub(self.failures)
    }

    /// Forgives failures. A stranger's pass does not forgive what strangers did under a name, because they would see it.
    pub(crate) fn pass(&mut self, limits: &Limits) {
        if limits.counts != Counts::Strangers {
            self.failures = 0;
        }
    }

    /// Counts a failed verification; the last one that is allowed locks.
    pub(crate) fn fail(&mut self, limits: &Limits, now: SystemTime) {
        let failures = self.failures.saturating_add(1);
        if failures < limits.max_failures {
            self.failures = failures;
            return;
        }
        let before =
            if self.lock_matters_until().is_some_and(|until| now < until) { self.lock_outs } else { 0 };
        let lock_outs = before.saturating_add(1);
        let doublings = if limits.counts == Counts::Strangers { 0 } else { before };
        let factor = 1_u32.checked_shl(doublings).unwrap_or(u32::MAX);
        let lasts = limits.cool_down.saturating_mul(factor).min(LONGEST_COOL_DOWN.max(limits.cool_down));
        // The lock comes before the counters: what was begun and not finished has locked.
        self.blocked |= limits.counts == Counts::Members && lock_outs >= limits.cool_downs_before_block;
        self.locked_until = Some(later(now, lasts));
        self.lock_outs = lock_outs;
        self.failures = 0;
    }

    pub(super) fn export(&self) -> Value {
        json!({
            "starts": self.starts.iter().map(|&at| timestamp(at)).collect::<Vec<_>>(),
            "captures": self.captures.iter().map(|&at| timestamp(at)).collect::<Vec<_>>(),
            "failures": self.failures,
            "lock_outs": self.lock_outs,
            "locked_until": self.locked_until.map(timestamp),
            "blocked": self.blocked,
        })
    }

    pub(crate) fn unlock(&mut self) {
        let Self { starts, captures, unknown, .. } = std::mem::take(self);
        *self = Self { starts, captures, unknown, ..Self::default() };
    }

    /// Whether only the host, or a pass, lets the tally be forgotten.
    pub(crate) fn matters_for_good(&self) -> bool {
        self.blocked || self.failures > 0
    }

    /// Whether there are failures that count, or a lock-out that makes the next one longer.
    pub(crate) fn holds_against(&self, now: SystemTime) -> bool {
        self.matters_for_good() || self.lock_matters_until().is_some_and(|until| now < until)
    }

    /// When the last start was counted.
    pub(crate) fn last_start(&self) -> Option<SystemTime> {
        self.starts.last().copied()
    }

    fn lock_matters_until(&self) -> Option<SystemTime> {
        self.locked_until.map(|until| later(until, LONGEST_COOL_DOWN))
    }

    /// Until when the tally has to be remembered; `None` where there is nothing to remember.
    pub(crate) fn matters_until(&self, now: SystemTime) -> Option<SystemTime> {
        let lock = self.lock_matters_until();
        let rest = self.matters_for_good().then(|| later(now, LONGEST_COOL_DOWN));
        let last = |times: &[SystemTime]| times.last().map(|&last| later(last, DAY));
        [lock, rest, last(&self.starts), last(&self.captures)].into_iter().flatten().max()
    }
}

/// Forgets what is older than the window. A time in the future stays, so that a clock that was turned back frees no subject.
fn keep_recent(times: &mut Vec<SystemTime>, window: Duration, now: SystemTime) {
    times.retain(|&time| time > now || now.duration_since(time).is_ok_and(|age| age < window));
}

const DAY: Duration = Duration::from_secs(24 * 3600);
const LONGEST_COOL_DOWN: Duration = DAY;

#[cfg(test)]
mod tests;
