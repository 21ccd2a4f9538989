use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;

use super::change::Turns;
use super::skew::Skew;
use super::{RecordId, Records, StoreKey};
use crate::clock::{Clock, SystemClock};
use crate::consent::{Consent, OwedWithdrawal, Receipt};
use crate::decision::Decision;
use crate::entropy::{Entropy, OsEntropy};
use crate::id::{ClaimId, DecisionId, IntentId, ReturnHandle, SessionId};
use crate::intent::{IntentDigest, PendingIntent};
use crate::ledger::{
    AuxiliaryOutcome, AuxiliarySettled, AuxiliaryUpload, Begun, Errands, Limited, Limits, NotBegun, Refused,
    ReturnTarget, Settled, Settlement, Upload,
};
use crate::policy::Policy;
use crate::principal::{Principal, Realm, SubjectKey, Tenant};
use crate::session::{NewSession, Session, SessionView};
use crate::store::{DecisionStore, Revocation, StoreError, StoreScope};

/// The store of many replicas, over a database of [`Records`]. Clones are the same store.
///
/// See the [module](super) for what it does with the database, and what the database learns.
#[derive(Clone)]
pub struct SharedStore {
    pub(super) records: Arc<dyn Records>,
    pub(super) key: StoreKey,
    pub(super) entropy: Arc<dyn Entropy>,
    pub(super) clock: Arc<dyn Clock>,
    /// Whether the clock's time counts instead of the database's.
    pub(super) is_on_clock: bool,
    pub(super) turns: Arc<Turns>,
}

impl SharedStore {
    /// A store over this database, with the host's secret. Time is the database's.
    pub fn new(records: impl Records, key: StoreKey) -> Self {
        Self {
            records: Arc::new(records),
            key,
            entropy: Arc::new(OsEntropy),
            clock: Arc::new(SystemClock),
            is_on_clock: false,
            turns: Arc::default(),
        }
    }

    /// Takes the time from this clock instead of the database: for tests, whose clocks move when told to. Replicas in
    /// production have the database's time in common, and nothing else.
    #[must_use]
    pub fn with_clock(mut self, clock: Arc<dyn Clock>) -> Self {
        (self.clock, self.is_on_clock) = (clock, true);
        self
    }

    /// The clock of this process, where the gate was given another one than the system's. What it says is compared with
    /// the database's time, and never takes its place.
    #[must_use]
    pub fn beside(mut self, clock: Arc<dyn Clock>) -> Self {
        (self.clock, self.is_on_clock) = (clock, false);
        self
    }

    /// Seals the subject's record anew, where an earlier secret has sealed it: for the third step of a
    /// [change of the secret](super#changing-the-secret).
    ///
    /// # Errors
    /// As any other change: where the database did not answer, or the record cannot be read.
    pub async fn reseal(&self, subject: &SubjectKey) -> Result<(), StoreError> {
        self.change(subject, |_, _| ()).await
    }

    /// [`reseal`](Self::reseal) for what is kept of a tenant beside its subjects: what was revoked of all of them, and the
    /// names that are merely claimed. That is a step for each 16 names that are kept at the most, 16,384 unless
    /// [told otherwise](StoreKey::claimed_names), one after the other.
    ///
    /// # Errors
    /// As [`reseal`](Self::reseal); what is done is done then.
    pub async fn reseal_tenant(&self, tenant: &Tenant) -> Result<(), StoreError> {
        self.reseal_revocations(tenant).await?;
        for id in self.key.locate_claimed(tenant) {
            self.change_record(&id, tenant, Realm::Login, |_, _, _| ()).await?;
        }
        Ok(())
    }

    /// Where the record of `subject` lies in the database.
    pub fn locate(&self, subject: &SubjectKey) -> RecordId {
        self.key.locate(subject)
    }
}

#[async_trait]
impl DecisionStore for SharedStore {
    async fn reserve_start(
        &self,
        owner: &Principal,
        limits: &Limits,
    ) -> Result<Result<(), Limited>, StoreError> {
        self.change(owner.key(), |ledger, at| ledger.reserve_start(limits, at.now)).await
    }

    async fn open_session(&self, owner: &Principal, new: NewSession) -> Result<bool, StoreError> {
        self.change(owner.key(), |ledger, at| ledger.open_session(owner.host_session(), new.clone(), at.now))
            .await
    }

