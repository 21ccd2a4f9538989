use std::collections::hash_map::RandomState;
use std::fmt;
use std::hash::BuildHasher as _;
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use tokio::time::Instant;

use super::cache::{Asked, Bounds, Cache};
use super::feed::Invalidations;
use super::follow::Following;
use super::validity::{Place, Validity};
use crate::clock::{Clock, SystemClock};
use crate::consent::{Consent, OwedWithdrawal, Receipt};
use crate::decision::Decision;
use crate::id::{ClaimId, DecisionId, IntentId, ReturnHandle, SessionId};
use crate::intent::{IntentDigest, PendingIntent};
use crate::ledger::{
    AuxiliaryOutcome, AuxiliarySettled, AuxiliaryUpload, Begun, Errands, Limited, Limits, NotBegun, Refused,
    ReturnTarget, Settled, Settlement, Upload,
};
use crate::policy::Policy;
use crate::principal::{Principal, SubjectKey};
use crate::session::{NewSession, Session, SessionView};
use crate::store::shared::StoreKey;
use crate::store::{DecisionStore, Revocation, StoreError, StoreScope};

/// A store in front of another one, which remembers reusable decisions for a moment.
///
/// See the [module](super) for what it remembers, and for how late a revocation is seen.
pub struct NearCache {
    inner: Arc<dyn DecisionStore>,
    cache: Arc<Cache>,
    bounds: Bounds,
    places: Places,
    clock: Arc<dyn Clock>,
    /// Ends with the cache.
    _following: Option<Following>,
}

/// The store is shared with other replicas, whose changes have to be announced: use [`NearCache::following`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct NotOfThisProcess;

/// How a subject's place is found.
enum Places {
    /// As the announcements name it.
    Announced(StoreKey),
    /// Any way that is always the same.
    Own(RandomState),
}

impl NearCache {
    /// In front of a store that this process alone uses, such as a file of SQLite's: every change comes through here.
    ///
    /// # Errors
    /// When the store is shared with other replicas.
    pub fn of_process(store: Arc<dyn DecisionStore>) -> Result<Self, NotOfThisProcess> {
        if store.scope() != StoreScope::Process {
            return Err(NotOfThisProcess);
        }
        let near = Self::new(store, Places::Own(RandomState::new()));
        near.cache.validity.open();
        Ok(near)
    }

    /// In front of a store that replicas share, with the announcements of the database below it. `key` is the shared
    /// store's own: it tells which announcement is about whom.
    ///
    /// It has to be called within a tokio runtime, where it goes on listening for as long as it lives. While there is
    /// nothing to hear it tries again, at most every 2 s, and remembers nothing.
    ///
    /// # Errors
    /// When it cannot begin to listen within 5 s.
    pub async fn following(
        store: Arc<dyn DecisionStore>,
        key: StoreKey,
        feed: impl Invalidations,
    ) -> Result<Self, StoreError> {
        let herald = key.locate_herald();
        let near = Self::new(store, Places::Announced(key));
        let following = Following::start(Arc::new(feed), Arc::clone(&near.cache), herald).await?;
        Ok(Self { _following: Some(following), ..near })
    }

    fn new(inner: Arc<dyn DecisionStore>, places: Places) -> Self {
        Self {
            inner,
            cache: Arc::new(Cache::new()),
            bounds: Bounds { subjects: DEFAULT_CAPACITY, time_to_live: DEFAULT_TIME_TO_LIVE },
            places,
            clock: Arc::new(SystemClock),
            _following: None,
        }
    }

    /// For how long a decision is remembered, from the moment at which the store was asked; 2 s by default, and 5 s at the
    /// most. What is revoked elsewhere opens nothing after that, even where nobody announced it.
    #[must_use]
    pub fn time_to_live(mut self, time_to_live: Duration) -> Self {
        self.bounds.time_to_live = time_to_live.min(LONGEST_TIME_TO_LIVE);
        self
    }

    /// How many subjects' decisions are remembered at the most, rounded up to a multiple of 64; 100,000 by default.
    #[must_use]
    pub fn capacity(mut self, subjects: usize) -> Self {
        self.bounds.subjects = subjects;
        self
    }

    /// The clock by which remembered decisions expire; the system's by default. It has to be the gate's.
    #[must_use]
    pub fn with_clock(mut self, clock: Arc<dyn Clock>) -> Self {
        self.clock = clock;
        self
    }

    /// Whether anything is remembered at present: for a store that replicas share, whether changes are being announced.
    pub fn is_in_use(&self) -> bool {
        self.cache.validity.is_open()
    }

    /// How many subjects' decisions it holds, those that no longer count included.
    pub fn len(&self) -> usize {
        self.cache.len()
    }

