use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, SystemTime};

/// Notices when the clock of this process is set back.
#[derive(Debug, Default)]
pub(crate) struct ClockWatch {
    /// The latest moment that was seen, in milliseconds since 1970.
    latest: AtomicU64,
}

impl ClockWatch {
    /// By how much the clock was set back; answered once. A second is within what clocks are corrected by all the time.
    pub(crate) fn look(&self, now: SystemTime) -> Option<Duration> {
        let now = now.duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default();
        let now = u64::try_from(now.as_millis()).unwrap_or(u64::MAX);
        let latest = self.latest.fetch_max(now, Ordering::Relaxed);
        let back = latest.checked_sub(now).filter(|back| *back > TOLERATED_MILLIS)?;
        let is_first = self.latest.compare_exchange(latest, now, Ordering::Relaxed, Ordering::Relaxed);
        is_first.is_ok().then(|| Duration::from_millis(back))
    }
}

const TOLERATED_MILLIS: u64 = 1_000;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_clock_that_is_set_back_is_noticed_once() {
        let at = |millis| SystemTime::UNIX_EPOCH + Duration::from_millis(millis);
        let watch = ClockWatch::default();
        for moment in [50_000, 50_000, 50_001, 49_100, 60_000] {
            assert_eq!(watch.look(at(moment)), None, "{moment}");
        }
        assert_eq!(watch.look(at(10_000)), Some(Duration::from_secs(50)));
        assert_eq!(watch.look(at(10_000)), None);
        assert_eq!(watch.look(at(10_001)), None);
        assert_eq!(watch.look(at(8_000)), Some(Duration::from_millis(2_001)));
    }
}
