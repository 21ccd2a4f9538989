//! The store of a single process: sharded, bounded, expiring.

use std::collections::hash_map::RandomState;
use std::fmt;
use std::hash::BuildHasher as _;
use std::sync::{Arc, PoisonError};
#[cfg(not(shuttle))]
use std::sync::{RwLock, RwLockWriteGuard};
use std::time::SystemTime;

use async_trait::async_trait;
#[cfg(shuttle)]
use shuttle::sync::{RwLock, RwLockWriteGuard};

use super::backend::{Backend, ClaimOutcome, DecisionClaim, Look, StoreOperation, Transition};
use super::moment::Moment;
use super::shard::{ClaimedNamesKey, Shard};
use super::table::Key;
use super::{StoreError, StoreScope};
use crate::clock::{Clock, SystemClock};
use crate::principal::{Authentication, SubjectKey, Tenant};
use crate::record::{ClaimedNames, Revoked, SubjectRecord};

/// Keeps records in this process. Its content ends with the process, and other replicas do not see it: for one
/// replica whose users step up again after a restart.
///
/// It is bounded. It holds 1,000,000 subjects by default; where it is full it refuses newcomers and keeps what it has,
/// so that a crowd of strangers does not push out a lock-out. Names that are merely claimed, by browsers that want to
/// sign in, are kept apart, 262,144 of each tenant by default; there the new ones push out old ones.
///
/// A look takes a lock that others may hold as well, and allocates nothing, so a gated request is answered at once.
pub struct MemoryStore {
    shards: Vec<RwLock<Shard>>,
    hasher: RandomState,
    capacity_of_shard: usize,
    /// How many there are of each tenant.
    crowds: usize,
    clock: Arc<dyn Clock>,
}

impl MemoryStore {
    /// A store on the system's clock.
    pub fn new() -> Self {
        Self::with_clock(Arc::new(SystemClock))
    }

    /// A store on a clock of your own, which has to be the gate's.
    pub fn with_clock(clock: Arc<dyn Clock>) -> Self {
        let sweep_at = clock.now();
        let shard = || RwLock::new(Shard::new(sweep_at));
        Self {
            shards: (0..SHARDS).map(|_| shard()).collect(),
            hasher: RandomState::new(),
            capacity_of_shard: DEFAULT_CAPACITY.div_ceil(SHARDS),
            crowds: DEFAULT_CLAIMED.div_ceil(ClaimedNames::ROOM),
            clock,
        }
    }

    /// Holds at most this many subjects, claimed names apart, rounded up to a multiple of 64; 1,000,000 by default.
    /// Beyond it a newcomer's request fails with [`Full`](super::StoreErrorKind::Full).
    #[must_use]
    pub fn capacity(mut self, subjects: usize) -> Self {
        self.capacity_of_shard = subjects.div_ceil(SHARDS);
        self
    }

    /// Holds this many names of each tenant that are merely claimed, rounded up to a multiple of 16; 262,144 by default.
    #[must_use]
    pub fn claimed_names(mut self, most: usize) -> Self {
        self.crowds = most.div_ceil(ClaimedNames::ROOM).max(1);
        self
    }

    /// How many subjects and claimed names it holds.
    pub fn len(&self) -> usize {
        self.shards.iter().map(|shard| read(shard, Shard::len)).sum()
    }

    /// Whether it holds none.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Applies one transition to a subject's record under the lock of its shard.
    fn write<T>(
        &self,
        key: Key<'_>,
        transition: impl FnOnce(&mut SubjectRecord, SystemTime) -> T,
    ) -> Result<T, StoreError> {
        let now = self.clock.now();
        match key.subject.authentication() {
            Authentication::LoggedIn | Authentication::KnownBrowser => {
                let mut shard = write(&self.shards[key.place(SHARDS)]);
                shard.change_subject(&key, self.capacity_of_shard, now, transition)
            }
            Authentication::Claimed => {
                let (crowd, name) = (self.crowd_key(key), key.subject.subject());
                Ok(write(self.shard_of_crowd(&crowd)).change_claimed(crowd, name, now, transition))
            }
        }
    }

    /// Looks at a subject's record; at an empty one where there is none.
    fn read<T>(&self, key: Key<'_>, look: impl FnOnce(&SubjectRecord, SystemTime) -> T) -> T {
        let now = self.clock.now();
        let look = |record: Option<&SubjectRecord>| match record {
            Some(record) => look(record, now),
            None => look(&SubjectRecord::default(), now),
        };
        match key.subject.authentication() {
            Authentication::LoggedIn | Authentication::KnownBrowser => {
                read(&self.shards[key.place(SHARDS)], |shard| look(shard.subject(&key)))
            }
            Authentication::Claimed => {
                let crowd = self.crowd_key(key);
                read(self.shard_of_crowd(&crowd), |shard| look(shard.claimed(&crowd, key.subject.subject())))
            }
        }
    }

    fn crowd_key(&self, key: Key<'_>) -> ClaimedNamesKey {
        let crowd = key.hash % self.crowds as u64;
        (key.subject.tenant().clone(), usize::try_from(crowd).unwrap_or_default())
    }

