//! Where ledgers are kept.
//!
//! [`DecisionStore`] has one method for each thing the gate means to do. Every one of them is atomic: what it reads
//! and what it writes is one step for everybody else, on every replica. There is no general read or write, so there
//! is no way to check first and act later.
//!
//! The rules themselves are not a store's business: [`SubjectRecord`](crate::ledger::SubjectRecord) has them. A store loads the
//! ledger of one [`SubjectKey`], applies the one transition of the same name, and keeps the result only if nobody else
//! has written meanwhile. [`MemoryStore`] does so under a lock; a database does so by compare-and-swap, through
//! [`shared`].

mod error;
mod memory;
pub mod near;
mod shard;
pub mod shared;
mod table;

use std::fmt::Debug;
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;

pub use self::error::{StoreError, StoreErrorKind};
pub use self::memory::MemoryStore;
use crate::consent::{Consent, OwedWithdrawal, Receipt};
use crate::decision::Decision;
use crate::id::{ClaimId, DecisionId, IntentId, ReturnHandle, SessionId};
use crate::intent::{IntentDigest, PendingIntent};
use crate::ledger::{
    AuxiliaryOutcome, AuxiliarySettled, AuxiliaryUpload, Begun, Errands, Limited, Limits, NotBegun, Refused,
    ReturnTarget, Revoked, Settled, Settlement, Upload,
};
use crate::policy::Policy;
use crate::principal::{Principal, SubjectKey, Tenant};
use crate::session::{NewSession, Session, SessionView};

