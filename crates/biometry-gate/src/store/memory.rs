//! The store of a single process: sharded, bounded, expiring.

use std::collections::hash_map::RandomState;
use std::fmt;
use std::hash::BuildHasher as _;
use std::sync::{Arc, PoisonError};
#[cfg(not(shuttle))]
use std::sync::{RwLock, RwLockWriteGuard};
use std::time::{Duration, SystemTime};

use async_trait::async_trait;
#[cfg(shuttle)]
use shuttle::sync::{RwLock, RwLockWriteGuard};

use super::shard::{ClaimedNamesKey, Shard};
use super::table::Key;
use super::{DecisionStore, Revocation, StoreError};
use crate::clock::{Clock, SystemClock};
use crate::consent::{Consent, OwedWithdrawal, Receipt};
use crate::decision::Decision;
use crate::id::{ClaimId, DecisionId, IntentId, ReturnHandle, SessionId};
use crate::intent::{IntentDigest, PendingIntent};
use crate::ledger::{
    AuxiliaryOutcome, AuxiliarySettled, AuxiliaryUpload, Begun, ClaimedNames, Errands, Limited, Limits,
    NotBegun, Refused, ReturnTarget, Settled, Settlement, SubjectRecord, Upload,
};
use crate::policy::Policy;
use crate::principal::{Principal, Realm, SubjectKey};
use crate::session::{NewSession, Session, SessionView};

