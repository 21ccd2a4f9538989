//! What this process has replaced lately: a record that comes back was put back.

use std::collections::{HashMap, VecDeque};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, SystemTime};

use super::Tag;

/// The tags of writes that this process has seen and replaced.
#[derive(Default)]
pub(super) struct Lately(Mutex<Replaced>);

#[derive(Default)]
struct Replaced {
    /// The number of each replacement, counted from 1.
    tags: HashMap<Tag, u64>,
    order: VecDeque<(SystemTime, Tag)>,
    count: u64,
}

impl Lately {
    /// This write is not there any longer.
    pub(super) fn replace(&self, tag: Tag, now: SystemTime) {
        let mut replaced = self.lock();
        replaced.forget(now);
        replaced.count = replaced.count.saturating_add(1);
        let count = replaced.count;
        if replaced.tags.insert(tag, count).is_none() {
            replaced.order.push_back((now, tag));
        }
    }

    /// How many replacements there have been: noted before a read, it shows later which ones the read must know.
    pub(super) fn count(&self) -> u64 {
        self.lock().count
    }

    /// Whether it was among the first `count` replacements. A read that was under way during a replacement may still return
    /// what was there before; one that began afterwards may not.
    pub(super) fn had_replaced(&self, tag: &Tag, count: u64) -> bool {
        self.lock().tags.get(tag).is_some_and(|number| *number <= count)
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
        let has_replaced = |n| lately.had_replaced(&tag(n), lately.count());
        lately.replace(tag(0), at(0));
        lately.replace(tag(1), at(599));
        assert!(has_replaced(0) && has_replaced(1) && !has_replaced(2));
        lately.replace(tag(2), at(600));
        assert!(!has_replaced(0) && has_replaced(1));
        for n in 10..100_000 {
            lately.replace(tag(n), at(600));
        }
        assert_eq!(lately.lock().tags.len(), MOST);
        assert_eq!(lately.lock().order.len(), MOST);
    }

    #[test]
    fn a_read_that_was_under_way_may_return_what_was_replaced_meanwhile() {
        let lately = Lately::default();
        let before = lately.count();
        lately.replace(tag(0), SystemTime::UNIX_EPOCH);
        assert!(!lately.had_replaced(&tag(0), before));
        assert!(lately.had_replaced(&tag(0), lately.count()));
    }
}
