use std::sync::{Arc, Mutex, PoisonError};

use tokio::sync::Semaphore;

use super::schedule::Schedule;

/// Whose outbox this process flushes, and how many at a time.
#[derive(Debug)]
pub(crate) struct Outbox {
    schedule: Mutex<Schedule>,
    /// Flushes that are running or wait for their turn.
    pub(crate) waiting: Arc<Semaphore>,
    pub(crate) turns: Arc<Semaphore>,
}

impl Default for Outbox {
    fn default() -> Self {
        Self {
            schedule: Mutex::default(),
            waiting: Arc::new(Semaphore::new(MAX_WAITING)),
            turns: Arc::new(Semaphore::new(AT_A_TIME)),
        }
    }
}

impl Outbox {
    pub(crate) fn change<T>(&self, change: impl FnOnce(&mut Schedule) -> T) -> T {
        change(&mut self.schedule.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

const AT_A_TIME: usize = 16;
const MAX_WAITING: usize = 1024;