/// Keeps what is known of each subject. See the [module](self) for the contract.
///
/// The outer `Result` says whether the store could do it; any error there makes the gate refuse. What is inside is the
/// outcome. A store takes the time from its own clock.
#[async_trait]
pub trait DecisionStore: Debug + Send + Sync + 'static {
    /// Counts a start. Called before the platform is asked for a session.
    async fn reserve_start(
        &self,
        owner: &Principal,
        limits: &Limits,
    ) -> Result<Result<(), Limited>, StoreError>;

    /// Opens a session, superseding the owner's earlier ones; answers whether there was one to supersede.
    async fn open_session(&self, owner: &Principal, new: NewSession) -> Result<bool, StoreError>;

    /// The session with this id, or the owner's newest one; `None` where there is none or it is another's.
    async fn session(
        &self,
        owner: &Principal,
        id: Option<&SessionId>,
        limits: &Limits,
    ) -> Result<Option<SessionView>, StoreError>;

    /// Claims a session for one upload; of any number of parallel calls one succeeds.
    async fn begin_upload(
        &self,
        owner: &Principal,
        upload: &Upload,
        limits: &Limits,
    ) -> Result<Result<Begun, NotBegun>, StoreError>;

    /// Gives a claim back after an upload that brought no verdict.
    async fn release_upload(&self, owner: &Principal, upload: &Upload) -> Result<(), StoreError>;

    /// Settles a claimed session with the platform's verdict.
    async fn settle(
        &self,
        owner: &Principal,
        upload: &Upload,
        settlement: Settlement,
        limits: &Limits,
    ) -> Result<Settled, StoreError>;

    /// Claims an upload that verifies nobody; answers the session that it belongs to, where it belongs to one. Of any
    /// number of parallel calls one succeeds.
    async fn begin_auxiliary_upload(
        &self,
        owner: &Principal,
        upload: &AuxiliaryUpload,
        limits: &Limits,
    ) -> Result<Result<Option<Session>, NotBegun>, StoreError>;

    /// Settles such an upload and gives its claim back.
    async fn settle_auxiliary_upload(
        &self,
        owner: &Principal,
        claim: &ClaimId,
        outcome: AuxiliaryOutcome,
        limits: &Limits,
    ) -> Result<AuxiliarySettled, StoreError>;

    /// Ends a session.
    async fn end_session(
        &self,
        owner: &Principal,
        id: &SessionId,
    ) -> Result<Result<(), NotBegun>, StoreError>;

    /// Finds the decision that opens a route and, where it may be used once only, uses it up in the same step: of any
    /// number of parallel calls one succeeds.
    async fn claim_decision(
        &self,
        owner: &Principal,
        policy: &Policy,
        intent: Option<&IntentDigest>,
    ) -> Result<Result<Arc<Decision>, Refused>, StoreError>;

    /// [`claim_decision`](Self::claim_decision) for a store that can answer without waiting: the gate then neither
    /// boxes a future nor allocates. `None`, the default, sends the gate to the method that waits.
    fn claim_at_once(
        &self,
        owner: &Principal,
        policy: &Policy,
        intent: Option<&IntentDigest>,
    ) -> Option<Result<Result<Arc<Decision>, Refused>, StoreError>> {
        let _ = (owner, policy, intent);
        None
    }

    /// Keeps an operation that waits for approval; the same operation keeps the id it has.
    async fn put_intent(&self, owner: &Principal, intent: PendingIntent) -> Result<IntentId, StoreError>;

    /// The operation that waits under `id` for approval by `policy`.
    async fn intent(
        &self,
        owner: &Principal,
        policy: &str,
        id: &IntentId,
    ) -> Result<Option<PendingIntent>, StoreError>;

    /// Keeps a place to return to after stepping up.
    async fn put_return(&self, owner: &Principal, target: ReturnTarget) -> Result<(), StoreError>;

    /// Takes a place to return to out: a handle works once.
    async fn take_return(
        &self,
        owner: &Principal,
        handle: &ReturnHandle,
    ) -> Result<Option<String>, StoreError>;

    /// Whether a decision has been neither revoked nor outlived; being used up does not matter.
    async fn is_valid(&self, owner: &Principal, decision: &DecisionId) -> Result<bool, StoreError>;

    /// Gives a used decision back, while its time is not over.
    async fn restore(&self, owner: &Principal, decision: &DecisionId) -> Result<(), StoreError>;

    /// Who sees what this store keeps; this process only, unless the store says otherwise.
    fn scope(&self) -> StoreScope {
        StoreScope::Process
    }

    /// What the subject has agreed to.
    async fn consent(&self, subject: &SubjectKey) -> Result<Consent, StoreError>;

    /// Whether a capture of somebody who merely claims to be the subject may go to the platform: see
    /// [`SubjectRecord::may_sign_in`](crate::ledger::SubjectRecord::may_sign_in).
    async fn may_sign_in(&self, subject: &SubjectKey) -> Result<bool, StoreError>;

    /// Everything the subject gave and withdrew, oldest first.
    async fn receipts(&self, subject: &SubjectKey) -> Result<Vec<Receipt>, StoreError>;

    /// Records consent that was given or withdrawn; a withdrawal voids decisions in the same step, and is owed to the
    /// platform from then on.
    async fn record_consent(
        &self,
        subject: &SubjectKey,
        receipts: Vec<Receipt>,
    ) -> Result<Consent, StoreError>;

    /// Voids decisions, and passes on their way: whatever was begun before counts for nothing once this has answered.
    async fn revoke(&self, what: Revocation<'_>) -> Result<(), StoreError>;

    /// Moves what one host session holds to its successor.
    async fn rotate(&self, from: &Principal, to: &Principal) -> Result<(), StoreError>;

    /// Lifts a lock-out.
    async fn unlock(&self, subject: &SubjectKey) -> Result<(), StoreError>;

    /// Hands out what is to be done at the platform for the subject: each ended session once, each withdrawal until it
    /// is told. Called after whatever ends sessions or withdraws consent, and when something may have run out.
    async fn take_errands(&self, subject: &SubjectKey) -> Result<Errands, StoreError>;

    /// The platform knows of this withdrawal, or takes none: it is owed no longer.
    async fn ack_withdrawal(
        &self,
        subject: &SubjectKey,
        withdrawal: &OwedWithdrawal,
    ) -> Result<(), StoreError>;

    /// Marks a webhook delivery as taken, for `keep`; of any number of parallel calls one is told yes, and the same
    /// `claim` is told so again.
    async fn mark_delivered(
        &self,
        delivery: &SubjectKey,
        claim: &ClaimId,
        keep: Duration,
    ) -> Result<bool, StoreError>;
}

/// Who sees what a store keeps.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum StoreScope {
    /// This process: one replica only.
    Process,
    /// Every replica that is connected to it.
    Shared,
}

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
    /// Decisions of all subjects of a tenant, in both realms.
    Tenant {
        /// Whose subjects' they are.
        tenant: &'a Tenant,
        /// Which they are.
        revoked: Revoked<'a>,
    },
}
