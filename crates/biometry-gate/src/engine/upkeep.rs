use std::sync::{Arc, Mutex, PoisonError};

use tokio::sync::Semaphore;

use super::agenda::Agenda;

/// Whom this process has to look after, and how many at a time.
#[derive(Debug)]
pub(crate) struct Upkeep {
    agenda: Mutex<Agenda>,
    /// Errands that are being run or wait for their turn.
    pub(crate) waiting: Arc<Semaphore>,
    pub(crate) turns: Arc<Semaphore>,
}

impl Default for Upkeep {
    fn default() -> Self {
        Self {
            agenda: Mutex::default(),
            waiting: Arc::new(Semaphore::new(MAX_WAITING)),
            turns: Arc::new(Semaphore::new(AT_A_TIME)),
        }
    }
}

impl Upkeep {
    pub(crate) fn change<T>(&self, change: impl FnOnce(&mut Agenda) -> T) -> T {
        change(&mut self.agenda.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

const AT_A_TIME: usize = 16;
const MAX_WAITING: usize = 1024;
