//! Consent in the ledger: an append-only history and what follows from it.

use super::{Ledger, MAX_RECEIPTS, push_bounded};
use crate::consent::{Consent, Receipt};

impl Ledger {
    /// What the subject has agreed to.
    pub fn consent(&self) -> &Consent {
        &self.consent
    }

    /// Everything that was given and withdrawn, oldest first; the last 200 entries.
    pub fn receipts(&self) -> &[Receipt] {
        &self.receipts
    }

    /// Records that consent was given or withdrawn. Withdrawal of either purpose voids every decision, and every
    /// pass that is still on its way.
    pub fn record_consent(&mut self, receipt: Receipt) {
        self.consent.apply(&receipt);
        if !receipt.given {
            self.revoke_all();
        }
        push_bounded(&mut self.receipts, receipt, MAX_RECEIPTS);
    }
}
