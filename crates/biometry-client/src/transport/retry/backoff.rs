use std::time::Duration;

/// How often to try again, and after which pauses: exponential, with full jitter.
#[derive(Clone, Copy, Debug)]
pub struct Backoff {
    retries: u32,
    first: Duration,
    most: Duration,
}

impl Default for Backoff {
    fn default() -> Self {
        Self { retries: 2, first: Duration::from_millis(50), most: Duration::from_secs(1) }
    }
}

impl Backoff {
    /// No try but the first.
    pub fn never() -> Self {
        Self { retries: 0, ..Self::default() }
    }

    /// How many tries there are after the first; 2 by default, at most 8.
    pub fn retries(mut self, retries: u32) -> Self {
        self.retries = retries.min(MOST_RETRIES);
        self
    }

    /// The longest that the first pause may be, 50 ms by default; each further one may be twice as long as the one
    /// before, up to `most`, 1 s by default.
    pub fn pauses(mut self, first: Duration, most: Duration) -> Self {
        (self.first, self.most) = (first, most);
        self
    }

    /// The pause before a retry, of which the first is number 1: a part of the longest one, as `random` falls between 0
    /// and its largest value. `None` where there is no such retry.
    pub(super) fn pause(&self, retry: u32, random: u32) -> Option<Duration> {
        if retry == 0 || retry > self.retries {
            return None;
        }
        let longest = self.first.saturating_mul(1 << (retry - 1)).min(self.most);
        Some(longest.mul_f64(f64::from(random) / f64::from(u32::MAX)))
    }
}

const MOST_RETRIES: u32 = 8;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pauses_double_up_to_their_bound_and_end() {
        let backoff =
            Backoff::default().retries(4).pauses(Duration::from_millis(100), Duration::from_millis(300));
        let longest: Vec<_> = (0..7).map(|retry| backoff.pause(retry, u32::MAX)).collect();
        let millis = |millis| Some(Duration::from_millis(millis));
        assert_eq!(longest, [None, millis(100), millis(200), millis(300), millis(300), None, None]);
        assert_eq!(Backoff::never().pause(1, 0), None);
    }

    #[test]
    fn a_pause_is_anything_up_to_the_longest() {
        let backoff = Backoff::default();
        assert_eq!(backoff.pause(1, 0), Some(Duration::ZERO));
        let middle = backoff.pause(1, u32::MAX / 2).unwrap();
        assert!(middle > Duration::from_millis(24) && middle < Duration::from_millis(26), "{middle:?}");
    }

    #[test]
    fn there_is_an_end_to_what_may_be_asked_for() {
        let backoff = Backoff::default().retries(u32::MAX);
        assert!(backoff.pause(8, 1).is_some() && backoff.pause(9, 1).is_none());
    }
}
