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
use crate::decision::Decision;
use crate::metrics::Lookups;
use crate::principal::{SubjectKey, Tenant};
use crate::record::Revoked;
use crate::store::backend::{Backend, ClaimOutcome, DecisionClaim, Look, StoreOperation, Transition};
use crate::store::shared::StoreKey;
use crate::store::{DecisionStore, StoreError, StoreScope};

/// A store in front of another one, which remembers reusable decisions for a moment.
///
/// See the [module](super) for what it remembers, and for how late a revocation is seen.
pub struct NearCache {
    inner: DecisionStore,
    cache: Arc<Cache>,
    bounds: Bounds,
    places: Places,
    clock: Arc<dyn Clock>,
    lookups: Lookups,
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
    pub fn of_process(store: impl Into<DecisionStore>) -> Result<Self, NotOfThisProcess> {
        let store = store.into();
        if store.scope() != StoreScope::Process {
            return Err(NotOfThisProcess);
        }
        let near = Self::new(store, Places::Own(RandomState::new()));
        near.cache.validity.open();
        Ok(near)
    }

    /// In front of a store that replicas share, with the announcements of the database below it. `key` is the shared
    /// store's own: it shows which announcement is about which subject.
    ///
    /// It has to be called within a tokio runtime, where it goes on listening for as long as it lives. While there is
    /// nothing to hear it tries again, at most every 2 s, and remembers nothing.
    ///
    /// # Errors
    /// When it cannot begin to listen within 5 s.
    pub async fn following(
        store: impl Into<DecisionStore>,
        key: StoreKey,
        feed: impl Invalidations,
    ) -> Result<Self, StoreError> {
        let herald = key.locate_herald();
        let near = Self::new(store.into(), Places::Announced(key));
        let following = Following::start(Arc::new(feed), Arc::clone(&near.cache), herald).await?;
        Ok(Self { _following: Some(following), ..near })
    }

    fn new(inner: DecisionStore, places: Places) -> Self {
        Self {
            inner,
            cache: Arc::new(Cache::new()),
            bounds: Bounds { subjects: DEFAULT_CAPACITY, time_to_live: DEFAULT_TIME_TO_LIVE },
            places,
            clock: Arc::new(SystemClock),
            lookups: Lookups::new(),
            _following: None,
        }
    }

    /// For how long a decision is remembered, from the moment at which the store was asked; 2 s by default, and 5 s at the
    /// most. What is revoked elsewhere opens nothing after that, even where no announcement came.
    #[must_use]
    pub fn time_to_live(mut self, time_to_live: Duration) -> Self {
        self.bounds.time_to_live = time_to_live.min(LONGEST_TIME_TO_LIVE);
        self
    }

    /// The largest number of subjects whose decisions are remembered, rounded up to a multiple of 64; 100,000 by default.
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

    fn remembered(&self, claim: &DecisionClaim<'_>) -> Option<Arc<Decision>> {
        let found = self.cache.find(claim.owner, claim.policy, self.clock.now(), self.bounds);
        if found.is_some() {
            self.lookups.hits.add(1);
        }
        found
    }

    /// Asks the store, and remembers what it grants unless that changes meanwhile.
    async fn ask(&self, claim: DecisionClaim<'_>) -> ClaimOutcome {
        self.lookups.misses.add(1);
        let stamp = self.cache.validity.stamp(self.places.of(claim.owner.key()));
        let (at, since) = (self.clock.now(), Instant::now());
        let outcome = self.inner.claim(claim).await?;
        if let (Some(stamp), Ok(decision)) = (stamp, &outcome)
            && !decision.is_single_use()
        {
            self.cache.keep(claim.owner, Arc::clone(decision), Asked { stamp, at, since }, self.bounds);
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
fn is_reusable(claim: &DecisionClaim<'_>) -> bool {
    !claim.policy.is_single_use() && !claim.policy.is_bound_to_intent() && claim.intent.is_none()
}

#[async_trait]
impl Backend for NearCache {
    async fn change(
        &self,
        subject: &SubjectKey,
        operation: StoreOperation,
        transition: &mut Transition<'_>,
    ) -> Result<(), StoreError> {
        let _changing = (!operation.leaves_decisions()).then(|| self.changing(subject));
        self.inner.backend().change(subject, operation, transition).await
    }

    async fn look(
        &self,
        subject: &SubjectKey,
        operation: StoreOperation,
        look: &mut Look<'_>,
    ) -> Result<(), StoreError> {
        self.inner.backend().look(subject, operation, look).await
    }

    async fn revoke_tenant(&self, tenant: &Tenant, revoked: Revoked<'_>) -> Result<(), StoreError> {
        let _voiding = self.voiding_all();
        self.inner.backend().revoke_tenant(tenant, revoked).await
    }

    async fn claim_decision(&self, claim: DecisionClaim<'_>) -> ClaimOutcome {
        if is_reusable(&claim) {
            return match self.remembered(&claim) {
                Some(decision) => Ok(Ok(decision)),
                None => self.ask(claim).await,
            };
        }
        // It may use up what another policy of the same name, an earlier version for example, could use again.
        let _changing = self.changing(claim.owner.key());
        self.inner.claim(claim).await
    }

    fn claim_at_once(&self, claim: DecisionClaim<'_>) -> Option<ClaimOutcome> {
        if is_reusable(&claim) {
            let remembered = self.remembered(&claim).map(|decision| Ok(Ok(decision)));
            // Where the store behind would have to wait, the question comes again.
            return remembered.or_else(|| {
                let asked = self.inner.backend().claim_at_once(claim)?;
                self.lookups.misses.add(1);
                Some(asked)
            });
        }
        let _changing = self.changing(claim.owner.key());
        self.inner.backend().claim_at_once(claim)
    }

    fn scope(&self) -> StoreScope {
        self.inner.scope()
    }

    fn memory(&self) -> Option<usize> {
        self.inner.backend().memory()
    }
}

impl StoreOperation {
    /// Whether the operation neither voids nor adds a decision, nor uses one up. What is not listed is taken to do so.
    fn leaves_decisions(self) -> bool {
        matches!(
            self,
            Self::BeginAuxiliaryUpload
                | Self::PutIntent
                | Self::PutReturn
                | Self::TakeReturn
                | Self::TakeDueTasks
                | Self::AckWithdrawal
                | Self::MarkDelivered
        )
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
