//! What is kept of people beside their sessions and decisions: consent, how they stand towards sign-ins, and what is owed
//! to the platform for them.

use std::time::Duration;

use super::{DueTasks, SignInStanding, StoreOperation};
use crate::clock::later;
use crate::consent::{Consent, OwedWithdrawal, Receipt};
use crate::id::ClaimId;
use crate::principal::SubjectKey;
use crate::store::{DecisionStore, StoreError};

#[doc(hidden)]
impl DecisionStore {
    /// What the subject has agreed to.
    pub async fn consent(&self, subject: &SubjectKey) -> Result<Consent, StoreError> {
        self.look(subject, StoreOperation::Consent, |record, _| record.consent().clone()).await
    }

    /// How the subject stands towards browsers that merely claim to be them.
    pub async fn sign_in_standing(&self, subject: &SubjectKey) -> Result<SignInStanding, StoreError> {
        self.look(subject, StoreOperation::SignInStanding, |record, _| record.sign_in_standing()).await
    }

    /// Keeps sign-ins away from the subject until they pass while logged in, or the host
    /// [lets them in again](Self::open_to_sign_ins).
    pub async fn close_to_sign_ins(&self, subject: &SubjectKey) -> Result<(), StoreError> {
        self.change(subject, StoreOperation::CloseToSignIns, |record, _| record.close_to_sign_ins()).await
    }

    /// Lets sign-ins in again.
    pub async fn open_to_sign_ins(&self, subject: &SubjectKey) -> Result<(), StoreError> {
        self.change(subject, StoreOperation::OpenToSignIns, |record, _| record.open_to_sign_ins()).await
    }

    /// Whether the subject has signed in with the browser that has the key of this digest.
    pub async fn knows_browser(&self, subject: &SubjectKey, digest: &str) -> Result<bool, StoreError> {
        self.look(subject, StoreOperation::KnowsBrowser, |record, at| record.knows_browser(digest, at.now))
            .await
    }

    /// Remembers a browser with which the subject has signed in, for `keep`, in place of the one with the digest `before`.
    pub async fn keep_browser(
        &self,
        subject: &SubjectKey,
        digest: &str,
        before: Option<&str>,
        keep: Duration,
    ) -> Result<(), StoreError> {
        self.change(subject, StoreOperation::KeepBrowser, |record, at| {
            record.keep_browser(digest, before, later(at.now, keep));
        })
        .await
    }

    /// Everything the subject gave and withdrew, oldest first.
    pub async fn receipts(&self, subject: &SubjectKey) -> Result<Vec<Receipt>, StoreError> {
        self.look(subject, StoreOperation::Receipts, |record, _| record.receipts().to_vec()).await
    }

    /// All that is kept of the subject, in words.
    pub async fn export(&self, subject: &SubjectKey) -> Result<serde_json::Value, StoreError> {
        self.look(subject, StoreOperation::Export, |record, at| record.export(at.now)).await
    }

    /// Forgets all that is kept of the subject; answers whether nothing is left to be done.
    pub async fn erase(&self, subject: &SubjectKey) -> Result<bool, StoreError> {
        self.change(subject, StoreOperation::Erase, |record, at| record.erase(at.now)).await
    }

    /// Records consent that was given or withdrawn; a withdrawal voids decisions in the same step, and is owed to the
    /// platform from then on.
    pub async fn record_consent(
        &self,
        subject: &SubjectKey,
        receipts: Vec<Receipt>,
    ) -> Result<Consent, StoreError> {
        self.change(subject, StoreOperation::RecordConsent, |record, _| {
            receipts.iter().for_each(|receipt| record.record_consent(receipt.clone()));
            record.consent().clone()
        })
        .await
    }

    /// Hands out what is to be done at the platform for the subject: each ended session once, each withdrawal until it is
    /// acknowledged. Called after whatever ends sessions or withdraws consent, and when something may have run out.
    pub async fn take_due_tasks(&self, subject: &SubjectKey) -> Result<DueTasks, StoreError> {
        self.change(subject, StoreOperation::TakeDueTasks, |record, at| {
            let mut due_tasks = record.take_due_tasks(at.now);
            due_tasks.next = due_tasks.next.map(|next| at.to_process(next));
            due_tasks
        })
        .await
    }

    /// The platform knows of this withdrawal, or takes none: it is owed no longer.
    pub async fn ack_withdrawal(
        &self,
        subject: &SubjectKey,
        withdrawal: &OwedWithdrawal,
    ) -> Result<(), StoreError> {
        self.change(subject, StoreOperation::AckWithdrawal, |record, _| record.ack_withdrawal(withdrawal))
            .await
    }

    /// Marks a webhook delivery as taken, for `keep`; of any number of parallel calls with different claims one gets yes,
    /// and so does every repetition of that one.
    pub async fn mark_delivered(
        &self,
        delivery: &SubjectKey,
        claim: &ClaimId,
        keep: Duration,
    ) -> Result<bool, StoreError> {
        self.change(delivery, StoreOperation::MarkDelivered, |record, at| {
            record.mark_delivered(claim, later(at.now, keep), at.now)
        })
        .await
    }
}