    async fn session(
        &self,
        owner: &Principal,
        id: Option<&SessionId>,
        limits: &Limits,
    ) -> Result<Option<SessionView>, StoreError> {
        self.look(owner.key(), |ledger, at| {
            let mut view = ledger.view(owner.host_session(), id, limits, at.now)?;
            view.session.expires_at = at.skew.to_process(view.session.expires_at);
            Some(view)
        })
        .await
    }

    async fn begin_upload(
        &self,
        owner: &Principal,
        upload: &Upload,
        limits: &Limits,
    ) -> Result<Result<Begun, NotBegun>, StoreError> {
        self.change(owner.key(), |ledger, at| {
            ledger.begin_upload(owner.host_session(), upload, limits, at.now)
        })
        .await
    }

    async fn release_upload(&self, owner: &Principal, upload: &Upload) -> Result<(), StoreError> {
        self.change(owner.key(), |ledger, _| ledger.release_upload(owner.host_session(), upload)).await
    }

    async fn settle(
        &self,
        owner: &Principal,
        upload: &Upload,
        settlement: Settlement,
        limits: &Limits,
    ) -> Result<Settled, StoreError> {
        self.change(owner.key(), |ledger, at| {
            let settlement = on_the_databases_clock(settlement.clone(), at.skew);
            match ledger.settle(owner.host_session(), upload, settlement, limits, at.now) {
                Settled::Retry { attempts_left, expires_at } => {
                    Settled::Retry { attempts_left, expires_at: at.skew.to_process(expires_at) }
                }
                settled => settled,
            }
        })
        .await
    }

    async fn begin_auxiliary_upload(
        &self,
        owner: &Principal,
        upload: &AuxiliaryUpload,
        limits: &Limits,
    ) -> Result<Result<Option<Session>, NotBegun>, StoreError> {
        self.change(owner.key(), |ledger, at| {
            let begun = ledger.begin_auxiliary_upload(owner.host_session(), upload, limits, at.now)?;
            Ok(begun.map(|mut session| {
                session.expires_at = at.skew.to_process(session.expires_at);
                session
            }))
        })
        .await
    }

    async fn settle_auxiliary_upload(
        &self,
        owner: &Principal,
        claim: &ClaimId,
        outcome: AuxiliaryOutcome,
        limits: &Limits,
    ) -> Result<AuxiliarySettled, StoreError> {
        self.change(owner.key(), |ledger, at| {
            ledger.settle_auxiliary_upload(owner.host_session(), claim, outcome.clone(), limits, at.now)
        })
        .await
    }

    async fn end_session(
        &self,
        owner: &Principal,
        id: &SessionId,
    ) -> Result<Result<(), NotBegun>, StoreError> {
        self.change(owner.key(), |ledger, _| ledger.end_session(owner.host_session(), id)).await
    }

    async fn claim_decision(
        &self,
        owner: &Principal,
        policy: &Policy,
        intent: Option<&IntentDigest>,
    ) -> Result<Result<Arc<Decision>, Refused>, StoreError> {
        self.change(owner.key(), |ledger, at| {
            let claimed = ledger.claim_decision(owner.host_session(), policy, intent, at.now);
            claimed.map(|decision| on_this_clock(decision, at.skew))
        })
        .await
    }

    async fn put_intent(&self, owner: &Principal, intent: PendingIntent) -> Result<IntentId, StoreError> {
        self.change(owner.key(), |ledger, at| {
            let mut intent = intent.clone();
            intent.expires_at = at.skew.to_database(intent.expires_at);
            ledger.put_intent(owner.host_session(), intent, at.now)
        })
        .await
    }

    async fn intent(
        &self,
        owner: &Principal,
        policy: &str,
        id: &IntentId,
    ) -> Result<Option<PendingIntent>, StoreError> {
        self.look(owner.key(), |ledger, at| {
            let mut intent = ledger.intent(owner.host_session(), policy, id, at.now)?.clone();
            intent.expires_at = at.skew.to_process(intent.expires_at);
            Some(intent)
        })
        .await
    }

    async fn put_return(&self, owner: &Principal, target: ReturnTarget) -> Result<(), StoreError> {
        self.change(owner.key(), |ledger, at| {
            let mut target = target.clone();
            target.expires_at = at.skew.to_database(target.expires_at);
            ledger.put_return(owner.host_session(), target);
        })
        .await
    }

    async fn take_return(
        &self,
        owner: &Principal,
        handle: &ReturnHandle,
    ) -> Result<Option<String>, StoreError> {
        self.change(owner.key(), |ledger, at| ledger.take_return(owner.host_session(), handle, at.now)).await
    }

