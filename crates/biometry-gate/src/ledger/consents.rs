//! Consent in the ledger: an append-only history and what follows from it.

use super::{Ledger, MAX_RECEIPTS, push_bounded};
use crate::consent::{Consent, Purpose, Receipt};

impl Ledger {
    /// What the subject has agreed to.
    pub fn consent(&self) -> &Consent {
        &self.consent
    }

    /// Whether a capture of somebody who merely claims to be the subject may go to the platform.
    ///
    /// Consent alone is not enough: where the platform may store templates and has none, it enrolls whoever is in front
    /// of the camera, and the next capture of the same stranger would pass. So either nothing may be stored, or the
    /// subject is known to have passed while logged in.
    pub fn may_sign_in(&self) -> bool {
        let stores_nothing = !self.consent.is_given(Purpose::Storage);
        self.consent.is_given(Purpose::Authorization) && (self.recognised || stores_nothing)
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
            self.recognised &= !receipt.storage;
        }
        push_bounded(&mut self.receipts, receipt, MAX_RECEIPTS);
    }
}
