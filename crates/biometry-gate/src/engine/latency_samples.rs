//! How verifications went lately, so that one that does not take place looks like one that does.

use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use super::platform_failure::PlatformFailure;
use crate::entropy::Entropy;

/// How long the platform took over its last few verdicts, and whether it gives any at present.
#[derive(Debug, Default)]
pub(crate) struct LatencySamples(Mutex<Lately>);

#[derive(Debug, Default)]
struct Lately {
    took: Vec<Duration>,
    /// Where the next one goes, once there are enough.
    next: usize,
    failure: Option<PlatformFailure>,
}

/// What a caller gets to see whose upload the platform does not judge, and after how long.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Decoy {
    pub(crate) after: Duration,
    /// What other callers get to see while the platform gives no answers.
    pub(crate) failure: Option<PlatformFailure>,
}

impl LatencySamples {
    /// The platform has judged an upload this long after its last byte.
    pub(crate) fn given(&self, took: Duration) {
        let mut lately = self.lock();
        lately.failure = None;
        if lately.took.len() < KEPT {
            lately.took.push(took);
            return;
        }
        let place = lately.next;
        lately.took[place] = took;
        lately.next = (place + 1) % KEPT;
    }

    /// The platform has not judged an upload. What may be the upload's own fault says nothing about the next one.
    pub(crate) fn missed(&self, failure: PlatformFailure) {
        if failure != PlatformFailure::Nonsense {
            self.lock().failure = Some(failure);
        }
    }

    /// What to show instead of a verdict: one of the last times, at random.
    pub(crate) fn decoy(&self, entropy: &dyn Entropy) -> Decoy {
        let mut byte = [0];
        // Without randomness there is no phrase either, so no upload gets here.
        let lot = if entropy.fill(&mut byte).is_ok() { usize::from(byte[0]) } else { 0 };
        let lately = self.lock();
        let after = match lately.took.len() {
            0 => SHORTEST + SPREAD * u32::from(byte[0]) / 255,
            count => lately.took[lot % count],
        };
        Decoy { after, failure: lately.failure }
    }

    fn lock(&self) -> MutexGuard<'_, Lately> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A power of two, so that a byte draws among them evenly.
const KEPT: usize = 64;
/// What a verdict takes where none was seen yet, and how much more it may take.
const SHORTEST: Duration = Duration::from_millis(700);
const SPREAD: Duration = Duration::from_millis(800);

#[cfg(test)]
mod tests {
    use super::*;
    use crate::entropy::OsEntropy;

    #[test]
    fn a_decoy_takes_as_long_as_one_of_the_last_verdicts() {
        let samples = LatencySamples::default();
        for _ in 0..50 {
            let after = samples.decoy(&OsEntropy).after;
            assert!((SHORTEST..=SHORTEST + SPREAD).contains(&after), "{after:?}");
        }
        for seconds in 1..=200 {
            samples.given(Duration::from_secs(seconds));
        }
        for _ in 0..200 {
            let after = samples.decoy(&OsEntropy).after.as_secs();
            assert!((137..=200).contains(&after), "{after} s is none of the last 64");
        }
    }

    #[test]
    fn while_the_platform_judges_nobody_nobody_is_told_of_a_verdict() {
        let samples = LatencySamples::default();
        samples.missed(PlatformFailure::Nonsense);
        assert_eq!(samples.decoy(&OsEntropy).failure, None, "a bad video says nothing about the platform");
        samples.missed(PlatformFailure::Timeout);
        assert_eq!(samples.decoy(&OsEntropy).failure, Some(PlatformFailure::Timeout));
        samples.given(Duration::from_secs(1));
        assert_eq!(samples.decoy(&OsEntropy).failure, None);
    }
}
