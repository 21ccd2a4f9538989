use std::collections::HashMap;
use std::fmt;
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use async_trait::async_trait;

use super::{ReceiptId, UsedReceipts};
use crate::error::ReceiptError;

/// Remembers used receipts in this process: for a service of one process, which forgets them when it restarts. It holds
/// a bounded number, and refuses receipts when it is full of such as are not over.
pub struct UsedInMemory {
    most: usize,
    used: Mutex<HashMap<ReceiptId, Instant>>,
}

impl UsedInMemory {
    /// Remembers up to 100,000 receipts, some 10 MB.
    pub fn new() -> Self {
        Self::with_capacity(100_000)
    }

    /// Remembers up to `most` receipts at a time.
    pub fn with_capacity(most: usize) -> Self {
        Self { most, used: Mutex::default() }
    }
}

#[async_trait]
impl UsedReceipts for UsedInMemory {
    async fn mark(&self, id: &ReceiptId, keep: Duration) -> Result<bool, ReceiptError> {
        let now = Instant::now();
        let mut used = self.used.lock().unwrap_or_else(PoisonError::into_inner);
        if used.get(id).is_some_and(|until| now < *until) {
            return Ok(false);
        }
        if used.len() >= self.most {
            used.retain(|_, until| now < *until);
        }
        if used.len() >= self.most {
            return Err(ReceiptError::unavailable("more used receipts than the memory has room for"));
        }
        used.insert(*id, now + keep);
        Ok(true)
    }
}

impl Default for UsedInMemory {
    fn default() -> Self {
        Self::new()
    }
}

impl fmt::Debug for UsedInMemory {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("UsedInMemory").field("most", &self.most).finish_non_exhaustive()
    }
}