    async fn is_valid(&self, owner: &Principal, decision: &DecisionId) -> Result<bool, StoreError> {
        self.look(owner.key(), |ledger, at| ledger.is_valid(owner.host_session(), decision, at.now)).await
    }

    async fn restore(&self, owner: &Principal, decision: &DecisionId) -> Result<(), StoreError> {
        self.change(owner.key(), |ledger, at| {
            ledger.restore_decision(owner.host_session(), decision, at.now);
        })
        .await
    }

    fn scope(&self) -> StoreScope {
        self.records.scope()
    }

    async fn consent(&self, subject: &SubjectKey) -> Result<Consent, StoreError> {
        self.look(subject, |ledger, _| ledger.consent().clone()).await
    }

    async fn may_sign_in(&self, subject: &SubjectKey) -> Result<bool, StoreError> {
        self.look(subject, |ledger, _| ledger.may_sign_in()).await
    }

    async fn receipts(&self, subject: &SubjectKey) -> Result<Vec<Receipt>, StoreError> {
        self.look(subject, |ledger, _| ledger.receipts().to_vec()).await
    }

    async fn record_consent(
        &self,
        subject: &SubjectKey,
        receipts: Vec<Receipt>,
    ) -> Result<Consent, StoreError> {
        self.change(subject, |ledger, _| {
            receipts.iter().for_each(|receipt| ledger.record_consent(receipt.clone()));
            ledger.consent().clone()
        })
        .await
    }

    async fn revoke(&self, what: Revocation<'_>) -> Result<(), StoreError> {
        match what {
            Revocation::HostSession(owner) => {
                self.change(owner.key(), |ledger, _| ledger.revoke_host_session(owner.host_session())).await
            }
            Revocation::Subject(subject) => self.change(subject, |ledger, _| ledger.revoke_all()).await,
            Revocation::Decision { owner, decision } => {
                self.change(owner.key(), |ledger, _| ledger.revoke_decision(owner.host_session(), decision))
                    .await
            }
            Revocation::Tenant { tenant, revoked } => self.add_revocation(tenant, revoked).await,
        }
    }

    async fn rotate(&self, from: &Principal, to: &Principal) -> Result<(), StoreError> {
        self.change(from.key(), |ledger, _| {
            ledger.rotate_host_session(from.host_session(), to.host_session().clone());
        })
        .await
    }

    async fn unlock(&self, subject: &SubjectKey) -> Result<(), StoreError> {
        self.change(subject, |ledger, _| ledger.unlock()).await
    }

    async fn take_errands(&self, subject: &SubjectKey) -> Result<Errands, StoreError> {
        self.change(subject, |ledger, at| {
            let mut errands = ledger.take_errands(at.now);
            errands.next = errands.next.map(|next| at.skew.to_process(next));
            errands
        })
        .await
    }

    async fn ack_withdrawal(
        &self,
        subject: &SubjectKey,
        withdrawal: &OwedWithdrawal,
    ) -> Result<(), StoreError> {
        self.change(subject, |ledger, _| ledger.ack_withdrawal(withdrawal)).await
    }

    async fn mark_delivered(
        &self,
        delivery: &SubjectKey,
        claim: &ClaimId,
        keep: Duration,
    ) -> Result<bool, StoreError> {
        self.change(delivery, |ledger, at| ledger.mark_delivered(claim, at.now + keep, at.now)).await
    }
}

/// A pass was accepted at a moment of this process's clock; what is kept of it is on the database's.
fn on_the_databases_clock(settlement: Settlement, skew: Skew) -> Settlement {
    match settlement {
        Settlement::Passed(mut decision) => {
            decision.auth_time = skew.to_database(decision.auth_time);
            decision.expires_at = skew.to_database(decision.expires_at);
            Settlement::Passed(decision)
        }
        rejected @ Settlement::Rejected { .. } => rejected,
    }
}

fn on_this_clock(mut decision: Arc<Decision>, skew: Skew) -> Arc<Decision> {
    if skew != Skew::None {
        let moved = Arc::make_mut(&mut decision);
        moved.auth_time = skew.to_process(moved.auth_time);
        moved.expires_at = skew.to_process(moved.expires_at);
        if let Some(document) = &mut moved.document {
            document.accepted_at = skew.to_process(document.accepted_at);
            document.matched_at = skew.to_process(document.matched_at);
        }
    }
    decision
}

impl fmt::Debug for SharedStore {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SharedStore").field("records", &self.records).finish_non_exhaustive()
    }
}
