//! When to remove what has run out.

use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use tokio::time::Instant;

/// Says when it is time for another batch: every minute, and at once after a batch that was full.
#[derive(Debug)]
pub(crate) struct Pace {
    next: Mutex<Instant>,
}

impl Pace {
    pub(crate) fn new() -> Self {
        Self { next: Mutex::new(Instant::now() + EVERY) }
    }

    /// Whether a batch is due. The caller that hears yes removes it.
    pub(crate) fn is_due(&self) -> bool {
        let mut next = self.next.lock().unwrap_or_else(PoisonError::into_inner);
        let now = Instant::now();
        let due = *next <= now;
        if due {
            *next = now + EVERY;
        }
        due
    }

    /// Takes note of a batch that removed this many rows.
    pub(crate) fn note(&self, removed: u64) {
        if removed >= u64::from(BATCH) {
            *self.next.lock().unwrap_or_else(PoisonError::into_inner) = Instant::now();
        }
    }
}

/// The most rows that one batch removes: few enough to be done in milliseconds.
pub(crate) const BATCH: u16 = 500;
const EVERY: Duration = Duration::from_secs(60);

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test(start_paused = true)]
    async fn a_batch_is_due_once_a_minute_and_again_after_a_full_one() {
        let pace = Pace::new();
        assert!(!pace.is_due());
        tokio::time::advance(EVERY).await;
        assert!(pace.is_due() && !pace.is_due());
        pace.note(u64::from(BATCH) - 1);
        assert!(!pace.is_due());
        pace.note(u64::from(BATCH));
        assert!(pace.is_due());
    }
}
