//! What this process has replaced lately: a record that comes back was put back.

use std::collections::{HashSet, VecDeque};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, SystemTime};

use super::Tag;

/// The tags of writes that this process has seen and replaced.
#[derive(Default)]
pub(super) struct Lately(Mutex<Replaced>);

#[derive(Default)]
struct Replaced {
    tags: HashSet<Tag>,
    order: VecDeque<(SystemTime, Tag)>,
}

impl Lately {
    /// This write is not there any longer.
    pub(super) fn replace(&self, tag: Tag, now: SystemTime) {
        let mut replaced = self.lock();
        replaced.forget(now);
        if replaced.tags.insert(tag) {
            replaced.order.push_back((now, tag));
        }
    }

    /// Whether this process has replaced it lately.
    pub(super) fn has_replaced(&self, tag: &Tag) -> bool {
        self.lock().tags.contains(tag)
    }

    fn lock(&self) -> MutexGuard<'_, Replaced> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Replaced {
    /// Makes room for one.
    fn forget(&mut self, now: SystemTime) {
        let is_old = |at: SystemTime| now.duration_since(at).is_ok_and(|age| age >= KEPT);
        while let Some((at, tag)) = self.order.front().copied()
            && (self.order.len() >= MOST || is_old(at))
        {
            self.order.pop_front();
            self.tags.remove(&tag);
        }
    }
}

const KEPT: Duration = Duration::from_secs(600);
/// A hundred bytes each.
const MOST: usize = 16_384;

#[cfg(test)]
mod tests {
    use super::*;

    fn tag(n: u64) -> Tag {
        let mut bytes = [0; Tag::LEN];
        bytes[..8].copy_from_slice(&n.to_be_bytes());
        Tag::new(bytes)
    }

    #[test]
    fn what_was_replaced_is_known_for_a_while_and_within_bounds() {
        let at = |seconds| SystemTime::UNIX_EPOCH + Duration::from_secs(seconds);
        let lately = Lately::default();
        lately.replace(tag(0), at(0));
        lately.replace(tag(1), at(599));
        assert!(
            lately.has_replaced(&tag(0)) && lately.has_replaced(&tag(1)) && !lately.has_replaced(&tag(2))
        );
        lately.replace(tag(2), at(600));
        assert!(!lately.has_replaced(&tag(0)) && lately.has_replaced(&tag(1)));
        for n in 10..100_000 {
            lately.replace(tag(n), at(600));
        }
        assert_eq!(lately.lock().tags.len(), MOST);
        assert_eq!(lately.lock().order.len(), MOST);
    }
}