    /// Whether it holds none.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    fn remembered(&self, owner: &Principal, policy: &Policy) -> Option<Arc<Decision>> {
        self.cache.find(owner, policy, self.clock.now(), self.bounds)
    }

    /// Asks the store, and remembers what it grants unless that changes meanwhile.
    async fn ask(
        &self,
        owner: &Principal,
        policy: &Policy,
    ) -> Result<Result<Arc<Decision>, Refused>, StoreError> {
        let stamp = self.cache.validity.stamp(self.places.of(owner.key()));
        let (at, since) = (self.clock.now(), Instant::now());
        let outcome = self.inner.claim_decision(owner, policy, None).await?;
        if let (Some(stamp), Ok(decision)) = (stamp, &outcome)
            && !decision.is_single_use()
        {
            self.cache.keep(owner, Arc::clone(decision), Asked { stamp, at, since }, self.bounds);
        }
        Ok(outcome)
    }

    /// To be held while something of everybody is being revoked.
    fn voiding_all(&self) -> VoidingAll<'_> {
        self.cache.validity.void_all();
        VoidingAll(&self.cache.validity)
    }

    /// To be held while a subject's record is being changed.
    fn changing(&self, subject: &SubjectKey) -> Changing<'_> {
        let place = self.places.of(subject);
        self.cache.validity.note_change(place);
        Changing { validity: &self.cache.validity, place }
    }
}

/// [`Changing`], of everybody's record.
struct VoidingAll<'a>(&'a Validity);

impl Drop for VoidingAll<'_> {
    fn drop(&mut self) {
        self.0.void_all();
    }
}

impl Places {
    fn of(&self, subject: &SubjectKey) -> Place {
        match self {
            Self::Announced(key) => Place::of(&key.locate(subject)),
            Self::Own(hasher) => Place::of_hash(hasher.hash_one(subject)),
        }
    }
}

/// A change under way: what was asked before it is void from its beginning on, what was asked meanwhile from its end on,
/// even where nobody waits for that end.
struct Changing<'a> {
    validity: &'a Validity,
    place: Place,
}

impl Drop for Changing<'_> {
    fn drop(&mut self) {
        self.validity.note_change(self.place);
    }
}

/// Only what opens again and again is worth remembering, and only that may be.
fn is_reusable(policy: &Policy, intent: Option<&IntentDigest>) -> bool {
    !policy.is_single_use() && !policy.is_bound_to_intent() && intent.is_none()
}

#[async_trait]
impl DecisionStore for NearCache {
    async fn reserve_start(
        &self,
        owner: &Principal,
        limits: &Limits,
    ) -> Result<Result<(), Limited>, StoreError> {
        let _changing = self.changing(owner.key());
        self.inner.reserve_start(owner, limits).await
    }

    async fn open_session(&self, owner: &Principal, new: NewSession) -> Result<bool, StoreError> {
        let _changing = self.changing(owner.key());
        self.inner.open_session(owner, new).await
    }

    async fn session(
        &self,
        owner: &Principal,
        id: Option<&SessionId>,
        limits: &Limits,
    ) -> Result<Option<SessionView>, StoreError> {
        self.inner.session(owner, id, limits).await
    }

    async fn begin_upload(
        &self,
        owner: &Principal,
        upload: &Upload,
        limits: &Limits,
    ) -> Result<Result<Begun, NotBegun>, StoreError> {
        let _changing = self.changing(owner.key());
        self.inner.begin_upload(owner, upload, limits).await
    }

    async fn release_upload(&self, owner: &Principal, upload: &Upload) -> Result<(), StoreError> {
        let _changing = self.changing(owner.key());
        self.inner.release_upload(owner, upload).await
    }

    async fn settle(
        &self,
        owner: &Principal,
        upload: &Upload,
        settlement: Settlement,
        limits: &Limits,
    ) -> Result<Settled, StoreError> {
        let _changing = self.changing(owner.key());
        self.inner.settle(owner, upload, settlement, limits).await
    }

    async fn begin_auxiliary_upload(
        &self,
        owner: &Principal,
        upload: &AuxiliaryUpload,
        limits: &Limits,
    ) -> Result<Result<Option<Session>, NotBegun>, StoreError> {
        self.inner.begin_auxiliary_upload(owner, upload, limits).await
    }

    async fn settle_auxiliary_upload(
        &self,
        owner: &Principal,
        claim: &ClaimId,
        outcome: AuxiliaryOutcome,
        limits: &Limits,
    ) -> Result<AuxiliarySettled, StoreError> {
        let _changing = self.changing(owner.key());
        self.inner.settle_auxiliary_upload(owner, claim, outcome, limits).await
    }

    async fn end_session(
        &self,
        owner: &Principal,
        id: &SessionId,
    ) -> Result<Result<(), NotBegun>, StoreError> {
        let _changing = self.changing(owner.key());
        self.inner.end_session(owner, id).await
    }

