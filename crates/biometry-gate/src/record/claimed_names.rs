//! Names that are merely claimed: a stranger can claim any number of them, and only so many are kept.

use std::time::SystemTime;

use serde::{Deserialize, Serialize};

use super::{Revoked, SubjectRecord};
use crate::forward_compat::ForwardCompat;
use crate::principal::Subject;

/// The records of a few names of [`Authentication::Claimed`](crate::principal::Authentication::Claimed), which a store keeps in one place.
///
/// A browser that wants to sign in can claim any name, so a store that kept a record of each would grow
/// without bound. It keeps a fixed number of crowds instead and finds a name's crowd by a hash that no client
/// can compute. Each name has its own record, limits and sessions, known or not, as if it were alone.
///
/// When more names come than a crowd has [room](Self::ROOM) for, the one that was started for the longest ago makes room.
/// Half of the room is for names against which nothing is held, the other half for those that have failed or are locked
/// out: claiming names washes no failures away, and failing keeps no newcomer out.
/// A name that had to make room is as if it had not been seen: a sign-in on its way has to be begun anew.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub(crate) struct ClaimedNames {
    names: Vec<Claimed>,
    #[serde(flatten)]
    pub(crate) unknown: ForwardCompat,
}

/// A name and what is kept of it.
#[derive(Clone, Debug, Serialize, Deserialize)]
struct Claimed {
    name: Subject,
    #[serde(rename = "ledger")]
    record: SubjectRecord,
    #[serde(flatten)]
    unknown: ForwardCompat,
}

impl ClaimedNames {
    /// The largest number of names that it holds.
    pub(crate) const ROOM: usize = 2 * HALF;

    /// What is kept of a name.
    pub(crate) fn record(&self, name: &Subject) -> Option<&SubjectRecord> {
        self.names.iter().find(|claimed| claimed.name == *name).map(|claimed| &claimed.record)
    }

    /// Applies one transition to the name's record, an empty one where there is none, and makes room for it.
    pub(crate) fn change<T>(
        &mut self,
        name: &Subject,
        now: SystemTime,
        transition: impl FnOnce(&mut SubjectRecord) -> T,
    ) -> T {
        let place = self.place_of(name);
        let record = &mut self.names[place].record;
        record.prune(now);
        let outcome = transition(record);
        if record.is_forgettable(now) {
            self.names.remove(place);
        } else {
            self.make_room(name, now);
        }
        outcome
    }

    /// Voids what is revoked of the tenant.
    pub(crate) fn revoke(&mut self, revoked: Revoked<'_>) {
        self.names.iter_mut().for_each(|claimed| claimed.record.revoke(revoked));
    }

    /// Drops what is over.
    pub(crate) fn prune(&mut self, now: SystemTime) {
        self.names.retain_mut(|claimed| {
            claimed.record.prune(now);
            !claimed.record.is_forgettable(now)
        });
    }

    /// Whether nothing is left that has to be remembered.
    pub(crate) fn is_forgettable(&self, now: SystemTime) -> bool {
        self.names.iter().all(|claimed| claimed.record.is_forgettable(now))
    }

    /// Until when anything in it matters, as of now; `None` for good.
    pub(crate) fn matters_until(&self, now: SystemTime) -> Option<SystemTime> {
        let ends = self.names.iter().map(|claimed| claimed.record.matters_until(now));
        ends.reduce(|one, other| Some(one?.max(other?))).unwrap_or(Some(now))
    }

    /// How many names it holds.
    pub(crate) fn len(&self) -> usize {
        self.names.len()
    }

    /// Whether it holds none.
    pub(crate) fn is_empty(&self) -> bool {
        self.names.is_empty()
    }

    fn place_of(&mut self, name: &Subject) -> usize {
        self.names.iter().position(|claimed| claimed.name == *name).unwrap_or_else(|| {
            let unknown = ForwardCompat::default();
            self.names.push(Claimed { name: name.clone(), record: SubjectRecord::default(), unknown });
            self.names.len().saturating_sub(1)
        })
    }

    /// Keeps to each half of the room; `newest` stays.
    fn make_room(&mut self, newest: &Subject, now: SystemTime) {
        if self.names.len() <= HALF {
            return;
        }
        for holds_against in [false, true] {
            let is_alike = |claimed: &Claimed| claimed.record.holds_against(now) == holds_against;
            while self.names.iter().filter(|claimed| is_alike(claimed)).count() > HALF {
                let others = self.names.iter().enumerate();
                let others = others.filter(|(_, other)| is_alike(other) && other.name != *newest);
                let Some((oldest, _)) = others.min_by_key(|(_, other)| other.record.last_start()) else {
                    return;
                };
                self.names.remove(oldest);
            }
        }
    }
}

