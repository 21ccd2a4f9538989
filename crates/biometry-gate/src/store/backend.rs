//! The seam below the operations: how a record is looked at and changed, and nothing of what for.

use std::fmt::Debug;
use std::sync::Arc;

use async_trait::async_trait;

use super::moment::Moment;
use super::{StoreError, StoreErrorKind, StoreScope};
use crate::decision::Decision;
use crate::intent::IntentDigest;
use crate::policy::Policy;
use crate::principal::{Principal, SubjectKey, Tenant};
use crate::record::{Refused, Revoked, SubjectRecord};

/// What keeps the records below a [`DecisionStore`](super::DecisionStore): the memory store, the shared store, the near
/// cache, and the test kit's faulty store. An author of a database implements [`Records`](super::shared::Records) instead.
///
/// Each method is atomic for every user of the store, on every replica, and fails rather than answer without having done
/// it.
#[async_trait]
pub trait Backend: Debug + Send + Sync + 'static {
    /// Applies a transition to the subject's record, an empty one where there is none, and keeps the result only if no
    /// other write came between. The transition runs anew for each attempt, so only its last run counts.
    async fn change(
        &self,
        subject: &SubjectKey,
        operation: StoreOperation,
        transition: &mut Transition<'_>,
    ) -> Result<(), StoreError>;

    /// Looks at the subject's record, an empty one where there is none.
    async fn look(
        &self,
        subject: &SubjectKey,
        operation: StoreOperation,
        look: &mut Look<'_>,
    ) -> Result<(), StoreError>;

    /// Voids decisions of all subjects of a tenant, and passes on their way.
    async fn revoke_tenant(&self, tenant: &Tenant, revoked: Revoked<'_>) -> Result<(), StoreError>;

    /// Finds the decision that opens a route and, where it may be used once only, uses it up in the same step.
    async fn claim_decision(&self, claim: DecisionClaim<'_>) -> ClaimOutcome {
        let take = |record: &mut SubjectRecord, at: Moment| {
            let claimed = record.claim_decision(claim.host_session(), claim.policy, claim.intent, at.now);
            claimed.map(|decision| at.decision_to_process(decision))
        };
        change(self, claim.owner.key(), StoreOperation::ClaimDecision, take).await
    }

    /// [`claim_decision`](Self::claim_decision) for a store that can answer without waiting: the gate then neither boxes a
    /// future nor allocates. `None`, the default, sends the gate to the method that waits.
    fn claim_at_once(&self, claim: DecisionClaim<'_>) -> Option<ClaimOutcome> {
        let _ = claim;
        None
    }

    /// Which processes see what it keeps.
    fn scope(&self) -> StoreScope;

    /// Names the memory of this process that holds the records, where they lie in one: stores over the same memory answer
    /// alike.
    fn memory(&self) -> Option<usize> {
        None
    }
}

/// One transition of a subject's record.
pub type Transition<'a> = dyn FnMut(&mut SubjectRecord, Moment) + Send + 'a;

/// A look at a subject's record.
pub type Look<'a> = dyn FnMut(&SubjectRecord, Moment) + Send + 'a;

/// The decision, or why none opens the route; an error where the store could not tell.
pub type ClaimOutcome = Result<Result<Arc<Decision>, Refused>, StoreError>;

/// Who asks for a decision, for which policy and operation.
#[derive(Clone, Copy, Debug)]
pub struct DecisionClaim<'a> {
    pub(crate) owner: &'a Principal,
    pub(crate) policy: &'a Policy,
    pub(crate) intent: Option<&'a IntentDigest>,
}

/// The name of an operation, for what stands in front of a store: a cache, a fault.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[expect(missing_docs, reason = "each is the name of the operation of `DecisionStore`")]
pub enum StoreOperation {
    ReserveStart,
    OpenSession,
    Session,
    BeginUpload,
    ReleaseUpload,
    Settle,
    BeginAuxiliaryUpload,
    SettleAuxiliaryUpload,
    EndSession,
    ClaimDecision,
    PutIntent,
    Intent,
    PutReturn,
    TakeReturn,
    IsValid,
    Restore,
    Consent,
    SignInStanding,
    CloseToSignIns,
    OpenToSignIns,
    KnowsBrowser,
    KeepBrowser,
    Receipts,
    Export,
    Erase,
    RecordConsent,
    Revoke,
    Rotate,
    Unlock,
    TakeDueTasks,
    AckWithdrawal,
    MarkDelivered,
}

impl DecisionClaim<'_> {
    pub(crate) fn host_session(&self) -> &crate::principal::HostSession {
        self.owner.host_session()
    }
}

/// [`Backend::change`] that hands on what the transition answers.
pub(super) async fn change<T: Send>(
    backend: &(impl Backend + ?Sized),
    subject: &SubjectKey,
    operation: StoreOperation,
    mut transition: impl FnMut(&mut SubjectRecord, Moment) -> T + Send,
) -> Result<T, StoreError> {
    let mut outcome = None;
    backend.change(subject, operation, &mut |record, at| outcome = Some(transition(record, at))).await?;
    outcome.ok_or_else(not_done)
}

/// [`Backend::look`] that hands on what is seen.
pub(super) async fn look<T: Send>(
    backend: &(impl Backend + ?Sized),
    subject: &SubjectKey,
    operation: StoreOperation,
    mut look: impl FnMut(&SubjectRecord, Moment) -> T + Send,
) -> Result<T, StoreError> {
    let mut seen = None;
    backend.look(subject, operation, &mut |record, at| seen = Some(look(record, at))).await?;
    seen.ok_or_else(not_done)
}

/// A backend that claims to have done what it has not done.
fn not_done() -> StoreError {
    StoreError::new(StoreErrorKind::Unavailable).with_source("the store has not run the operation")
}
