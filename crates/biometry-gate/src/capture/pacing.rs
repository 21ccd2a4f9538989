use std::time::Duration;

use tokio::time::Instant;

use super::error::{CaptureError, CaptureErrorKind};
use super::least_rate::LeastRate;
use super::limits::CaptureLimits;

/// Who is slow, and since when. Pure arithmetic: the time is passed in.
///
/// Time counts against the client only while its body is being waited for. While the reader of the file is the slow
/// side, the body is not asked, and only the total time runs.
#[derive(Debug)]
pub(crate) struct Pacing {
    limits: CaptureLimits,
    opened: Instant,
    received: u64,
    /// The waits that are over, added up.
    waited: Duration,
    waiting_since: Option<Instant>,
    rate: LeastRate,
}

/// What a client was asked for that was too slow, and how far it came.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Pace {
    /// Bytes of the body.
    pub(crate) received: u64,
    /// Bytes a second.
    pub(crate) least_rate: u64,
    /// The longest silence.
    pub(crate) idle: Duration,
    /// The longest time in all.
    pub(crate) total: Duration,
}

impl Pacing {
    pub(crate) fn new(limits: CaptureLimits, now: Instant) -> Self {
        let rate = LeastRate::new(limits.least_rate(), limits.rate_window());
        Self { limits, opened: now, received: 0, waited: Duration::ZERO, waiting_since: None, rate }
    }

    /// The client's body had nothing to give.
    pub(crate) fn wait(&mut self, now: Instant) {
        self.waiting_since.get_or_insert(now);
    }

    /// The client's body gave bytes, or its end.
    pub(crate) fn receive(&mut self, now: Instant, bytes: u64) {
        self.received += bytes;
        if let Some(since) = self.waiting_since.take() {
            self.waited += now - since;
        }
        self.rate.receive(self.waited, bytes);
    }

    pub(crate) fn received(&self) -> u64 {
        self.received
    }

    /// When the whole upload must be over.
    pub(crate) fn end(&self) -> Instant {
        later(self.opened, self.limits.total())
    }

    /// When something is due if no byte comes until then.
    pub(crate) fn deadline(&self) -> Instant {
        match self.waiting_since {
            Some(since) => self.silence_ends(since).min(self.rate_ends(since)).min(self.end()),
            None => self.end(),
        }
    }

    /// Whether the client has been silent or slow for too long, or the time is over.
    pub(crate) fn check(&self, now: Instant) -> Result<(), CaptureError> {
        if let Some(since) = self.waiting_since {
            if now >= self.silence_ends(since) {
                return Err(self.slow("the client was silent for too long"));
            }
            if now >= self.rate_ends(since) {
                return Err(self.slow("the upload was slower than the least rate"));
            }
        }
        self.check_total(now)
    }

    /// Whether the time is over, and by whose doing.
    pub(crate) fn check_total(&self, now: Instant) -> Result<(), CaptureError> {
        if now < self.end() {
            return Ok(());
        }
        if self.is_clients_doing(now) {
            return Err(self.slow("the upload took too long in all"));
        }
        Err(CaptureErrorKind::Stalled.because("the upload was not taken in time"))
    }

    fn silence_ends(&self, since: Instant) -> Instant {
        match self.received {
            0 => later(self.opened, self.limits.first_byte()),
            _ => later(since, self.limits.idle()),
        }
    }

    fn rate_ends(&self, since: Instant) -> Instant {
        later(since, self.rate.lapses().saturating_sub(self.waited))
    }

    fn slow(&self, detail: &'static str) -> CaptureError {
        let limits = &self.limits;
        let (least_rate, idle, total) = (limits.least_rate(), limits.idle(), limits.total());
        CaptureError::too_slow(detail, Pace { received: self.received, least_rate, idle, total })
    }

    /// A client that has been waited for most of the time and is being waited for now.
    fn is_clients_doing(&self, now: Instant) -> bool {
        let waited = self.waiting_since.map(|since| self.waited + (now - since));
        waited.is_some_and(|waited| waited * 2 >= now - self.opened)
    }
}

