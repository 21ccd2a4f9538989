use std::time::Duration;

use tokio::time::Instant;

use super::error::{CaptureError, CaptureErrorKind};
use super::limits::CaptureLimits;

/// Who is slow, and since when. Pure arithmetic: the time is passed in.
///
/// Time counts against the client only while its body is being waited for. While whoever takes the file is the slow
/// side, the body is not asked, and only the total time runs.
#[derive(Debug)]
pub(super) struct Pacing {
    limits: CaptureLimits,
    opened: Instant,
    received: u64,
    /// The waits that are over, added up.
    waited: Duration,
    waiting_since: Option<Instant>,
}

impl Pacing {
    pub(super) fn new(limits: CaptureLimits, now: Instant) -> Self {
        Self { limits, opened: now, received: 0, waited: Duration::ZERO, waiting_since: None }
    }

    /// The client's body had nothing to give.
    pub(super) fn wait(&mut self, now: Instant) {
        self.waiting_since.get_or_insert(now);
    }

    /// The client's body gave bytes, or its end.
    pub(super) fn receive(&mut self, now: Instant, bytes: u64) {
        self.received += bytes;
        if let Some(since) = self.waiting_since.take() {
            self.waited += now - since;
        }
    }

    pub(super) fn received(&self) -> u64 {
        self.received
    }

    /// When the whole upload must be over.
    pub(super) fn end(&self) -> Instant {
        later(self.opened, self.limits.total())
    }

    /// When something is due if no byte comes until then.
    pub(super) fn deadline(&self) -> Instant {
        match self.waiting_since {
            Some(since) => self.silence_ends(since).min(self.rate_ends(since)).min(self.end()),
            None => self.end(),
        }
    }

    /// Whether the client has been silent or slow for too long, or the time is over.
    pub(super) fn check(&self, now: Instant) -> Result<(), CaptureError> {
        if let Some(since) = self.waiting_since {
            if now >= self.silence_ends(since) {
                return Err(slow("the client is silent"));
            }
            if now >= self.rate_ends(since) {
                return Err(slow("the client is slower than the minimum rate"));
            }
        }
        self.check_total(now)
    }

    /// Whether the time is over, and by whose doing.
    pub(super) fn check_total(&self, now: Instant) -> Result<(), CaptureError> {
        if now < self.end() {
            return Ok(());
        }
        if self.is_clients_doing(now) {
            return Err(slow("the client takes too long in all"));
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
        later(since, self.limits.allowed_wait(self.received).saturating_sub(self.waited))
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

fn slow(detail: &'static str) -> CaptureError {
    CaptureErrorKind::TooSlow.because(detail)
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
        let limits = CaptureLimits::default().with_first_byte(seconds(2)).with_minimum_rate(0, seconds(0));
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
    fn silence_counts_anew_after_each_byte_and_not_while_nobody_waits() {
        let (mut pacing, now) = start();
        pacing.receive(now, 1 << 20);
        assert_eq!(pacing.deadline(), now + seconds(60));
        assert_eq!(kind(&pacing, now + seconds(30)), None);
        pacing.wait(now + seconds(30));
        assert_eq!(pacing.deadline(), now + seconds(40));
        pacing.receive(now + seconds(39), 1);
        pacing.wait(now + seconds(39));
        assert_eq!(kind(&pacing, now + seconds(48)), None);
        assert_eq!(kind(&pacing, now + seconds(49)), Some(CaptureErrorKind::TooSlow));
    }

    #[test]
    fn the_rate_counts_only_the_time_spent_waiting() {
        let (_, now) = start();
        let limits = CaptureLimits::default().with_first_byte(seconds(5)).with_idle(seconds(5));
        let mut pacing = Pacing::new(limits, now);
        pacing.receive(now, 1);
        pacing.wait(now + seconds(20));
        pacing.receive(now + seconds(24), 1);
        assert_eq!(kind(&pacing, now + seconds(40)), None);
        pacing.wait(now + seconds(40));
        assert_eq!(pacing.deadline(), now + seconds(41));
        assert_eq!(kind(&pacing, now + seconds(41)), Some(CaptureErrorKind::TooSlow));
    }

    #[test]
    fn the_total_time_blames_whoever_was_slow() {
        let (mut pacing, now) = start();
        pacing.receive(now, 10 << 20);
        assert_eq!(kind(&pacing, now + seconds(60)), Some(CaptureErrorKind::Stalled));
        pacing.wait(now + seconds(59));
        assert_eq!(kind(&pacing, now + seconds(60)), Some(CaptureErrorKind::Stalled));

        let (mut pacing, now) = start();
        pacing.receive(now, 10 << 20);
        for second in 0..12 {
            pacing.wait(now + seconds(5 * second));
            pacing.receive(now + seconds(5 * second + 4), 1);
        }
        pacing.wait(now + seconds(59));
        assert_eq!(kind(&pacing, now + seconds(60)), Some(CaptureErrorKind::TooSlow));
    }
}
