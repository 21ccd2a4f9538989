use std::collections::{BTreeMap, HashMap};
use std::time::{Duration, SystemTime};

use crate::principal::SubjectKey;

/// Whom to look after, and when. Where it is full, the ones whose time is farthest away make room: somebody else finds
/// their errands.
#[derive(Debug, Default)]
pub(crate) struct Agenda {
    by_time: BTreeMap<Place, SubjectKey>,
    by_subject: HashMap<SubjectKey, Place>,
    next: u64,
    is_watched: bool,
}

/// A moment, and a number that tells entries of the same moment apart.
type Place = (SystemTime, u64);

impl Agenda {
    /// Notes to look after `subject` at this moment, or earlier where that was noted before.
    pub(crate) fn put(&mut self, subject: &SubjectKey, at: SystemTime) {
        if let Some(&place) = self.by_subject.get(subject) {
            if place.0 <= at {
                return;
            }
            self.by_time.remove(&place);
        }
        self.next += 1;
        let place = (at, self.next);
        self.by_subject.insert(subject.clone(), place);
        self.by_time.insert(place, subject.clone());
        if self.by_time.len() > CAPACITY
            && let Some((_, farthest)) = self.by_time.pop_last()
        {
            self.by_subject.remove(&farthest);
        }
    }

    /// Somebody whose time has come.
    pub(crate) fn take_due(&mut self, now: SystemTime) -> Option<SubjectKey> {
        let first = self.by_time.first_entry().filter(|first| first.key().0 <= now)?;
        let subject = first.remove();
        self.by_subject.remove(&subject);
        Some(subject)
    }

    /// Anybody, whether or not their time has come.
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

    /// Puts somebody on watch. Answers whether nobody was.
    pub(crate) fn watch(&mut self) -> bool {
        !std::mem::replace(&mut self.is_watched, true)
    }

    /// The watch is over.
    pub(crate) fn unwatch(&mut self) {
        self.is_watched = false;
    }
}

const CAPACITY: usize = 100_000;

#[cfg(test)]
mod tests {
    use super::*;
    use crate::principal::Principal;

    fn at(seconds: u64) -> SystemTime {
        SystemTime::UNIX_EPOCH + Duration::from_secs(seconds)
    }

    fn subject(name: &str) -> SubjectKey {
        Principal::new(name, "s").unwrap().key().clone()
    }

    #[test]
    fn everybody_is_looked_after_once_and_at_the_earliest_moment_that_was_noted() {
        let mut agenda = Agenda::default();
        agenda.put(&subject("ana"), at(30));
        agenda.put(&subject("ben"), at(20));
        agenda.put(&subject("ana"), at(10));
        agenda.put(&subject("ana"), at(40));
        assert_eq!(agenda.rest(at(4)), Some(Duration::from_secs(6)));
        assert!(agenda.take_due(at(9)).is_none());
        assert!(agenda.take_due(at(50)) == Some(subject("ana")));
        assert!(agenda.take_due(at(50)) == Some(subject("ben")));
        assert!(agenda.take_due(at(50)).is_none());
        assert_eq!(agenda.rest(at(50)), None);
    }

    #[test]
    fn the_farthest_make_room() {
        let mut agenda = Agenda::default();
        let count = u64::try_from(CAPACITY).unwrap();
        (0..=count).rev().for_each(|n| agenda.put(&subject(&format!("s{n}")), at(n)));
        assert_eq!(agenda.by_subject.len(), CAPACITY);
        assert!(!agenda.by_subject.contains_key(&subject(&format!("s{count}"))));
        assert!(agenda.take_any() == Some(subject("s0")));
    }
}
