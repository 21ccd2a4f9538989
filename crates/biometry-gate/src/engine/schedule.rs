use std::collections::{BTreeMap, HashMap};
use std::time::{Duration, SystemTime};

use crate::principal::SubjectKey;

/// Whose outbox to flush, and when. A full schedule drops the entry that is farthest away: a later request about that
/// subject flushes its outbox.
#[derive(Debug, Default)]
pub(crate) struct Schedule {
    by_time: BTreeMap<Place, SubjectKey>,
    by_subject: HashMap<SubjectKey, Place>,
    next: u64,
    is_watched: bool,
}

/// A moment, and a number that keeps entries of the same moment apart.
type Place = (SystemTime, u64);

impl Schedule {
    /// Notes `subject` for this moment, unless an earlier one was noted before.
    pub(crate) fn put(&mut self, subject: &SubjectKey, at: SystemTime) {
        if let Some(&place) = self.by_subject.get(subject) {
            if place.0 <= at {
                return;
            }
            self.by_time.remove(&place);
        }
        self.next = self.next.wrapping_add(1);
        let place = (at, self.next);
        self.by_subject.insert(subject.clone(), place);
        self.by_time.insert(place, subject.clone());
        if self.by_time.len() > CAPACITY
            && let Some((_, farthest)) = self.by_time.pop_last()
        {
            self.by_subject.remove(&farthest);
        }
    }

    /// A subject whose time has come.
    pub(crate) fn take_due(&mut self, now: SystemTime) -> Option<SubjectKey> {
        let first = self.by_time.first_entry().filter(|first| first.key().0 <= now)?;
        let subject = first.remove();
        self.by_subject.remove(&subject);
        Some(subject)
    }

    /// The next subject, whether or not its time has come.
    pub(crate) fn take_any(&mut self) -> Option<SubjectKey> {
        let (_, subject) = self.by_time.pop_first()?;
        self.by_subject.remove(&subject);
        Some(subject)
    }

    /// How long there is nothing to do; `None` where there is nothing to do at all.
    pub(crate) fn rest(&self, now: SystemTime) -> Option<Duration> {
        let (at, _) = self.by_time.keys().next()?;
        Some(at.duration_since(now).unwrap_or_default())
    }

    /// Marks the schedule as watched; answers whether it was not before.
    pub(crate) fn watch(&mut self) -> bool {
        !std::mem::replace(&mut self.is_watched, true)
    }

    /// Marks the schedule as no longer watched.
    pub(crate) fn unwatch(&mut self) {
        self.is_watched = false;
    }
}

const CAPACITY: usize = 100_000;

#[cfg(test)]
mod tests {
    use super::*;
    use crate::principal::{HostSession, Principal};

    fn at(seconds: u64) -> SystemTime {
        SystemTime::UNIX_EPOCH + Duration::from_secs(seconds)
    }

    fn subject(name: &str) -> SubjectKey {
        Principal::new(name, HostSession::parse("s").unwrap()).unwrap().key().clone()
    }

    #[test]
    fn each_subject_is_due_once_and_at_the_earliest_moment_that_was_noted() {
        let mut schedule = Schedule::default();
        schedule.put(&subject("ana"), at(30));
        schedule.put(&subject("ben"), at(20));
        schedule.put(&subject("ana"), at(10));
        schedule.put(&subject("ana"), at(40));
        assert_eq!(schedule.rest(at(4)), Some(Duration::from_secs(6)));
        assert!(schedule.take_due(at(9)).is_none());
        assert!(schedule.take_due(at(50)) == Some(subject("ana")));
        assert!(schedule.take_due(at(50)) == Some(subject("ben")));
        assert!(schedule.take_due(at(50)).is_none());
        assert_eq!(schedule.rest(at(50)), None);
    }

    #[test]
    fn the_farthest_make_room() {
        let mut schedule = Schedule::default();
        let count = u64::try_from(CAPACITY).unwrap();
        (0..=count).rev().for_each(|n| schedule.put(&subject(&format!("s{n}")), at(n)));
        assert_eq!(schedule.by_subject.len(), CAPACITY);
        assert!(!schedule.by_subject.contains_key(&subject(&format!("s{count}"))));
        assert!(schedule.take_any() == Some(subject("s0")));
    }
}
