//! Webhook deliveries in the record: one entry each, so that marking one is atomic and all are bounded by their time.

use std::time::SystemTime;

use serde::{Deserialize, Serialize};

use super::SubjectRecord;
use crate::forward_compat::ForwardCompat;
use crate::id::ClaimId;

/// A delivery that was taken.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) struct Delivered {
    by: ClaimId,
    pub(super) until: SystemTime,
    #[serde(flatten)]
    unknown: ForwardCompat,
}

impl SubjectRecord {
    /// Marks the delivery that this record is about as taken. Answers whether it was the first time; a claim that asks
    /// again because it does not know what became of its question gets the same answer.
    pub(crate) fn mark_delivered(&mut self, claim: &ClaimId, until: SystemTime, now: SystemTime) -> bool {
        match &self.delivered {
            Some(delivered) if now < delivered.until => delivered.by == *claim,
            _ => {
                self.delivered =
                    Some(Delivered { by: claim.clone(), until, unknown: ForwardCompat::default() });
                true
            }
        }
    }
}
