use std::collections::HashSet;
use std::fmt;
use std::future::pending;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use async_trait::async_trait;
use biometry_gate::consent::{Consent, OwedWithdrawal, Receipt};
use biometry_gate::decision::Decision;
use biometry_gate::id::{ClaimId, DecisionId, IntentId, ReturnHandle, SessionId};
use biometry_gate::intent::{IntentDigest, PendingIntent};
use biometry_gate::ledger::{
    AuxiliaryOutcome, AuxiliarySettled, AuxiliaryUpload, Begun, Errands, Limited, Limits, NotBegun, Refused,
    ReturnTarget, Settled, Settlement, Upload,
};
use biometry_gate::policy::Policy;
use biometry_gate::principal::{Principal, SubjectKey};
use biometry_gate::session::{NewSession, Session, SessionView};
use biometry_gate::store::{DecisionStore, Revocation, StoreError, StoreErrorKind, StoreScope};

/// A store in front of another one, which fails or hangs when told to. Clones are the same store.
///
/// It never answers at once, as a store on the other side of a network does not.
#[derive(Clone)]
pub struct FaultyStore {
    inner: Arc<dyn DecisionStore>,
    faults: Arc<Mutex<Faults>>,
}

#[derive(Debug, Default)]
struct Faults {
    failing: HashSet<Step>,
    hanging: HashSet<Step>,
}

