//! Sparing a platform that does not answer, and those who would wait for it.

use std::sync::{Mutex, PoisonError};
use std::time::{Duration, SystemTime};

use super::meters::Asking;
use crate::clock::later;
use crate::metrics::Gauge;

/// When a circuit opens, and for how long.
#[derive(Clone, Copy, Debug)]
pub(crate) struct BreakerRule {
    /// How many calls in a row have to fail.
    pub(crate) failures: u32,
    /// How long nothing is asked after that; every further pause lasts twice as long as the one before.
    pub(crate) pause: Duration,
}

/// What a call has shown about the platform.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Health {
    /// It answered, whatever it said.
    Answers,
    /// It could not be reached, or did not answer in time.
    Fails,
    /// Nothing: the caller went away, for example.
    Unknown,
}

/// The circuit breaker of one kind of calls.
///
/// Closed, it counts failures in a row. Open, it lets nothing through for a while; then one call may try, and what
/// becomes of that one closes the circuit or opens it for longer.
#[derive(Debug)]
pub(crate) struct Breaker {
    rule: BreakerRule,
    state: Mutex<State>,
    /// Counts the breakers of its kind that are open.
    open: Gauge,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum State {
    Closed {
        failures: u32,
    },
    Open {
        until: SystemTime,
        pause: Duration,
    },
    /// One call tries. If nothing is heard of it by `until`, another may.
    Trying {
        until: SystemTime,
        pause: Duration,
    },
}

impl Breaker {
    pub(crate) fn new(rule: BreakerRule, asking: Asking) -> Self {
        Self { rule, state: Mutex::new(State::Closed { failures: 0 }), open: asking.breakers_open() }
    }

    /// Whether a call may be made now, or how long there is to wait.
    pub(crate) fn admit(&self, now: SystemTime) -> Result<(), Duration> {
        self.change(|state| state.admit(now))
    }

    /// Takes note of what became of a call that was admitted.
    pub(crate) fn record(&self, health: Health, now: SystemTime) {
        self.change(|state| state.record(health, &self.rule, now));
    }

    fn change<T>(&self, transition: impl FnOnce(&mut State) -> T) -> T {
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        let was_open = state.is_open();
        let outcome = transition(&mut state);
        if state.is_open() != was_open {
            self.open.add(if was_open { -1.0 } else { 1.0 });
        }
        outcome
    }
}

impl Drop for Breaker {
    fn drop(&mut self) {
        if self.change(|state| state.is_open()) {
            self.open.add(-1.0);
        }
    }
}

impl State {
    fn is_open(&self) -> bool {
        !matches!(self, Self::Closed { .. })
    }

    fn admit(&mut self, now: SystemTime) -> Result<(), Duration> {
        let (Self::Open { until, pause } | Self::Trying { until, pause }) = *self else { return Ok(()) };
        // A clock that was set back does not keep the circuit open for longer than it was to be.
        match until.duration_since(now) {
            Ok(left) if left <= pause && !left.is_zero() => Err(left),
            Ok(_) | Err(_) => {
                *self = Self::Trying { until: later(now, pause), pause };
                Ok(())
            }
        }
    }

    fn record(&mut self, health: Health, rule: &BreakerRule, now: SystemTime) {
        *self = match (*self, health) {
            (_, Health::Answers) => Self::Closed { failures: 0 },
            (Self::Closed { failures }, Health::Fails) if failures.saturating_add(1) < rule.failures => {
                Self::Closed { failures: failures.saturating_add(1) }
            }
            (Self::Closed { .. }, Health::Fails) => Self::open(rule.pause, now),
            (Self::Trying { pause, .. }, Health::Fails) => {
                Self::open(pause.saturating_mul(2).min(LONGEST), now)
            }
            // The next one may try at once.
            (Self::Trying { pause, .. }, Health::Unknown) => Self::Trying { until: now, pause },
            // A call from before the circuit opened says nothing new.
            (Self::Open { until, pause }, Health::Fails) => Self::Open { until, pause },
            (state, Health::Unknown) => state,
        };
    }

    fn open(pause: Duration, now: SystemTime) -> Self {
        Self::Open { until: later(now, pause), pause }
    }
}

const LONGEST: Duration = Duration::from_secs(60);

#[cfg(test)]
mod tests {
    use super::*;

    const RULE: BreakerRule = BreakerRule { failures: 3, pause: Duration::from_secs(5) };

    fn at(seconds: u64) -> SystemTime {
        SystemTime::UNIX_EPOCH + Duration::from_secs(1_000_000 + seconds)
    }

    fn open() -> Breaker {
        let breaker = Breaker::new(RULE, Asking::Call);
        for _ in 0..3 {
            breaker.admit(at(0)).unwrap();
            breaker.record(Health::Fails, at(0));
        }
        breaker
    }

    #[test]
    fn it_takes_failures_in_a_row_to_open() {
        let breaker = Breaker::new(RULE, Asking::Call);
        for health in
            [Health::Fails, Health::Fails, Health::Answers, Health::Fails, Health::Unknown, Health::Fails]
        {
            breaker.admit(at(0)).unwrap();
            breaker.record(health, at(0));
        }
        breaker.admit(at(0)).unwrap();
        breaker.record(Health::Fails, at(0));
        assert_eq!(breaker.admit(at(1)), Err(Duration::from_secs(4)));
    }

    #[test]
    fn after_a_pause_one_may_try_and_decides_for_all() {
        let breaker = open();
        assert_eq!(breaker.admit(at(4)), Err(Duration::from_secs(1)));
        assert_eq!(breaker.admit(at(5)), Ok(()));
        assert!(breaker.admit(at(5)).is_err(), "one at a time");
        breaker.record(Health::Fails, at(6));
        assert_eq!(breaker.admit(at(6)), Err(Duration::from_secs(10)), "twice as long");
        assert_eq!(breaker.admit(at(16)), Ok(()));
        breaker.record(Health::Answers, at(16));
        assert!(breaker.admit(at(16)).is_ok() && breaker.admit(at(16)).is_ok());
    }

    #[test]
    fn a_try_that_shows_nothing_leaves_the_place_to_the_next() {
        let breaker = open();
        breaker.admit(at(5)).unwrap();
        breaker.record(Health::Unknown, at(5));
        assert!(breaker.admit(at(5)).is_ok());
        assert!(breaker.admit(at(9)).is_err());
        assert!(breaker.admit(at(10)).is_ok(), "one that was never heard of again does not block the way");
    }

    #[test]
    fn no_pause_is_longer_than_a_minute_and_no_clock_makes_it_so() {
        let breaker = open();
        let mut now = 5;
        for _ in 0..10 {
            breaker.admit(at(now)).unwrap();
            breaker.record(Health::Fails, at(now));
            now += 60;
        }
        assert!(breaker.admit(at(now - 30)).is_err());
        assert!(breaker.admit(at(0)).is_ok(), "the clock was set back");
    }
}
