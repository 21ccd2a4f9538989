//! How the platform has dealt with verifications lately, so that one that does not take place looks like one that does.

use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use super::platform_failure::PlatformFailure;

/// How long the platform took over its last answers, and whether it judges at present.
#[derive(Debug, Default)]
pub(crate) struct LatencySamples(Mutex<Lately>);

#[derive(Debug, Default)]
struct Lately {
    /// From the last byte to the verdict.
    verdicts: Samples,
    /// For what it has on record of consent.
    records: Samples,
    /// For taking a mebibyte.
    mebibytes: Samples,
    failure: Option<PlatformFailure>,
}

/// The times that everything takes in a sign-in that comes to nothing, whether the platform had a part in it or not: more
/// than the platform has taken lately.
///
/// One that the platform then exceeds all the same goes on to twice the time, and so on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Cadence {
    /// Before a capture is read.
    pub(crate) admission: Duration,
    /// For each mebibyte of it.
    pub(crate) mebibyte: Duration,
    /// From its last byte to the answer.
    pub(crate) verdict: Duration,
}

impl LatencySamples {
    /// The platform has judged an upload this long after its last byte.
    pub(crate) fn given(&self, took: Duration) {
        let mut lately = self.lock();
        lately.failure = None;
        lately.verdicts.add(took);
    }

    /// The platform has not judged an upload. A failure that may be the upload's own fault says nothing about the next one.
    pub(crate) fn missed(&self, failure: PlatformFailure) {
        if failure != PlatformFailure::Nonsense {
            self.lock().failure = Some(failure);
        }
    }

    /// The platform has said what it has on record after so long.
    pub(crate) fn note_history(&self, took: Duration) {
        self.lock().records.add(took);
    }

    /// The platform has taken so many bytes, for which the gate waited so long. A short wait says more about this process than about the platform.
    pub(crate) fn taken(&self, bytes: u64, waited: Duration) {
        if bytes >= SHORTEST_SAMPLE {
            let waited = waited.as_nanos().saturating_mul(MEBIBYTE) / u128::from(bytes);
            self.lock().mebibytes.add(Duration::from_nanos(u64::try_from(waited).unwrap_or(u64::MAX)));
        }
    }

    /// Why the platform judges no capture at present, where it does not.
    pub(crate) fn failure(&self) -> Option<PlatformFailure> {
        self.lock().failure
    }

    /// What a sign-in that begins now takes at least.
    pub(crate) fn cadence(&self) -> Cadence {
        let lately = self.lock();
        Cadence {
            admission: lately.records.exceeded(Duration::from_millis(25), 2),
            mebibyte: lately.mebibytes.exceeded(Duration::from_millis(62), 2).min(SLOWEST),
            verdict: lately.verdicts.exceeded(Duration::from_millis(250), 2),
        }
    }

    fn lock(&self) -> MutexGuard<'_, Lately> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The last few times of one kind.
#[derive(Debug, Default)]
struct Samples {
    took: Vec<Duration>,
    /// Where the next one goes, once there are enough.
    next: usize,
}

impl Samples {
    fn add(&mut self, took: Duration) {
        if self.took.len() < KEPT {
            self.took.push(took);
            return;
        }
        self.took[self.next] = took;
        self.next = (self.next + 1) % KEPT;
    }

    /// The first of `least`, twice that, and so on, that exceeds all of them by a quarter; so many doublings where there are
    /// none yet.
    fn exceeded(&self, least: Duration, unknown: u32) -> Duration {
        match self.took.iter().max() {
            None => least.saturating_mul(1 << unknown),
            Some(slowest) => doubled(least, slowest.saturating_add(*slowest / 4)),
        }
    }
}

/// The first of `least`, twice that, and so on, that is no less than `past`.
pub(crate) fn doubled(least: Duration, past: Duration) -> Duration {
    let mut time = least;
    while time < past && !time.is_zero() {
        time = time.saturating_mul(2);
    }
    time
}

const KEPT: usize = 64;
const MEBIBYTE: u128 = 1 << 20;
const SHORTEST_SAMPLE: u64 = 1 << 18;
/// For a mebibyte: a capture of a usual size is not to run out of its total time.
const SLOWEST: Duration = Duration::from_secs(8);

#[cfg(test)]
mod tests {
    use super::*;

    fn millis(count: u64) -> Duration {
        Duration::from_millis(count)
    }

    #[test]
    fn everything_takes_longer_than_the_platform_took_lately() {
        let samples = LatencySamples::default();
        let unknown = Cadence { admission: millis(100), mebibyte: millis(248), verdict: millis(1_000) };
        assert_eq!(samples.cadence(), unknown);
        samples.given(millis(1));
        samples.note_history(millis(70));
        samples.taken(1 << 21, millis(300));
        let known = Cadence { admission: millis(100), mebibyte: millis(248), verdict: millis(250) };
        assert_eq!(samples.cadence(), known);
        samples.given(millis(801));
        assert_eq!(samples.cadence().verdict, millis(2_000), "801 ms and a quarter are more than a second");
        for _ in 0..KEPT {
            samples.given(millis(10));
        }
        assert_eq!(samples.cadence().verdict, millis(250), "it was long ago");
    }

    #[test]
    fn what_is_short_says_nothing_of_the_platforms_pace_and_no_pace_is_too_slow_for_a_capture() {
        let samples = LatencySamples::default();
        samples.taken(300, Duration::from_secs(10));
        assert_eq!(samples.cadence().mebibyte, millis(248));
        samples.taken(1 << 20, Duration::MAX);
        assert_eq!(samples.cadence().mebibyte, SLOWEST);
    }

    #[test]
    fn what_exceeds_its_time_goes_on_to_twice_the_time() {
        assert_eq!(doubled(millis(250), millis(250)), millis(250));
        assert_eq!(doubled(millis(250), millis(251)), millis(500));
        assert_eq!(doubled(millis(250), millis(2_100)), millis(4_000));
        assert_eq!(doubled(Duration::ZERO, millis(1)), Duration::ZERO);
        assert_eq!(doubled(millis(1), Duration::MAX), Duration::MAX);
    }

    #[test]
    fn while_the_platform_judges_no_known_name() {
        let samples = LatencySamples::default();
        samples.missed(PlatformFailure::Nonsense);
        assert_eq!(samples.failure(), None, "a bad video says nothing about the platform");
        samples.missed(PlatformFailure::Timeout);
        assert_eq!(samples.failure(), Some(PlatformFailure::Timeout));
        samples.given(Duration::from_secs(1));
        assert_eq!(samples.failure(), None);
    }
}