macro_rules! steps {
    ($($(#[$doc:meta])* $step:ident,)*) => {
        /// One method of a [`DecisionStore`].
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
        #[non_exhaustive]
        pub enum Step { $($(#[$doc])* $step,)* }

        impl Step {
            /// All steps.
            pub const ALL: &'static [Self] = &[$(Self::$step,)*];
        }
    };
}

steps! {
    /// [`DecisionStore::reserve_start`]
    ReserveStart,
    /// [`DecisionStore::open_session`]
    OpenSession,
    /// [`DecisionStore::session`]
    Session,
    /// [`DecisionStore::begin_upload`]
    BeginUpload,
    /// [`DecisionStore::release_upload`]
    ReleaseUpload,
    /// [`DecisionStore::settle`]
    Settle,
    /// [`DecisionStore::begin_auxiliary_upload`]
    BeginAuxiliaryUpload,
    /// [`DecisionStore::settle_auxiliary_upload`]
    SettleAuxiliaryUpload,
    /// [`DecisionStore::end_session`]
    EndSession,
    /// [`DecisionStore::claim_decision`]
    ClaimDecision,
    /// [`DecisionStore::put_intent`]
    PutIntent,
    /// [`DecisionStore::intent`]
    Intent,
    /// [`DecisionStore::put_return`]
    PutReturn,
    /// [`DecisionStore::take_return`]
    TakeReturn,
    /// [`DecisionStore::is_valid`]
    IsValid,
    /// [`DecisionStore::restore`]
    Restore,
    /// [`DecisionStore::consent`]
    Consent,
    /// [`DecisionStore::may_sign_in`]
    MaySignIn,
    /// [`DecisionStore::receipts`]
    Receipts,
    /// [`DecisionStore::record_consent`]
    RecordConsent,
    /// [`DecisionStore::revoke`]
    Revoke,
    /// [`DecisionStore::rotate`]
    Rotate,
    /// [`DecisionStore::unlock`]
    Unlock,
    /// [`DecisionStore::take_errands`]
    TakeErrands,
    /// [`DecisionStore::ack_withdrawal`]
    AckWithdrawal,
    /// [`DecisionStore::mark_delivered`]
    MarkDelivered,
}

impl FaultyStore {
    /// A store that works like `inner` until told otherwise.
    pub fn new(inner: impl DecisionStore) -> Self {
        Self { inner: Arc::new(inner), faults: Arc::default() }
    }

    /// These steps fail from now on.
    pub fn fail(&self, steps: &[Step]) {
        self.faults().failing.extend(steps);
    }

    /// These steps never answer from now on.
    pub fn hang(&self, steps: &[Step]) {
        self.faults().hanging.extend(steps);
    }

    /// Everything works from now on; what hangs already goes on hanging.
    pub fn mend(&self) {
        *self.faults() = Faults::default();
    }

    async fn pass(&self, step: Step) -> Result<(), StoreError> {
        let (fails, hangs) = {
            let faults = self.faults();
            (faults.failing.contains(&step), faults.hanging.contains(&step))
        };
        if hangs {
            pending::<()>().await;
        }
        if fails { Err(StoreError::new(StoreErrorKind::Unavailable)) } else { Ok(()) }
    }

    fn faults(&self) -> MutexGuard<'_, Faults> {
        self.faults.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[async_trait]
impl DecisionStore for FaultyStore {
    async fn reserve_start(
        &self,
        owner: &Principal,
        limits: &Limits,
    ) -> Result<Result<(), Limited>, StoreError> {
        self.pass(Step::ReserveStart).await?;
        self.inner.reserve_start(owner, limits).await
    }

    async fn open_session(&self, owner: &Principal, new: NewSession) -> Result<bool, StoreError> {
        self.pass(Step::OpenSession).await?;
        self.inner.open_session(owner, new).await
    }

    async fn session(
        &self,
        owner: &Principal,
        id: Option<&SessionId>,
        limits: &Limits,
    ) -> Result<Option<SessionView>, StoreError> {
        self.pass(Step::Session).await?;
        self.inner.session(owner, id, limits).await
    }

    async fn begin_upload(
        &self,
        owner: &Principal,
        upload: &Upload,
        limits: &Limits,
    ) -> Result<Result<Begun, NotBegun>, StoreError> {
        self.pass(Step::BeginUpload).await?;
        self.inner.begin_upload(owner, upload, limits).await
    }

    async fn release_upload(&self, owner: &Principal, upload: &Upload) -> Result<(), StoreError> {
        self.pass(Step::ReleaseUpload).await?;
        self.inner.release_upload(owner, upload).await
    }

    async fn settle(
        &self,
        owner: &Principal,
        upload: &Upload,
        settlement: Settlement,
        limits: &Limits,
    ) -> Result<Settled, StoreError> {
        self.pass(Step::Settle).await?;
        self.inner.settle(owner, upload, settlement, limits).await
    }

    async fn begin_auxiliary_upload(
        &self,
        owner: &Principal,
        upload: &AuxiliaryUpload,
        limits: &Limits,
    ) -> Result<Result<Option<Session>, NotBegun>, StoreError> {
        self.pass(Step::BeginAuxiliaryUpload).await?;
        self.inner.begin_auxiliary_upload(owner, upload, limits).await
    }

    async fn settle_auxiliary_upload(
        &self,
        owner: &Principal,
        claim: &ClaimId,
        outcome: AuxiliaryOutcome,
        limits: &Limits,
    ) -> Result<AuxiliarySettled, StoreError> {
        self.pass(Step::SettleAuxiliaryUpload).await?;
        self.inner.settle_auxiliary_upload(owner, claim, outcome, limits).await
    }

    async fn end_session(
        &self,
        owner: &Principal,
        id: &SessionId,
    ) -> Result<Result<(), NotBegun>, StoreError> {
        self.pass(Step::EndSession).await?;
        self.inner.end_session(owner, id).await
    }

    async fn claim_decision(
        &self,
        owner: &Principal,
        policy: &Policy,
        intent: Option<&IntentDigest>,
    ) -> Result<Result<Arc<Decision>, Refused>, StoreError> {
        self.pass(Step::ClaimDecision).await?;
        self.inner.claim_decision(owner, policy, intent).await
    }

    async fn put_intent(&self, owner: &Principal, intent: PendingIntent) -> Result<IntentId, StoreError> {
        self.pass(Step::PutIntent).await?;
        self.inner.put_intent(owner, intent).await
    }

    async fn intent(
        &self,
        owner: &Principal,
        policy: &str,
        id: &IntentId,
    ) -> Result<Option<PendingIntent>, StoreError> {
        self.pass(Step::Intent).await?;
        self.inner.intent(owner, policy, id).await
    }

    async fn put_return(&self, owner: &Principal, target: ReturnTarget) -> Result<(), StoreError> {
        self.pass(Step::PutReturn).await?;
        self.inner.put_return(owner, target).await
    }

    async fn take_return(
        &self,
        owner: &Principal,
        handle: &ReturnHandle,
    ) -> Result<Option<String>, StoreError> {
        self.pass(Step::TakeReturn).await?;
        self.inner.take_return(owner, handle).await
    }

    async fn is_valid(&self, owner: &Principal, decision: &DecisionId) -> Result<bool, StoreError> {
        self.pass(Step::IsValid).await?;
        self.inner.is_valid(owner, decision).await
    }

    async fn restore(&self, owner: &Principal, decision: &DecisionId) -> Result<(), StoreError> {
        self.pass(Step::Restore).await?;
        self.inner.restore(owner, decision).await
    }

    fn scope(&self) -> StoreScope {
        self.inner.scope()
    }

    async fn consent(&self, subject: &SubjectKey) -> Result<Consent, StoreError> {
        self.pass(Step::Consent).await?;
        self.inner.consent(subject).await
    }

    async fn may_sign_in(&self, subject: &SubjectKey) -> Result<bool, StoreError> {
        self.pass(Step::MaySignIn).await?;
        self.inner.may_sign_in(subject).await
    }

    async fn receipts(&self, subject: &SubjectKey) -> Result<Vec<Receipt>, StoreError> {
        self.pass(Step::Receipts).await?;
        self.inner.receipts(subject).await
    }

    async fn record_consent(
        &self,
        subject: &SubjectKey,
        receipts: Vec<Receipt>,
    ) -> Result<Consent, StoreError> {
        self.pass(Step::RecordConsent).await?;
        self.inner.record_consent(subject, receipts).await
    }

    async fn revoke(&self, what: Revocation<'_>) -> Result<(), StoreError> {
        self.pass(Step::Revoke).await?;
        self.inner.revoke(what).await
    }

    async fn rotate(&self, from: &Principal, to: &Principal) -> Result<(), StoreError> {
        self.pass(Step::Rotate).await?;
        self.inner.rotate(from, to).await
    }

    async fn unlock(&self, subject: &SubjectKey) -> Result<(), StoreError> {
        self.pass(Step::Unlock).await?;
        self.inner.unlock(subject).await
    }

    async fn take_errands(&self, subject: &SubjectKey) -> Result<Errands, StoreError> {
        self.pass(Step::TakeErrands).await?;
        self.inner.take_errands(subject).await
    }

    async fn ack_withdrawal(
        &self,
        subject: &SubjectKey,
        withdrawal: &OwedWithdrawal,
    ) -> Result<(), StoreError> {
        self.pass(Step::AckWithdrawal).await?;
        self.inner.ack_withdrawal(subject, withdrawal).await
    }

    async fn mark_delivered(
        &self,
        delivery: &SubjectKey,
        claim: &ClaimId,
        keep: Duration,
    ) -> Result<bool, StoreError> {
        self.pass(Step::MarkDelivered).await?;
        self.inner.mark_delivered(delivery, claim, keep).await
    }
}

impl fmt::Debug for FaultyStore {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("FaultyStore").field("faults", &*self.faults()).finish_non_exhaustive()
    }
}
