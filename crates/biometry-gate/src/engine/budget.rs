use std::sync::{Mutex, PoisonError};
use std::time::{Duration, SystemTime};

use crate::clock::later;

/// How many captures this process may judge in a window of time, all users together. Each one costs money.
#[derive(Debug)]
pub(crate) struct Budget {
    most: u32,
    window: Duration,
    spent: Mutex<Spent>,
}

#[derive(Debug)]
struct Spent {
    since: SystemTime,
    count: u32,
}

impl Budget {
    pub(crate) fn new(most: u32, window: Duration, now: SystemTime) -> Self {
        Self { most, window, spent: Mutex::new(Spent { since: now, count: 0 }) }
    }

    /// Takes one out.
    ///
    /// # Errors
    /// How long to wait until there is more.
    pub(crate) fn spend(&self, now: SystemTime) -> Result<(), Duration> {
        let mut spent = self.spent.lock().unwrap_or_else(PoisonError::into_inner);
        let ends = later(spent.since, self.window);
        if now >= ends {
            *spent = Spent { since: now, count: 0 };
        }
        if spent.count >= self.most {
            return Err(ends.duration_since(now).unwrap_or(self.window));
        }
        spent.count = spent.count.saturating_add(1);
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_spent_budget_is_renewed_with_its_window() {
        let start = SystemTime::UNIX_EPOCH + Duration::from_secs(1_000);
        let budget = Budget::new(2, Duration::from_secs(60), start);
        assert!(budget.spend(start).is_ok() && budget.spend(start).is_ok());
        assert_eq!(budget.spend(start + Duration::from_secs(20)), Err(Duration::from_secs(40)));
        assert!(budget.spend(start + Duration::from_secs(60)).is_ok());
    }
}
