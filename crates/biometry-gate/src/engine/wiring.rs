//! Mistakes in a host's wiring that show only while requests come. The log names each of them once.

use std::collections::HashMap;
use std::hash::{BuildHasher as _, RandomState};
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};
use std::sync::{Arc, LazyLock, Mutex, PoisonError, Weak};

use crate::principal::Principal;

/// What a gate has seen of the host around it.
#[derive(Debug, Default)]
pub(crate) struct Wiring {
    has_named: AtomicBool,
    unnamed: AtomicU32,
    has_routes: AtomicBool,
    said_no_routes: AtomicBool,
    said_around_mount: AtomicBool,
    keys: FirstKeys,
}

/// Whose the first keys of host sessions were, as hashes: a key that a host makes up is soon another user's, too.
#[derive(Debug, Default)]
struct FirstKeys {
    looked_at: AtomicU32,
    subjects: Mutex<HashMap<u64, u64>>,
}

/// Held by each gate whose decisions lie in a memory of this process.
#[derive(Debug)]
pub(crate) struct OwnMemory(#[expect(dead_code, reason = "it is counted, and never read")] Arc<()>);

impl Wiring {
    /// The host's resolver has answered.
    pub(crate) fn note_caller(&self, caller: Option<&Principal>) {
        match caller {
            Some(principal) => {
                if !self.has_named.load(Ordering::Relaxed) {
                    self.has_named.store(true, Ordering::Relaxed);
                }
                self.keys.look_at(principal);
            }
            None => self.note_unnamed(),
        }
    }

    fn note_unnamed(&self) {
        let may_be_wrong =
            !self.has_named.load(Ordering::Relaxed) && self.unnamed.load(Ordering::Relaxed) < MOST_UNNAMED;
        if may_be_wrong && self.unnamed.fetch_add(1, Ordering::Relaxed) + 1 == MOST_UNNAMED {
            tracing::warn!(
                "the host has named no caller in the first {MOST_UNNAMED} requests: where users are logged in by now, \
                 put the login layer outside of the gates and of the mounted routes, so that it runs before them"
            );
        }
    }

    /// The mounted routes were made.
    pub(crate) fn note_routes(&self) {
        self.has_routes.store(true, Ordering::Relaxed);
    }

    /// A gate has refused a request with a challenge.
    pub(crate) fn note_challenge(&self, starts_session: bool) {
        if starts_session && !self.said_around_mount.swap(true, Ordering::Relaxed) {
            tracing::error!(
                "a gate stands around its own mounted routes, so that a step-up would take a step-up: mount the routes \
                 outside of the gate. Where `POST …/session/start` is a route of the host, name the mount with \
                 `Refusing::mounted_at`"
            );
        }
        if !self.has_routes.load(Ordering::Relaxed) && !self.said_no_routes.swap(true, Ordering::Relaxed) {
            tracing::warn!(
                "a gate has asked for a step-up, and this process has made no routes for it: mount `routes`, unless \
                 another process serves them"
            );
        }
    }
}

impl FirstKeys {
    fn look_at(&self, principal: &Principal) {
        if self.looked_at.load(Ordering::Relaxed) >= MOST_KEYS
            || self.looked_at.fetch_add(1, Ordering::Relaxed) >= MOST_KEYS
        {
            return;
        }
        let key = HASHES.hash_one(principal.host_session());
        let subject = HASHES.hash_one(principal.key());
        let mut subjects = self.subjects.lock().unwrap_or_else(PoisonError::into_inner);
        if *subjects.entry(key).or_insert(subject) != subject {
            self.looked_at.store(MOST_KEYS, Ordering::Relaxed);
            subjects.clear();
            tracing::warn!(
                "one key of a host session has come with two subjects: each login has to draw a key of its own, and no \
                 constant is one"
            );
        }
    }
}

/// In which memories gates keep their decisions, for as long as there are such gates.
#[derive(Debug)]
struct Memories(Vec<(usize, Weak<()>)>);

impl OwnMemory {
    /// A gate of this process keeps its decisions in this memory.
    pub(crate) fn claim(memory: usize) -> Self {
        let (own, is_alone) = MEMORIES.lock().unwrap_or_else(PoisonError::into_inner).claim(memory);
        if !is_alone {
            tracing::warn!(
                "this process has several gates with a memory store each, and a decision made at one is unknown at the \
                 others: build one gate, outside of what runs for each worker, and clone it, or give all of them one \
                 store"
            );
        }
        own
    }
}

impl Memories {
    /// Counts a gate; answers whether all others use this memory, too.
    fn claim(&mut self, memory: usize) -> (OwnMemory, bool) {
        self.0.retain(|(_, gates)| gates.strong_count() > 0);
        let is_alone = self.0.iter().all(|(other, _)| *other == memory);
        let known = self.0.iter().find(|(other, _)| *other == memory);
        let own = known.and_then(|(_, gates)| gates.upgrade()).unwrap_or_else(|| {
            let first = Arc::new(());
            self.0.push((memory, Arc::downgrade(&first)));
            first
        });
        (OwnMemory(own), is_alone)
    }
}

static HASHES: LazyLock<RandomState> = LazyLock::new(RandomState::new);
static MEMORIES: Mutex<Memories> = Mutex::new(Memories(Vec::new()));
const MOST_UNNAMED: u32 = 10;
const MOST_KEYS: u32 = 1_000;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn gates_over_one_memory_are_alone_with_it() {
        let mut memories = Memories(Vec::new());
        let (first, is_alone) = memories.claim(1);
        assert!(is_alone);
        let (second, is_alone) = memories.claim(1);
        assert!(is_alone, "both gates keep their decisions in one store");
        let (other, is_alone) = memories.claim(2);
        assert!(!is_alone);
        drop((first, second));
        assert!(memories.claim(2).1, "the gates over the first are gone");
        drop(other);
        assert!(memories.claim(3).1);
        assert_eq!(memories.0.len(), 1);
    }
}