/// Room for names against which nothing is held, and as much for the others.
const HALF: usize = 8;

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;
    use crate::record::Limits;

    fn at(seconds: u64) -> SystemTime {
        SystemTime::UNIX_EPOCH + Duration::from_secs(1_000_000 + seconds)
    }

    fn name(n: u64) -> Subject {
        Subject::parse(&format!("name-{n}")).unwrap()
    }

    fn limits() -> Limits {
        Limits::default().starts(1, Duration::from_secs(600)).failures(2, Duration::from_secs(1_800))
    }

    fn start(crowd: &mut ClaimedNames, n: u64) -> bool {
        crowd.change(&name(n), at(n), |record| record.reserve_start(&limits(), at(n))).is_ok()
    }

    fn fail(crowd: &mut ClaimedNames, n: u64) {
        start(crowd, n);
        crowd.change(&name(n), at(n), |record| record.tally.fail(&limits(), at(n)));
    }

    fn held(crowd: &ClaimedNames, names: std::ops::Range<u64>) -> usize {
        names.filter(|n| crowd.record(&name(*n)).is_some()).count()
    }

    #[test]
    fn each_name_has_a_record_of_its_own() {
        let mut crowd = ClaimedNames::default();
        assert!(start(&mut crowd, 1) && start(&mut crowd, 2) && !start(&mut crowd, 1));
        fail(&mut crowd, 1);
        assert_eq!(crowd.record(&name(1)).unwrap().attempts_left(&limits()), 1);
        assert_eq!(crowd.record(&name(2)).unwrap().attempts_left(&limits()), 2);
    }

    #[test]
    fn the_name_started_for_the_longest_ago_makes_room() {
        let mut crowd = ClaimedNames::default();
        for n in 0..100 {
            assert!(start(&mut crowd, n), "a newcomer is always let in");
            assert!(crowd.len() <= HALF);
        }
        assert_eq!(held(&crowd, 92..100), HALF);
    }

    #[test]
    fn claiming_names_washes_no_failure_away_and_failing_keeps_no_newcomer_out() {
        let mut crowd = ClaimedNames::default();
        fail(&mut crowd, 0);
        for n in 1..100 {
            start(&mut crowd, n);
        }
        assert_eq!(crowd.record(&name(0)).unwrap().attempts_left(&limits()), 1);
        for n in 100..200 {
            fail(&mut crowd, n);
            assert!(crowd.len() <= ClaimedNames::ROOM);
        }
        // Each of them began before it failed.
        assert_eq!((held(&crowd, 92..100), held(&crowd, 192..200)), (HALF - 1, HALF));
        assert!(start(&mut crowd, 200), "there is room to begin");
    }

    #[test]
    fn halves_that_change_sides_are_kept_to() {
        let mut crowd = ClaimedNames::default();
        for n in 0..8 {
            fail(&mut crowd, n);
            crowd.change(&name(n), at(n), |record| record.tally.fail(&limits(), at(n)));
            start(&mut crowd, n + 8);
        }
        assert_eq!(crowd.len(), ClaimedNames::ROOM);
        let later = at(1_800 + 24 * 3_600 + 10);
        crowd.change(&name(50), later, |record| record.reserve_start(&limits(), later)).unwrap();
        assert!(crowd.len() <= HALF, "no failure is held against a name any longer");
    }

    #[test]
    fn what_is_over_is_forgotten_and_what_changes_nothing_leaves_nothing() {
        let mut crowd = ClaimedNames::default();
        crowd.change(&name(1), at(1), SubjectRecord::unlock);
        assert!(crowd.is_empty() && crowd.is_forgettable(at(1)));
        assert_eq!(crowd.matters_until(at(1)), Some(at(1)));
        start(&mut crowd, 2);
        let over = crowd.matters_until(at(2)).unwrap();
        assert!(!crowd.is_forgettable(at(2)) && crowd.is_forgettable(over));
        fail(&mut crowd, 3);
        assert_eq!(crowd.matters_until(at(3)), None, "a failure counts until it is forgiven");
        crowd.prune(over + Duration::from_secs(10));
        assert_eq!(crowd.len(), 1);
    }
}