fn later(from: Instant, time: Duration) -> Instant {
    from.checked_add(time).unwrap_or(from + FAR)
}

/// Farther than any upload goes.
const FAR: Duration = Duration::from_secs(365 * 24 * 60 * 60);

#[cfg(test)]
mod tests {
    use super::*;

    fn seconds(count: u64) -> Duration {
        Duration::from_secs(count)
    }

    fn start() -> (Pacing, Instant) {
        let now = Instant::now();
        (Pacing::new(CaptureLimits::default(), now), now)
    }

    fn kind(pacing: &Pacing, now: Instant) -> Option<CaptureErrorKind> {
        pacing.check(now).err().map(|error| error.kind())
    }

    #[test]
    fn the_first_byte_has_its_own_time() {
        let (_, now) = start();
        let limits = CaptureLimits::default().with_first_byte(seconds(2)).with_least_rate(0);
        let mut pacing = Pacing::new(limits, now);
        pacing.wait(now);
        assert_eq!(pacing.deadline(), now + seconds(2));
        assert_eq!(kind(&pacing, now + seconds(2) - Duration::from_nanos(1)), None);
        assert_eq!(kind(&pacing, now + seconds(2)), Some(CaptureErrorKind::TooSlow));
        pacing.receive(now + seconds(1), 1);
        pacing.wait(now + seconds(1));
        assert_eq!(pacing.deadline(), now + seconds(11));
    }

    #[test]
    fn silence_counts_anew_after_each_byte_and_not_while_the_reader_is_busy() {
        let (mut pacing, now) = start();
        pacing.receive(now, 1 << 20);
        assert_eq!(pacing.deadline(), now + seconds(300));
        assert_eq!(kind(&pacing, now + seconds(30)), None);
        pacing.wait(now + seconds(30));
        assert_eq!(pacing.deadline(), now + seconds(40));
        pacing.receive(now + seconds(39), 1 << 20);
        pacing.wait(now + seconds(39));
        assert_eq!(kind(&pacing, now + seconds(48)), None);
        assert_eq!(kind(&pacing, now + seconds(49)), Some(CaptureErrorKind::TooSlow));
    }

    #[test]
    fn the_rate_counts_only_the_time_spent_waiting() {
        let (mut pacing, now) = start();
        pacing.receive(now, 1);
        pacing.wait(now + seconds(20));
        pacing.receive(now + seconds(29), 1);
        assert_eq!(kind(&pacing, now + seconds(100)), None);
        pacing.wait(now + seconds(100));
        assert_eq!(pacing.deadline(), now + seconds(106));
        assert_eq!(kind(&pacing, now + seconds(106)), Some(CaptureErrorKind::TooSlow));
    }

    #[test]
    fn an_upload_that_was_too_slow_says_what_was_asked_of_it() {
        let (mut pacing, now) = start();
        pacing.receive(now, 7);
        pacing.wait(now);
        let pace = pacing.check(now + seconds(10)).expect_err("silent").pace().expect("a pace");
        let asked = Pace { received: 7, least_rate: 32_768, idle: seconds(10), total: seconds(300) };
        assert_eq!(pace, asked);
    }

    #[test]
    fn the_total_time_blames_the_slow_side() {
        let (mut pacing, now) = start();
        pacing.receive(now, 10 << 20);
        assert_eq!(kind(&pacing, now + seconds(300)), Some(CaptureErrorKind::Stalled));
        pacing.wait(now + seconds(299));
        assert_eq!(kind(&pacing, now + seconds(300)), Some(CaptureErrorKind::Stalled));

        let (mut pacing, now) = start();
        for second in 0..60 {
            pacing.receive(now + seconds(5 * second), 1 << 20);
            pacing.wait(now + seconds(5 * second));
        }
        assert_eq!(kind(&pacing, now + seconds(300) - Duration::from_nanos(1)), None);
        assert_eq!(kind(&pacing, now + seconds(300)), Some(CaptureErrorKind::TooSlow));
    }
}
