use std::time::Duration;

/// Whether a client reaches a least rate on average over a window of time, wherever the window begins.
///
/// Pure arithmetic on the time that the client was waited for. The window is looked at in steps of a fifteenth of itself,
/// so that a client of any speed costs a handful of counters.
#[derive(Debug)]
pub(super) struct LeastRate {
    /// What has to arrive in one window; nothing switches the rule off.
    wanted: u64,
    step: Duration,
    /// Bytes of the current step and of those before it, each at its number modulo the count.
    steps: [u32; STEPS + 1],
    current: u64,
    /// When the client is too slow if no further byte comes.
    lapses: Duration,
}

impl LeastRate {
    pub(super) fn new(bytes_per_second: u64, window: Duration) -> Self {
        let step = (window / STEPS as u32).max(Duration::from_nanos(1));
        let wanted = u128::from(bytes_per_second).saturating_mul(window.as_nanos()) / NANOS;
        let wanted = u64::try_from(wanted).unwrap_or(u64::MAX);
        let lapses = if wanted == 0 { Duration::MAX } else { times(step, STEPS as u64) };
        Self { wanted, step, steps: [0; STEPS + 1], current: 0, lapses }
    }

    /// So many bytes have come when the client had been waited for this long.
    pub(super) fn receive(&mut self, waited: Duration, bytes: u64) {
        // A client that was too slow does not make up for it.
        if self.wanted == 0 || waited >= self.lapses {
            return;
        }
        self.advance(waited);
        let bytes = u32::try_from(bytes).unwrap_or(u32::MAX);
        let slot = slot(self.current);
        self.steps[slot] = self.steps[slot].saturating_add(bytes);
        self.lapses = self.lapse();
    }

    /// How long the client may have been waited for, if no further byte comes.
    pub(super) fn lapses(&self) -> Duration {
        self.lapses
    }

    fn advance(&mut self, waited: Duration) {
        let now = u32::try_from(waited.as_nanos() / self.step.as_nanos()).map_or(u32::MAX.into(), u64::from);
        let forgotten = self.current.max(now.saturating_sub(STEPS as u64 + 1));
        for step in forgotten..now {
            self.steps[slot(step + 1)] = 0;
        }
        self.current = now.max(self.current);
    }

    /// The first end of a step at which the window behind it holds too little.
    fn lapse(&self) -> Duration {
        let oldest = self.current.saturating_sub(STEPS as u64);
        let mut held: u64 = self.steps.iter().copied().map(u64::from).sum();
        let mut first = oldest;
        for end in self.current + 1..=self.current + STEPS as u64 + 1 {
            while first + (STEPS as u64) < end {
                held -= if first <= self.current { u64::from(self.steps[slot(first)]) } else { 0 };
                first += 1;
            }
            if end >= STEPS as u64 && held < self.wanted {
                return times(self.step, end);
            }
        }
        // Behind all that is remembered nothing is left.
        times(self.step, self.current + STEPS as u64 + 1)
    }
}

fn slot(step: u64) -> usize {
    // INVARIANT: the remainder is below the count of steps.
    (step % (STEPS as u64 + 1)) as usize
}

fn times(step: Duration, count: u64) -> Duration {
    u32::try_from(count).ok().and_then(|count| step.checked_mul(count)).unwrap_or(Duration::MAX)
}

const STEPS: usize = 15;
const NANOS: u128 = 1_000_000_000;

#[cfg(test)]
mod tests {
    use super::*;

    const WINDOW: Duration = Duration::from_secs(15);

    fn seconds(count: u64) -> Duration {
        Duration::from_secs(count)
    }

    /// When a client lapses that sends so much in each second, counted from 1.
    fn lapse(mut bytes_in_second: impl FnMut(u64) -> u64) -> Option<Duration> {
        let mut rate = LeastRate::new(1_000, WINDOW);
        (1..=400).find_map(|second| {
            let at = seconds(second) - Duration::from_millis(1);
            if at >= rate.lapses() {
                return Some(rate.lapses());
            }
            rate.receive(at, bytes_in_second(second));
            None
        })
    }

    #[test]
    fn silence_lapses_with_the_first_window() {
        assert_eq!(LeastRate::new(1_000, WINDOW).lapses(), WINDOW);
        assert_eq!(lapse(|_| 0), Some(WINDOW));
    }

    #[test]
    fn the_least_rate_is_enough_and_less_is_not() {
        assert_eq!(lapse(|_| 1_000), None);
        assert_eq!(lapse(|_| 999), Some(WINDOW));
    }

    #[test]
    fn every_window_counts_and_not_the_average_of_all() {
        assert_eq!(lapse(|second| if second < 100 { 1_000_000 } else { 10 }), Some(seconds(114)));
        assert_eq!(lapse(|second| if second == 1 { 1_000_000_000 } else { 0 }), Some(seconds(16)));
    }

    #[test]
    fn a_pause_that_the_rest_of_the_window_makes_up_for_is_fine() {
        assert_eq!(lapse(|second| if second % 10 == 0 { 15_000 } else { 0 }), None);
    }

    #[test]
    fn what_comes_at_the_end_of_a_window_comes_too_late_for_it() {
        let mut rate = LeastRate::new(1_000, WINDOW);
        rate.receive(WINDOW, 1_000_000);
        assert_eq!(rate.lapses(), WINDOW);
    }

    #[test]
    fn a_rate_of_nothing_never_lapses() {
        let mut rate = LeastRate::new(0, WINDOW);
        rate.receive(seconds(1_000), 1);
        assert_eq!(rate.lapses(), Duration::MAX);
    }

    #[test]
    fn no_number_is_too_large() {
        for (bytes_per_second, window) in [(u64::MAX, Duration::MAX), (1, Duration::ZERO), (u64::MAX, WINDOW)]
        {
            let mut rate = LeastRate::new(bytes_per_second, window);
            for waited in [Duration::ZERO, seconds(1), seconds(1 << 40), Duration::MAX] {
                rate.receive(waited, u64::MAX);
            }
        }
    }
}