    async fn claim_decision(
        &self,
        owner: &Principal,
        policy: &Policy,
        intent: Option<&IntentDigest>,
    ) -> Result<Result<Arc<Decision>, Refused>, StoreError> {
        if is_reusable(policy, intent) {
            return match self.remembered(owner, policy) {
                Some(decision) => Ok(Ok(decision)),
                None => self.ask(owner, policy).await,
            };
        }
        // It may use up what another policy of the same name, an earlier version for example, could use again.
        let _changing = self.changing(owner.key());
        self.inner.claim_decision(owner, policy, intent).await
    }

    fn claim_at_once(
        &self,
        owner: &Principal,
        policy: &Policy,
        intent: Option<&IntentDigest>,
    ) -> Option<Result<Result<Arc<Decision>, Refused>, StoreError>> {
        if is_reusable(policy, intent) {
            let remembered = self.remembered(owner, policy).map(|decision| Ok(Ok(decision)));
            return remembered.or_else(|| self.inner.claim_at_once(owner, policy, intent));
        }
        let _changing = self.changing(owner.key());
        self.inner.claim_at_once(owner, policy, intent)
    }

    async fn put_intent(&self, owner: &Principal, intent: PendingIntent) -> Result<IntentId, StoreError> {
        self.inner.put_intent(owner, intent).await
    }

    async fn intent(
        &self,
        owner: &Principal,
        policy: &str,
        id: &IntentId,
    ) -> Result<Option<PendingIntent>, StoreError> {
        self.inner.intent(owner, policy, id).await
    }

    async fn put_return(&self, owner: &Principal, target: ReturnTarget) -> Result<(), StoreError> {
        self.inner.put_return(owner, target).await
    }

    async fn take_return(
        &self,
        owner: &Principal,
        handle: &ReturnHandle,
    ) -> Result<Option<String>, StoreError> {
        self.inner.take_return(owner, handle).await
    }

    async fn is_valid(&self, owner: &Principal, decision: &DecisionId) -> Result<bool, StoreError> {
        self.inner.is_valid(owner, decision).await
    }

    async fn restore(&self, owner: &Principal, decision: &DecisionId) -> Result<(), StoreError> {
        let _changing = self.changing(owner.key());
        self.inner.restore(owner, decision).await
    }

    fn scope(&self) -> StoreScope {
        self.inner.scope()
    }

    async fn consent(&self, subject: &SubjectKey) -> Result<Consent, StoreError> {
        self.inner.consent(subject).await
    }

    async fn may_sign_in(&self, subject: &SubjectKey) -> Result<bool, StoreError> {
        self.inner.may_sign_in(subject).await
    }

    async fn receipts(&self, subject: &SubjectKey) -> Result<Vec<Receipt>, StoreError> {
        self.inner.receipts(subject).await
    }

    async fn record_consent(
        &self,
        subject: &SubjectKey,
        receipts: Vec<Receipt>,
    ) -> Result<Consent, StoreError> {
        let _changing = self.changing(subject);
        self.inner.record_consent(subject, receipts).await
    }

    async fn revoke(&self, what: Revocation<'_>) -> Result<(), StoreError> {
        let subject = match what {
            Revocation::HostSession(owner) | Revocation::Decision { owner, .. } => owner.key(),
            Revocation::Subject(subject) => subject,
            Revocation::Tenant { .. } => {
                let _voiding = self.voiding_all();
                return self.inner.revoke(what).await;
            }
        };
        let _changing = self.changing(subject);
        self.inner.revoke(what).await
    }

    async fn rotate(&self, from: &Principal, to: &Principal) -> Result<(), StoreError> {
        let _changing = (self.changing(from.key()), self.changing(to.key()));
        self.inner.rotate(from, to).await
    }

    async fn unlock(&self, subject: &SubjectKey) -> Result<(), StoreError> {
        let _changing = self.changing(subject);
        self.inner.unlock(subject).await
    }

    async fn take_errands(&self, subject: &SubjectKey) -> Result<Errands, StoreError> {
        self.inner.take_errands(subject).await
    }

    async fn ack_withdrawal(
        &self,
        subject: &SubjectKey,
        withdrawal: &OwedWithdrawal,
    ) -> Result<(), StoreError> {
        self.inner.ack_withdrawal(subject, withdrawal).await
    }

    async fn mark_delivered(
        &self,
        delivery: &SubjectKey,
        claim: &ClaimId,
        keep: Duration,
    ) -> Result<bool, StoreError> {
        self.inner.mark_delivered(delivery, claim, keep).await
    }
}

impl fmt::Debug for NearCache {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("NearCache")
            .field("inner", &self.inner)
            .field("subjects", &self.len())
            .field("is_in_use", &self.is_in_use())
            .finish_non_exhaustive()
    }
}

impl fmt::Display for NotOfThisProcess {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a store that replicas share needs a feed of their changes in front of which to remember anything")
    }
}

impl std::error::Error for NotOfThisProcess {}

const DEFAULT_TIME_TO_LIVE: Duration = Duration::from_secs(2);
const LONGEST_TIME_TO_LIVE: Duration = Duration::from_secs(5);
const DEFAULT_CAPACITY: usize = 100_000;