/// Keeps ledgers in this process. What it holds is gone with the process, and other replicas do not see it.
///
/// It holds 1,000,000 subjects unless told otherwise. Where it is full it refuses newcomers and keeps what it has: a
/// crowd of strangers does not push out anybody's lock-out. Names that are merely claimed, by browsers that want to sign
/// in, are kept apart, 262,144 of each tenant unless told otherwise; there the new ones push out old ones: see [`ClaimedNames`].
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

    /// A store on a clock of your own.
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

    /// Holds this many subjects at the most, claimed names apart, rounded up to a multiple of 64; 1,000,000 by default.
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

    /// Whether it holds nobody.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Applies one transition to a subject's ledger while nobody else can.
    fn change<'a, T>(
        &self,
        whose: impl Into<Key<'a>>,
        transition: impl FnOnce(&mut SubjectRecord, SystemTime) -> T,
    ) -> Result<T, StoreError> {
        let (key, now) = (whose.into(), self.clock.now());
        match key.subject.realm() {
            Realm::StepUp => {
                let mut shard = write(&self.shards[key.place(SHARDS)]);
                shard.change_subject(&key, self.capacity_of_shard, now, transition)
            }
            Realm::Login => {
                let (crowd, name) = (self.crowd_key(key), key.subject.subject());
                Ok(write(self.shard_of_crowd(&crowd)).change_claimed(crowd, name, now, transition))
            }
        }
    }

    /// Looks at a subject's ledger; at an empty one where there is none.
    fn look<'a, T>(
        &self,
        whose: impl Into<Key<'a>>,
        look: impl FnOnce(&SubjectRecord, SystemTime) -> T,
    ) -> T {
        let (key, now) = (whose.into(), self.clock.now());
        let look = |ledger: Option<&SubjectRecord>| match ledger {
            Some(ledger) => look(ledger, now),
            None => look(&SubjectRecord::default(), now),
        };
        match key.subject.realm() {
            Realm::StepUp => read(&self.shards[key.place(SHARDS)], |shard| look(shard.subject(&key))),
            Realm::Login => {
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

    fn claim(
        &self,
        owner: &Principal,
        policy: &Policy,
        intent: Option<&IntentDigest>,
    ) -> Result<Result<Arc<Decision>, Refused>, StoreError> {
        let found = self.look(owner, |ledger, now| {
            let claimed = ledger.find_decision(owner.host_session(), policy, intent, now)?;
            Ok((!claimed.uses_up).then(|| Arc::clone(claimed.decision)))
        });
        match found {
            Err(refused) => Ok(Err(refused)),
            Ok(Some(decision)) => Ok(Ok(decision)),
            Ok(None) => self.change(owner, |ledger, now| {
                ledger.claim_decision(owner.host_session(), policy, intent, now)
            }),
        }
    }
}

#[async_trait]
impl DecisionStore for MemoryStore {
    async fn reserve_start(
        &self,
        owner: &Principal,
        limits: &Limits,
    ) -> Result<Result<(), Limited>, StoreError> {
        self.change(owner, |ledger, now| ledger.reserve_start(limits, now))
    }

    async fn open_session(&self, owner: &Principal, new: NewSession) -> Result<bool, StoreError> {
        self.change(owner, |ledger, now| ledger.open_session(owner.host_session(), new, now))
    }

    async fn session(
        &self,
        owner: &Principal,
        id: Option<&SessionId>,
        limits: &Limits,
    ) -> Result<Option<SessionView>, StoreError> {
        Ok(self.look(owner, |ledger, now| ledger.view(owner.host_session(), id, limits, now)))
    }

    async fn begin_upload(
        &self,
        owner: &Principal,
        upload: &Upload,
        limits: &Limits,
    ) -> Result<Result<Begun, NotBegun>, StoreError> {
        self.change(owner, |ledger, now| ledger.begin_upload(owner.host_session(), upload, limits, now))
    }

    async fn release_upload(&self, owner: &Principal, upload: &Upload) -> Result<(), StoreError> {
        self.change(owner, |ledger, _| ledger.release_upload(owner.host_session(), upload))
    }

    async fn settle(
        &self,
        owner: &Principal,
        upload: &Upload,
        settlement: Settlement,
        limits: &Limits,
    ) -> Result<Settled, StoreError> {
        self.change(owner, |ledger, now| ledger.settle(owner.host_session(), upload, settlement, limits, now))
    }

    async fn begin_auxiliary_upload(
        &self,
        owner: &Principal,
        upload: &AuxiliaryUpload,
        limits: &Limits,
    ) -> Result<Result<Option<Session>, NotBegun>, StoreError> {
        self.change(owner, |ledger, now| {
            ledger.begin_auxiliary_upload(owner.host_session(), upload, limits, now)
        })
    }

    async fn settle_auxiliary_upload(
        &self,
        owner: &Principal,
        claim: &ClaimId,
        outcome: AuxiliaryOutcome,
        limits: &Limits,
    ) -> Result<AuxiliarySettled, StoreError> {
        self.change(owner, |ledger, now| {
            ledger.settle_auxiliary_upload(owner.host_session(), claim, outcome, limits, now)
        })
    }

    async fn end_session(
        &self,
        owner: &Principal,
        id: &SessionId,
    ) -> Result<Result<(), NotBegun>, StoreError> {
        self.change(owner, |ledger, _| ledger.end_session(owner.host_session(), id))
    }

    async fn claim_decision(
        &self,
        owner: &Principal,
        policy: &Policy,
        intent: Option<&IntentDigest>,
    ) -> Result<Result<Arc<Decision>, Refused>, StoreError> {
        self.claim(owner, policy, intent)
    }

    fn claim_at_once(
        &self,
        owner: &Principal,
        policy: &Policy,
        intent: Option<&IntentDigest>,
    ) -> Option<Result<Result<Arc<Decision>, Refused>, StoreError>> {
        Some(self.claim(owner, policy, intent))
    }

    async fn put_intent(&self, owner: &Principal, intent: PendingIntent) -> Result<IntentId, StoreError> {
        self.change(owner, |ledger, now| ledger.put_intent(owner.host_session(), intent, now))
    }

    async fn intent(
        &self,
        owner: &Principal,
        policy: &str,
        id: &IntentId,
    ) -> Result<Option<PendingIntent>, StoreError> {
        Ok(self
            .look(owner.key(), |ledger, now| ledger.intent(owner.host_session(), policy, id, now).cloned()))
    }

    async fn put_return(&self, owner: &Principal, target: ReturnTarget) -> Result<(), StoreError> {
        self.change(owner, |ledger, _| ledger.put_return(owner.host_session(), target))
    }

    async fn take_return(
        &self,
        owner: &Principal,
        handle: &ReturnHandle,
    ) -> Result<Option<String>, StoreError> {
        self.change(owner, |ledger, now| ledger.take_return(owner.host_session(), handle, now))
    }

    async fn is_valid(&self, owner: &Principal, decision: &DecisionId) -> Result<bool, StoreError> {
        Ok(self.look(owner, |ledger, now| ledger.is_valid(owner.host_session(), decision, now)))
    }

    async fn restore(&self, owner: &Principal, decision: &DecisionId) -> Result<(), StoreError> {
        self.change(owner, |ledger, now| {
            ledger.restore_decision(owner.host_session(), decision, now);
        })
    }

    async fn consent(&self, subject: &SubjectKey) -> Result<Consent, StoreError> {
        Ok(self.look(subject, |ledger, _| ledger.consent().clone()))
    }

    async fn may_sign_in(&self, subject: &SubjectKey) -> Result<bool, StoreError> {
        Ok(self.look(subject, |ledger, _| ledger.may_sign_in()))
    }

    async fn receipts(&self, subject: &SubjectKey) -> Result<Vec<Receipt>, StoreError> {
        Ok(self.look(subject, |ledger, _| ledger.receipts().to_vec()))
    }

    async fn record_consent(
        &self,
        subject: &SubjectKey,
        receipts: Vec<Receipt>,
    ) -> Result<Consent, StoreError> {
        self.change(subject, |ledger, _| {
            receipts.into_iter().for_each(|receipt| ledger.record_consent(receipt));
            ledger.consent().clone()
        })
    }

    async fn revoke(&self, what: Revocation<'_>) -> Result<(), StoreError> {
        match what {
            Revocation::HostSession(owner) => {
                self.change(owner, |ledger, _| ledger.revoke_host_session(owner.host_session()))
            }
            Revocation::Subject(subject) => self.change(subject, |ledger, _| ledger.revoke_all()),
            Revocation::Decision { owner, decision } => self.change(owner, |ledger, _| {
                ledger.revoke_decision(owner.host_session(), decision);
            }),
            Revocation::Tenant { tenant, revoked } => {
                self.shards.iter().for_each(|shard| write(shard).revoke(tenant, revoked));
                Ok(())
            }
        }
    }

    async fn rotate(&self, from: &Principal, to: &Principal) -> Result<(), StoreError> {
        self.change(from, |ledger, _| {
            ledger.rotate_host_session(from.host_session(), to.host_session().clone());
        })
    }

    async fn unlock(&self, subject: &SubjectKey) -> Result<(), StoreError> {
        self.change(subject, |ledger, _| ledger.unlock())
    }

    async fn take_errands(&self, subject: &SubjectKey) -> Result<Errands, StoreError> {
        self.change(subject, SubjectRecord::take_errands)
    }

    async fn ack_withdrawal(
        &self,
        subject: &SubjectKey,
        withdrawal: &OwedWithdrawal,
    ) -> Result<(), StoreError> {
        self.change(subject, |ledger, _| ledger.ack_withdrawal(withdrawal))
    }

    async fn mark_delivered(
        &self,
        delivery: &SubjectKey,
        claim: &ClaimId,
        keep: Duration,
    ) -> Result<bool, StoreError> {
        self.change(delivery, |ledger, now| ledger.mark_delivered(claim, now + keep, now))
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

// A panic inside a transition cannot leave a ledger half-changed in a way that lets somebody in: every transition
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
    use super::*;
    use crate::clock::ManualClock;
    use crate::principal::{Subject, Tenant};

    #[tokio::test]
    async fn claimed_names_keep_out_neither_those_who_are_logged_in_nor_each_other() {
        let clock = Arc::new(ManualClock::default());
        let store = MemoryStore::with_clock(Arc::clone(&clock) as Arc<dyn Clock>);
        let store = store.capacity(64 * 8).claimed_names(128);
        let limits = Limits::default();
        let claim = |n: usize| {
            let subject = Subject::parse(&format!("name-{n}")).unwrap();
            Principal::claimed(Tenant::default(), subject, "web").unwrap()
        };
        for n in 0..5_000 {
            store.reserve_start(&claim(n), &limits).await.unwrap().unwrap();
        }
        assert!((1..=128).contains(&store.len()), "{}", store.len());
        for n in 0..64 {
            let member = Principal::new(&format!("member-{n}"), "s").unwrap();
            store.reserve_start(&member, &limits).await.unwrap().unwrap();
        }
        assert!(store.len() > 64);
        clock.advance(Duration::from_secs(25 * 3600));
        for n in 0..5_000 {
            store.reserve_start(&claim(n), &limits).await.unwrap().unwrap();
        }
        assert!(store.len() <= 128, "what is over is forgotten");
    }
}

#[cfg(all(test, shuttle))]
#[path = "interleavings.rs"]
mod interleavings;
