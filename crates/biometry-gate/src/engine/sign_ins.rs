//! What sign-ins by strangers may take of this process: apart from what its members have.

use std::sync::Arc;
use std::time::{Duration, SystemTime};

use tokio::sync::Semaphore;

use super::budget::Budget;
use super::builder::{Login, Platform};
#[cfg(feature = "login")]
use super::closing::Closing;
use crate::Limits;

/// The limits of sign-ins. A browser that has signed in before draws on what members have, within limits of its own.
pub(crate) struct SignIns {
    pub(super) limits_of_strangers: Limits,
    pub(super) limits_of_known_browsers: Limits,
    pub(super) uploads: Arc<Semaphore>,
    pub(super) budget: Option<Budget>,
    pub(super) starts: Budget,
    #[cfg(feature = "login")]
    pub(crate) closing: Closing,
}

impl SignIns {
    pub(super) fn new(login: &Login, platform: &Platform, limits: &Limits, now: SystemTime) -> Self {
        let uploads = login.max_uploads.unwrap_or_else(|| platform.max_uploads.div_ceil(PART));
        let budget = platform.budget.map(|(most, window)| {
            Budget::new(login.budget.unwrap_or_else(|| most.div_ceil(PART_OF_BUDGET)), window, now)
        });
        Self {
            limits_of_strangers: limits.of_strangers(),
            limits_of_known_browsers: limits.of_known_browsers(),
            uploads: Arc::new(Semaphore::new(uploads)),
            budget,
            starts: Budget::new(login.starts.0, login.starts.1, now),
            #[cfg(feature = "login")]
            closing: Closing::default(),
        }
    }

    /// Counts a start of a stranger's.
    ///
    /// # Errors
    /// How long to wait until there may be more.
    pub(crate) fn start(&self, now: SystemTime) -> Result<(), Duration> {
        self.starts.spend(now)
    }
}

/// A quarter of what members have.
const PART: usize = 4;
const PART_OF_BUDGET: u32 = 4;