    fn shard_of_crowd(&self, key: &ClaimedNamesKey) -> &RwLock<Shard> {
        // The map inside hashes with another seed, so that one shard's keys spread over its buckets.
        let hash = self.hasher.hash_one(key);
        &self.shards[usize::try_from(hash % SHARDS as u64).unwrap_or_default()]
    }

    /// Finds the decision under a lock that others may hold as well; only using one up takes the lock for itself.
    fn claim(&self, claim: DecisionClaim<'_>) -> ClaimOutcome {
        let DecisionClaim { owner, policy, intent } = claim;
        let found = self.read(owner.into(), |record, now| {
            let claimed = record.find_decision(owner.host_session(), policy, intent, now)?;
            Ok((!claimed.uses_up).then(|| Arc::clone(claimed.decision)))
        });
        match found {
            Err(refused) => Ok(Err(refused)),
            Ok(Some(decision)) => Ok(Ok(decision)),
            Ok(None) => self.write(owner.into(), |record, now| {
                record.claim_decision(owner.host_session(), policy, intent, now)
            }),
        }
    }
}

#[async_trait]
impl Backend for MemoryStore {
    async fn change(
        &self,
        subject: &SubjectKey,
        _: StoreOperation,
        transition: &mut Transition<'_>,
    ) -> Result<(), StoreError> {
        self.write(subject.into(), |record, now| transition(record, Moment::of_one_clock(now)))
    }

    async fn look(
        &self,
        subject: &SubjectKey,
        _: StoreOperation,
        look: &mut Look<'_>,
    ) -> Result<(), StoreError> {
        self.read(subject.into(), |record, now| look(record, Moment::of_one_clock(now)));
        Ok(())
    }

    async fn revoke_tenant(&self, tenant: &Tenant, revoked: Revoked<'_>) -> Result<(), StoreError> {
        self.shards.iter().for_each(|shard| write(shard).revoke(tenant, revoked));
        Ok(())
    }

    fn claim_at_once(&self, claim: DecisionClaim<'_>) -> Option<ClaimOutcome> {
        Some(self.claim(claim))
    }

    fn scope(&self) -> StoreScope {
        StoreScope::Process
    }

    fn memory(&self) -> Option<usize> {
        Some(std::ptr::from_ref(self).addr())
    }
}

impl Default for MemoryStore {
    fn default() -> Self {
        Self::new()
    }
}

impl fmt::Debug for MemoryStore {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("MemoryStore").field("subjects", &self.len()).finish_non_exhaustive()
    }
}

// A panic inside a transition cannot leave a record half-changed in a way that opens a route: every transition
// that grants does so with its last write. So a poisoned lock is taken over rather than turned into an outage.
fn write(shard: &RwLock<Shard>) -> RwLockWriteGuard<'_, Shard> {
    shard.write().unwrap_or_else(PoisonError::into_inner)
}

fn read<T>(shard: &RwLock<Shard>, look: impl FnOnce(&Shard) -> T) -> T {
    look(&shard.read().unwrap_or_else(PoisonError::into_inner))
}

const SHARDS: usize = 64;
const DEFAULT_CAPACITY: usize = 1_000_000;
/// As in [`StoreKey`](super::shared::StoreKey).
const DEFAULT_CLAIMED: usize = 262_144;

#[cfg(all(test, not(shuttle)))]
mod tests {
    use std::time::Duration;

    use super::*;
    use crate::Limits;
    use crate::clock::ManualClock;
    use crate::principal::{HostSession, Principal, Subject};
    use crate::store::DecisionStore;

    #[tokio::test]
    async fn claimed_names_keep_out_neither_those_who_are_logged_in_nor_each_other() {
        let clock = Arc::new(ManualClock::default());
        let store = MemoryStore::with_clock(Arc::clone(&clock) as Arc<dyn Clock>);
        let memory = Arc::new(store.capacity(64 * 8).claimed_names(128));
        let store = DecisionStore::from(Arc::clone(&memory));
        let limits = Limits::default();
        let claim = |n: usize| {
            let subject = Subject::parse(&format!("name-{n}")).unwrap();
            Principal::claimed(Tenant::default(), subject, "web").unwrap()
        };
        for n in 0..5_000 {
            store.reserve_start(&claim(n), &limits).await.unwrap().unwrap();
        }
        assert!((1..=128).contains(&memory.len()), "{}", memory.len());
        for n in 0..64 {
            let member = Principal::new(&format!("member-{n}"), HostSession::parse("s").unwrap()).unwrap();
            store.reserve_start(&member, &limits).await.unwrap().unwrap();
        }
        assert!(memory.len() > 64);
        clock.advance(Duration::from_secs(25 * 3600));
        for n in 0..5_000 {
            store.reserve_start(&claim(n), &limits).await.unwrap().unwrap();
        }
        assert!(memory.len() <= 128, "what is over is forgotten");
    }
}

#[cfg(all(test, shuttle))]
#[path = "interleavings.rs"]
mod interleavings;
