//! What the gate asks of a store: each operation is one transition of one subject's record, so each is atomic.
//!
//! There is no general read or write here, and so no way to check first and act later. The module is public for the test
//! kit and the stores' own tests, and no part of the interface that versions of this crate keep.

mod people;

pub use super::backend::{Backend, ClaimOutcome, DecisionClaim, Look, StoreOperation, Transition};
pub use super::moment::Moment;
use super::{DecisionStore, StoreError, backend};
use crate::Limits;
use crate::decision::Decision;
use crate::id::{ClaimId, DecisionId, IntentId, ReturnHandle, SessionId};
use crate::intent::{IntentDigest, PendingIntent};
use crate::policy::Policy;
use crate::principal::{Authentication, HostSession, Principal, SubjectKey, Tenant};
pub use crate::record::{
    AuxiliaryOutcome, AuxiliarySession, AuxiliarySettled, AuxiliaryUpload, Begun, Busy, DueTasks, Limited,
    NotBegun, ReturnTarget, Revoked, Settled, Settlement, SignInStanding, SubjectRecord, Upload,
};
use crate::session::{NewSession, Session, SessionView};

/// What to void.
#[derive(Clone, Copy, Debug)]
pub enum Revocation<'a> {
    /// All that one host session holds: logout.
    HostSession(&'a Principal),
    /// All decisions of a subject, in every host session: a changed password, a disabled account.
    Subject(&'a SubjectKey),
    /// One decision.
    Decision {
        /// Whose it is.
        owner: &'a Principal,
        /// Which it is.
        decision: &'a DecisionId,
    },
    /// Decisions of all subjects of a tenant, logged in and claimed.
    Tenant {
        /// Whose subjects' they are.
        tenant: &'a Tenant,
        /// Which they are.
        revoked: Revoked<'a>,
    },
}

/// The outer `Result` says whether the store could do it; any error there makes the gate refuse. What is inside is the
/// outcome.
#[doc(hidden)]
impl DecisionStore {
    /// Counts a start. Called before the platform is asked for a session.
    pub async fn reserve_start(
        &self,
        owner: &Principal,
        limits: &Limits,
    ) -> Result<Result<(), Limited>, StoreError> {
        self.change(owner.key(), StoreOperation::ReserveStart, |record, at| {
            record.reserve_start(limits, at.now)
        })
        .await
    }

    /// Opens a session, superseding the owner's earlier ones; answers whether there was one to supersede.
    pub async fn open_session(&self, owner: &Principal, new: NewSession) -> Result<bool, StoreError> {
        self.change(owner.key(), StoreOperation::OpenSession, |record, at| {
            record.open_session(owner.host_session(), new.clone(), at.now)
        })
        .await
    }

    /// The session with this id, or the owner's newest one; `None` where there is none or it is another's.
    pub async fn session(
        &self,
        owner: &Principal,
        id: Option<&SessionId>,
        limits: &Limits,
    ) -> Result<Option<SessionView>, StoreError> {
        self.look(owner.key(), StoreOperation::Session, |record, at| {
            let mut view = record.view(owner.host_session(), id, limits, at.now)?;
            view.session.expires_at = at.to_process(view.session.expires_at);
            Some(view)
        })
        .await
    }

    /// Claims a session for one upload; of any number of parallel calls one succeeds.
    pub async fn begin_upload(
        &self,
        owner: &Principal,
        upload: &Upload,
        limits: &Limits,
    ) -> Result<Result<Begun, NotBegun>, StoreError> {
        self.change(owner.key(), StoreOperation::BeginUpload, |record, at| {
            record.begin_upload(owner.host_session(), upload, limits, at.now)
        })
        .await
    }

    /// Gives a claim back after an upload that brought no verdict.
    pub async fn release_upload(&self, owner: &Principal, upload: &Upload) -> Result<(), StoreError> {
        self.change(owner.key(), StoreOperation::ReleaseUpload, |record, _| {
            record.release_upload(owner.host_session(), upload);
        })
        .await
    }

    /// Settles a claimed session with the platform's verdict.
    pub async fn settle(
        &self,
        owner: &Principal,
        upload: &Upload,
        settlement: Settlement,
        limits: &Limits,
    ) -> Result<Settled, StoreError> {
        self.change(owner.key(), StoreOperation::Settle, |record, at| {
            let settlement = at.settlement_to_store(settlement.clone());
            match record.settle(owner.host_session(), upload, settlement, limits, at.now) {
                Settled::Retry { attempts_left, expires_at } => {
                    Settled::Retry { attempts_left, expires_at: at.to_process(expires_at) }
                }
                settled => settled,
            }
        })
        .await
    }

    /// [`settle`](Self::settle) that, after a pass, moves what the owner's host session holds to its successor in the same
    /// step: who knew the former key has nothing.
    pub async fn settle_for(
        &self,
        owner: &Principal,
        successor: &HostSession,
        upload: &Upload,
        settlement: Settlement,
        limits: &Limits,
    ) -> Result<Settled, StoreError> {
        self.change(owner.key(), StoreOperation::Settle, |record, at| {
            let settlement = at.settlement_to_store(settlement.clone());
            let settled = record.settle(owner.host_session(), upload, settlement, limits, at.now);
            match settled {
                Settled::Retry { attempts_left, expires_at } => {
                    return Settled::Retry { attempts_left, expires_at: at.to_process(expires_at) };
                }
                Settled::Passed => {
                    record.rotate_host_session(owner.host_session(), successor.clone());
                }
                Settled::Exhausted | Settled::Locked | Settled::TooLate | Settled::Void => {}
            }
            settled
        })
        .await
    }

    /// Claims an upload that verifies no one; answers the session that it belongs to, where it belongs to one. Of any
    /// number of parallel calls one succeeds.
    pub async fn begin_auxiliary_upload(
        &self,
        owner: &Principal,
        upload: &AuxiliaryUpload,
        limits: &Limits,
    ) -> Result<Result<Option<Session>, NotBegun>, StoreError> {
        self.change(owner.key(), StoreOperation::BeginAuxiliaryUpload, |record, at| {
            let mut begun = record.begin_auxiliary_upload(owner.host_session(), upload, limits, at.now)?;
            if let Some(session) = &mut begun {
                session.expires_at = at.to_process(session.expires_at);
            }
            Ok(begun)
        })
        .await
    }

    /// Settles such an upload and gives its claim back.
    pub async fn settle_auxiliary_upload(
        &self,
        owner: &Principal,
        claim: &ClaimId,
        outcome: AuxiliaryOutcome,
        limits: &Limits,
    ) -> Result<AuxiliarySettled, StoreError> {
        self.change(owner.key(), StoreOperation::SettleAuxiliaryUpload, |record, at| {
            record.settle_auxiliary_upload(owner.host_session(), claim, outcome.clone(), limits, at.now)
        })
        .await
    }

    /// Ends a session.
    pub async fn end_session(
        &self,
        owner: &Principal,
        id: &SessionId,
    ) -> Result<Result<(), NotBegun>, StoreError> {
        self.change(owner.key(), StoreOperation::EndSession, |record, _| {
            record.end_session(owner.host_session(), id)
        })
        .await
    }

    /// Finds the decision that opens a route and, where it may be used once only, uses it up in the same step: of any
    /// number of parallel calls one succeeds.
    pub async fn claim_decision(
        &self,
        owner: &Principal,
        policy: &Policy,
        intent: Option<&IntentDigest>,
    ) -> ClaimOutcome {
        self.claim(DecisionClaim { owner, policy, intent }).await
    }

    /// [`claim_decision`](Self::claim_decision), for what stands in front of another store.
    pub async fn claim(&self, claim: DecisionClaim<'_>) -> ClaimOutcome {
        match self.backend().claim_at_once(claim) {
            Some(outcome) => outcome,
            None => self.backend().claim_decision(claim).await,
        }
    }

    /// [`claim_decision`](Self::claim_decision) where the store can answer without waiting; `None` where it cannot.
    pub fn claim_at_once(
        &self,
        owner: &Principal,
        policy: &Policy,
        intent: Option<&IntentDigest>,
    ) -> Option<ClaimOutcome> {
        self.backend().claim_at_once(DecisionClaim { owner, policy, intent })
    }

    /// Keeps an operation that waits for approval; the same operation keeps the id it has.
    pub async fn put_intent(&self, owner: &Principal, intent: PendingIntent) -> Result<IntentId, StoreError> {
        self.change(owner.key(), StoreOperation::PutIntent, |record, at| {
            let mut intent = intent.clone();
            intent.expires_at = at.to_store(intent.expires_at);
            record.put_intent(owner.host_session(), intent, at.now)
        })
        .await
    }

    /// The operation that waits under `id` for approval by `policy`.
    pub async fn intent(
        &self,
        owner: &Principal,
        policy: &str,
        id: &IntentId,
    ) -> Result<Option<PendingIntent>, StoreError> {
        self.look(owner.key(), StoreOperation::Intent, |record, at| {
            let mut intent = record.intent(owner.host_session(), policy, id, at.now)?.clone();
            intent.expires_at = at.to_process(intent.expires_at);
            Some(intent)
        })
        .await
    }

    /// Keeps a place to return to after stepping up.
    pub async fn put_return(&self, owner: &Principal, target: ReturnTarget) -> Result<(), StoreError> {
        self.change(owner.key(), StoreOperation::PutReturn, |record, at| {
            let mut target = target.clone();
            target.expires_at = at.to_store(target.expires_at);
            record.put_return(owner.host_session(), target);
        })
        .await
    }

    /// Takes a place to return to out: a handle works once.
    pub async fn take_return(
        &self,
        owner: &Principal,
        handle: &ReturnHandle,
    ) -> Result<Option<String>, StoreError> {
        self.change(owner.key(), StoreOperation::TakeReturn, |record, at| {
            record.take_return(owner.host_session(), handle, at.now)
        })
        .await
    }

    /// Whether a decision is neither revoked nor expired; a decision that was used up counts as valid, too.
    pub async fn is_valid(&self, owner: &Principal, decision: &DecisionId) -> Result<bool, StoreError> {
        self.look(owner.key(), StoreOperation::IsValid, |record, at| {
            record.is_valid(owner.host_session(), decision, at.now)
        })
        .await
    }

    /// Gives the use back for which `claimed` was handed out, unless the decision has expired.
    pub async fn restore(&self, owner: &Principal, claimed: &Decision) -> Result<(), StoreError> {
        self.change(owner.key(), StoreOperation::Restore, |record, at| {
            record.restore_decision(owner.host_session(), claimed, at.now);
        })
        .await
    }

    /// Voids decisions, and passes on their way: whatever was begun before counts for nothing once this has answered.
    pub async fn revoke(&self, what: Revocation<'_>) -> Result<(), StoreError> {
        let subject = match what {
            Revocation::HostSession(owner) | Revocation::Decision { owner, .. } => owner.key(),
            Revocation::Subject(subject) => subject,
            Revocation::Tenant { tenant, revoked } => {
                return self.backend().revoke_tenant(tenant, revoked).await;
            }
        };
        self.change(subject, StoreOperation::Revoke, |record, _| match what {
            Revocation::HostSession(owner) => record.revoke_host_session(owner.host_session()),
            Revocation::Decision { owner, decision } => {
                record.revoke_decision(owner.host_session(), decision);
            }
            Revocation::Subject(subject) if subject.authentication() != Authentication::LoggedIn => {
                record.void_sign_ins();
            }
            Revocation::Subject(_) | Revocation::Tenant { .. } => record.revoke_all(),
        })
        .await
    }

    /// Moves what one host session holds to its successor.
    pub async fn rotate(&self, from: &Principal, to: &Principal) -> Result<(), StoreError> {
        self.change(from.key(), StoreOperation::Rotate, |record, _| {
            record.rotate_host_session(from.host_session(), to.host_session().clone());
        })
        .await
    }

    /// Lifts a lock-out.
    pub async fn unlock(&self, subject: &SubjectKey) -> Result<(), StoreError> {
        self.change(subject, StoreOperation::Unlock, |record, _| record.unlock()).await
    }

    async fn change<T: Send>(
        &self,
        subject: &SubjectKey,
        operation: StoreOperation,
        transition: impl FnMut(&mut SubjectRecord, Moment) -> T + Send,
    ) -> Result<T, StoreError> {
        backend::change(self.backend(), subject, operation, transition).await
    }

    async fn look<T: Send>(
        &self,
        subject: &SubjectKey,
        operation: StoreOperation,
        look: impl FnMut(&SubjectRecord, Moment) -> T + Send,
    ) -> Result<T, StoreError> {
        backend::look(self.backend(), subject, operation, look).await
    }
}
