//! Which remembered answers still count.

use std::sync::atomic::{AtomicU64, Ordering};

use crate::store::shared::RecordId;

/// Counts changes. An answer that is to be remembered carries a [`Stamp`] from before the store was asked; it counts for
/// as long as nothing has changed since. So there is nothing to find and remove when something changes, and an answer that
/// was on its way at that moment never counts.
#[derive(Debug)]
pub(super) struct Validity {
    /// Odd while changes are being announced; any other number than the stamp's voids everything.
    era: AtomicU64,
    /// Changes, by where the record's id falls. Records that fall together void each other, which costs a question.
    changes: Box<[AtomicU64]>,
}

/// The state of a record's place before the store was asked.
#[derive(Clone, Copy, Debug)]
pub(super) struct Stamp {
    era: u64,
    place: Place,
    changes: u64,
}

/// Where a record falls.
#[derive(Clone, Copy, Debug)]
pub(super) struct Place(usize);

impl Place {
    pub(super) fn of(id: &RecordId) -> Self {
        let (first, _) = id.as_bytes().split_first_chunk().unwrap_or((&[0; 8], &[]));
        Self::of_hash(u64::from_be_bytes(*first))
    }

    pub(super) fn of_hash(hash: u64) -> Self {
        Self(usize::try_from(hash % PLACES as u64).unwrap_or_default())
    }
}

impl Validity {
    /// Nothing counts until it is [opened](Self::open).
    pub(super) fn shut_at_first() -> Self {
        Self { era: AtomicU64::new(0), changes: (0..PLACES).map(|_| AtomicU64::new(0)).collect() }
    }

    /// What is stamped from now on counts.
    pub(super) fn open(&self) {
        let _ = self.era.fetch_update(Ordering::SeqCst, Ordering::SeqCst, |era| Some((era + 1) | 1));
    }

    /// Nothing counts any more.
    pub(super) fn shut(&self) {
        let _ = self.era.fetch_update(Ordering::SeqCst, Ordering::SeqCst, |era| Some((era | 1) + 1));
    }

    /// Nothing that was stamped so far counts any more; what is stamped from now on does, unless it is shut.
    pub(super) fn void_all(&self) {
        let again = |era: u64| (era % 2 == 1).then_some(era + 2);
        let _ = self.era.fetch_update(Ordering::SeqCst, Ordering::SeqCst, again);
    }

    pub(super) fn is_open(&self) -> bool {
        self.era.load(Ordering::SeqCst) % 2 == 1
    }

    /// To be taken before the store is asked; `None` while nothing would count.
    pub(super) fn stamp(&self, place: Place) -> Option<Stamp> {
        let era = self.era.load(Ordering::SeqCst);
        let changes = self.changes[place.0].load(Ordering::SeqCst);
        (era % 2 == 1).then_some(Stamp { era, place, changes })
    }

    pub(super) fn counts(&self, stamp: &Stamp) -> bool {
        self.era.load(Ordering::SeqCst) == stamp.era
            && self.changes[stamp.place.0].load(Ordering::SeqCst) == stamp.changes
    }

    /// A record that falls here has changed.
    pub(super) fn note_change(&self, place: Place) {
        self.changes[place.0].fetch_add(1, Ordering::SeqCst);
    }
}

/// 128 KiB altogether. With 1,000 changes a second, an answer is voided by a stranger's once in 16 seconds.
const PLACES: usize = 16 * 1024;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_change_voids_what_was_stamped_before_it() {
        let validity = Validity::shut_at_first();
        validity.open();
        let (here, there) = (Place::of_hash(7), Place::of_hash(8));
        let (before, other) = (validity.stamp(here).unwrap(), validity.stamp(there).unwrap());
        assert!(validity.counts(&before));
        validity.note_change(here);
        assert!(!validity.counts(&before) && validity.counts(&other));
        assert!(validity.counts(&validity.stamp(here).unwrap()));
    }

    #[test]
    fn nothing_counts_while_shut_and_nothing_from_before_it_afterwards() {
        let validity = Validity::shut_at_first();
        assert!(validity.stamp(Place::of_hash(7)).is_none() && !validity.is_open());
        validity.open();
        let before = validity.stamp(Place::of_hash(7)).unwrap();
        validity.shut();
        assert!(!validity.counts(&before) && validity.stamp(Place::of_hash(7)).is_none());
        validity.shut();
        validity.open();
        assert!(validity.is_open() && !validity.counts(&before));
        let again = validity.stamp(Place::of_hash(7)).unwrap();
        validity.open();
        assert!(validity.is_open() && !validity.counts(&again), "opened anew is a new beginning");
        let last = validity.stamp(Place::of_hash(7)).unwrap();
        validity.void_all();
        assert!(validity.is_open() && !validity.counts(&last));
        validity.shut();
        validity.void_all();
        assert!(!validity.is_open(), "what is shut stays shut");
    }
}
