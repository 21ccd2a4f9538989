//! Consent in the ledger: an append-only history and what follows from it.

use super::{MAX_RECEIPTS, SubjectRecord, push_one};
use crate::consent::{Consent, OwedWithdrawal, Purpose, Receipt};

impl SubjectRecord {
    /// What the subject has agreed to.
    pub(crate) fn consent(&self) -> &Consent {
        &self.consent
    }

    /// Whether a capture of somebody who merely claims to be the subject may go to the platform.
    ///
    /// Consent alone is not enough: where the platform may store templates and has none, it enrolls whoever is in front
    /// of the camera, and the next capture of the same stranger would pass. So either nothing may be stored, or the
    /// subject is known to have passed while logged in.
    pub(crate) fn may_sign_in(&self) -> bool {
        let stores_nothing = !self.consent.is_given(Purpose::Storage);
        self.consent.is_given(Purpose::Authorization) && (self.recognised || stores_nothing)
    }

    /// Everything that was given and withdrawn, oldest first.
    pub(crate) fn receipts(&self) -> &[Receipt] {
        &self.receipts
    }

    /// Records that consent was given or withdrawn. Withdrawal of either purpose voids every decision, and every
    /// pass that is still on its way, and is owed to the platform from then on.
    ///
    /// Nothing that was recorded is ever dropped. After 200 entries nothing more can be given, so that nobody pushes out
    /// the proof of what they once agreed to; a withdrawal always counts, and repeated it is one entry.
    pub(crate) fn record_consent(&mut self, receipt: Receipt) {
        if receipt.given && self.receipts.len() >= MAX_RECEIPTS {
            return;
        }
        let is_news = receipt.given || !self.consent.grant(receipt.purpose()).is_withdrawn();
        self.consent.apply(&receipt);
        if !receipt.given {
            self.revoke_all();
            self.recognised &= !receipt.storage;
        }
        if is_news {
            push_one(&mut self.receipts, receipt);
        }
    }

    /// The platform knows of this withdrawal, or takes none: it is owed no longer.
    pub(crate) fn ack_withdrawal(&mut self, withdrawal: &OwedWithdrawal) {
        self.consent.forget_owed(withdrawal);
    }
}
