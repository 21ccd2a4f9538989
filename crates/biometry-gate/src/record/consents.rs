//! Consent in the record: an append-only history and what follows from it.

use super::{MAX_RECEIPTS, SubjectRecord, push_one};
use crate::consent::{Consent, OwedWithdrawal, Purpose, Receipt};

impl SubjectRecord {
    /// What the subject has agreed to.
    pub(crate) fn consent(&self) -> &Consent {
        &self.consent
    }

    /// Everything that was given and withdrawn, oldest first.
    pub(crate) fn receipts(&self) -> &[Receipt] {
        &self.receipts
    }

    /// Records that consent was given or withdrawn. Withdrawal of either purpose voids every decision, and every
    /// pass that is still on its way, and is owed to the platform from then on.
    ///
    /// A history that is full folds what lies closest together: the subject can still give and withdraw, and no number
    /// of changes pushes out the proof of an earlier one.
    pub(crate) fn record_consent(&mut self, receipt: Receipt) {
        let is_news = receipt.given || !self.consent.grant(receipt.purpose()).is_withdrawn();
        if receipt.purpose() == Purpose::Storage {
            // What was passed while storage was not agreed to has left no template, and a withdrawal ends the one there is.
            self.recognised &= receipt.given && self.consent.is_given(Purpose::Storage);
        }
        self.consent.apply(&receipt);
        if !receipt.given {
            self.revoke_all();
        }
        if is_news {
            push_one(&mut self.receipts, receipt);
            if self.receipts.len() > MAX_RECEIPTS {
                self.fold_receipts();
            }
        }
    }

    /// Folds the two changes of one purpose that lie closest together. The last one of each purpose stays as it is.
    fn fold_receipts(&mut self) {
        let mut last = [None; 2];
        for (place, receipt) in self.receipts.iter().enumerate() {
            last[usize::from(receipt.storage)] = Some(place);
        }
        let (mut before, mut closest) = ([None; 2], None);
        for (place, receipt) in self.receipts.iter().enumerate() {
            let purpose = usize::from(receipt.storage);
            let earlier: Option<usize> = before[purpose].replace(place);
            let Some(earlier) = earlier.filter(|_| last[purpose] != Some(place)) else { continue };
            let apart = receipt.last().duration_since(self.receipts[earlier].at).unwrap_or_default();
            if closest.is_none_or(|(closest, _, _)| apart < closest) {
                closest = Some((apart, earlier, place));
            }
        }
        // Among 201 changes of two purposes there are always two of one.
        let Some((_, earlier, later)) = closest else { return };
        let folded = self.receipts.remove(later);
        self.receipts[earlier].fold(&folded);
    }

    /// The platform knows of this withdrawal, or takes none: it is owed no longer.
    pub(crate) fn ack_withdrawal(&mut self, withdrawal: &OwedWithdrawal) {
        self.consent.forget_owed(withdrawal);
    }
}
