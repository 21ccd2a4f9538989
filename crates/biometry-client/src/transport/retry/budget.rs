use std::sync::atomic::{AtomicU32, Ordering::Relaxed};

/// What all calls together may add in retries: every call pays in a tenth of one, up to ten.
#[derive(Debug)]
pub(super) struct Budget {
    tenths: AtomicU32,
}

impl Default for Budget {
    fn default() -> Self {
        Self { tenths: AtomicU32::new(MOST) }
    }
}

impl Budget {
    pub(super) fn deposit(&self) {
        // At its bound there is nothing to pay in, which is no failure.
        let _ = self.tenths.fetch_update(Relaxed, Relaxed, |tenths| (tenths < MOST).then_some(tenths + 1));
    }

    /// Pays for one retry, if there is enough left.
    pub(super) fn withdraw(&self) -> bool {
        self.tenths.fetch_update(Relaxed, Relaxed, |tenths| tenths.checked_sub(RETRY)).is_ok()
    }
}

const RETRY: u32 = 10;
const MOST: u32 = 10 * RETRY;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ten_retries_are_in_hand_and_every_ten_calls_pay_for_one_more() {
        let budget = Budget::default();
        assert!((0..10).all(|_| budget.withdraw()));
        assert!(!budget.withdraw());
        (0..9).for_each(|_| budget.deposit());
        assert!(!budget.withdraw());
        budget.deposit();
        assert!(budget.withdraw() && !budget.withdraw());
        (0..10_000).for_each(|_| budget.deposit());
        assert_eq!((0..100).filter(|_| budget.withdraw()).count(), 10);
    }
}
