//! What is remembered: bounded, sharded, and forgotten in time.

use std::collections::HashMap;
use std::collections::hash_map::RandomState;
use std::hash::BuildHasher as _;
use std::sync::{Arc, PoisonError, RwLock};
use std::time::{Duration, SystemTime};

use tokio::time::Instant;

use super::validity::{Stamp, Validity};
use crate::decision::Decision;
use crate::policy::Policy;
use crate::principal::{HostSession, Principal, SubjectKey};

/// Decisions that the store has granted a moment ago.
#[derive(Debug)]
pub(super) struct Cache {
    shards: Vec<RwLock<Shard>>,
    hasher: RandomState,
    /// What of them still counts.
    pub(super) validity: Validity,
}

/// How much is held, and for how long.
#[derive(Clone, Copy, Debug)]
pub(super) struct Bounds {
    pub(super) subjects: usize,
    pub(super) time_to_live: Duration,
}

#[derive(Debug, Default)]
struct Shard {
    held: HashMap<SubjectKey, Vec<Held>>,
}

#[derive(Debug)]
struct Held {
    host_session: HostSession,
    decision: Arc<Decision>,
    asked: Asked,
}

/// When the store was asked, and what had changed until then.
#[derive(Clone, Copy, Debug)]
pub(super) struct Asked {
    pub(super) stamp: Stamp,
    /// By the clock, which can be set.
    pub(super) at: SystemTime,
    /// By one that only goes on.
    pub(super) since: Instant,
}

impl Cache {
    pub(super) fn new() -> Self {
        Self {
            shards: (0..SHARDS).map(|_| RwLock::default()).collect(),
            hasher: RandomState::new(),
            validity: Validity::shut_at_first(),
        }
    }

    /// The newest decision that opens `policy` for `owner` at this moment.
    pub(super) fn find(
        &self,
        owner: &Principal,
        policy: &Policy,
        now: SystemTime,
        bounds: Bounds,
    ) -> Option<Arc<Decision>> {
        let shard = self.shard(owner.key()).read().unwrap_or_else(PoisonError::into_inner);
        let opens = |held: &&Held| {
            held.host_session == *owner.host_session()
                && held.asked.is_fresh(now, bounds.time_to_live)
                && self.validity.counts(&held.asked.stamp)
                && held.decision.admits(policy, None, now).is_ok()
        };
        let held = shard.held.get(owner.key())?.iter().rev().find(opens)?;
        Some(Arc::clone(&held.decision))
    }

    /// Remembers what the store has granted.
    pub(super) fn keep(&self, owner: &Principal, decision: Arc<Decision>, asked: Asked, bounds: Bounds) {
        let held = Held { host_session: owner.host_session().clone(), decision, asked };
        let is_same = |other: &Held| {
            other.host_session == held.host_session && other.decision.id() == held.decision.id()
        };
        let counts = |held: &Held| {
            held.asked.is_fresh(asked.at, bounds.time_to_live) && self.validity.counts(&held.asked.stamp)
        };
        let mut shard = self.shard(owner.key()).write().unwrap_or_else(PoisonError::into_inner);
        if !shard.held.contains_key(owner.key()) {
            shard.make_room(bounds.subjects.div_ceil(SHARDS), counts);
        }
        let of_subject = shard.held.entry(owner.key().clone()).or_default();
        of_subject.retain(|other| counts(other) && !is_same(other));
        if of_subject.len() >= MAX_OF_SUBJECT {
            of_subject.remove(0);
        }
        of_subject.push(held);
    }

    /// Forgets everything.
    pub(super) fn clear(&self) {
        for shard in &self.shards {
            shard.write().unwrap_or_else(PoisonError::into_inner).held = HashMap::new();
        }
    }

    /// How many subjects' decisions it holds, those that are over included.
    pub(super) fn len(&self) -> usize {
        self.shards.iter().map(|shard| shard.read().unwrap_or_else(PoisonError::into_inner).held.len()).sum()
    }

    fn shard(&self, key: &SubjectKey) -> &RwLock<Shard> {
        let hash = self.hasher.hash_one(key);
        &self.shards[usize::try_from(hash % SHARDS as u64).unwrap_or_default()]
    }
}

impl Shard {
    /// A full shard drops what is over or, where all of it counts, the first entry that it meets.
    fn make_room(&mut self, subjects: usize, counts: impl Fn(&Held) -> bool) {
        if self.held.len() < subjects {
            return;
        }
        self.held.retain(|_, of_subject| of_subject.iter().any(&counts));
        while self.held.len() >= subjects.max(1) {
            let Some(first) = self.held.keys().next().cloned() else { return };
            self.held.remove(&first);
        }
    }
}

impl Asked {
    /// A clock that was set back does not make it last: the answer then is from the future.
    fn is_fresh(&self, now: SystemTime, time_to_live: Duration) -> bool {
        let by_the_clock = now.duration_since(self.at).is_ok_and(|age| age < time_to_live);
        by_the_clock && self.since.elapsed() < time_to_live
    }
}

const SHARDS: usize = 64;
/// Host sessions and policies together.
const MAX_OF_SUBJECT: usize = 8;

#[cfg(test)]
mod tests {
    use super::*;
    use crate::clock::{Clock as _, ManualClock};
    use crate::policy::Threshold;
    use crate::store::near::validity::Place;

    #[test]
    fn no_more_is_held_than_there_is_room_for_and_what_is_over_goes_first() {
        let (cache, clock) = (Cache::new(), ManualClock::default());
        cache.validity.open();
        let bounds = Bounds { subjects: 128, time_to_live: Duration::from_secs(2) };
        let policy = Policy::for_session("statement", Threshold::vendor_verdict_only());
        let keep = |name: String| {
            let stamp = cache.validity.stamp(Place::of_hash(1)).unwrap();
            let asked = Asked { stamp, at: clock.now(), since: Instant::now() };
            let owner = Principal::new(&name, HostSession::parse("s").unwrap()).unwrap();
            let decision = crate::decision::sample::sample(&policy, None, clock.now());
            cache.keep(&owner, Arc::new(decision), asked, bounds);
            owner
        };
        for n in 0..1_000 {
            let owner = keep(format!("user-{n}"));
            assert!(cache.find(&owner, &policy, clock.now(), bounds).is_some(), "the newest is always held");
        }
        assert!((65..=128).contains(&cache.len()), "{}", cache.len());
        for _ in 0..100 {
            let owner = keep("one".to_owned());
            assert!(cache.find(&owner, &policy, clock.now(), bounds).is_some());
        }
        assert!(cache.len() <= 128, "many decisions of one subject are one entry");
        cache.clear();
        assert_eq!(cache.len(), 0);
    }
}
