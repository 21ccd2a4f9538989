//! The store's time, and this process's.

use std::sync::Arc;
use std::time::{Duration, SystemTime};

use crate::decision::Decision;
use crate::record::Settlement;

/// The moment at which a record is looked at or changed, on the store's clock.
#[derive(Clone, Copy, Debug)]
pub struct Moment {
    pub(crate) now: SystemTime,
    pub(super) skew: Skew,
}

impl Moment {
    /// A moment of a clock that the store and this process have in common.
    pub(super) fn of_one_clock(now: SystemTime) -> Self {
        Self { now, skew: Skew::None }
    }

    /// A moment of the store's clock on this process's.
    pub(super) fn to_process(self, moment: SystemTime) -> SystemTime {
        self.skew.to_process(moment)
    }

    /// A moment of this process's clock on the store's.
    pub(super) fn to_store(self, moment: SystemTime) -> SystemTime {
        self.skew.to_store(moment)
    }

    /// A pass was accepted at a moment of this process's clock; its decision is kept on the store's.
    pub(super) fn settlement_to_store(self, settlement: Settlement) -> Settlement {
        match settlement {
            Settlement::Passed(mut decision) => {
                decision.auth_time = self.to_store(decision.auth_time);
                decision.expires_at = self.to_store(decision.expires_at);
                Settlement::Passed(decision)
            }
            rejected @ Settlement::Rejected { .. } => rejected,
        }
    }

    pub(super) fn decision_to_process(self, mut decision: Arc<Decision>) -> Arc<Decision> {
        if self.skew != Skew::None {
            let moved = Arc::make_mut(&mut decision);
            moved.auth_time = self.to_process(moved.auth_time);
            moved.expires_at = self.to_process(moved.expires_at);
            if let Some(document) = &mut moved.document {
                document.accepted_at = self.to_process(document.accepted_at);
                document.matched_at = self.to_process(document.matched_at);
            }
        }
        decision
    }
}

/// By how much the database's clock and this process's differ, as far as that can be measured.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Skew {
    /// The database's time lies between the moments of asking and of being answered.
    None,
    /// The database's clock is ahead by this much at least.
    Ahead(Duration),
    /// The database's clock is behind by this much at least.
    Behind(Duration),
}

impl Skew {
    /// What follows from the database's time, asked for and answered at these moments of this process's clock.
    ///
    /// It is the least difference that explains them. So clocks that agree move nothing, and a moment before the
    /// question stays before the database's answer.
    #[cfg(any(feature = "shared-store", test))]
    pub(super) fn between(database: SystemTime, asked: SystemTime, answered: SystemTime) -> Self {
        if let Ok(ahead) = database.duration_since(answered.max(asked))
            && !ahead.is_zero()
        {
            return Self::Ahead(ahead);
        }
        match asked.duration_since(database) {
            Ok(behind) if !behind.is_zero() => Self::Behind(behind),
            _ => Self::None,
        }
    }

    /// A moment of this process's clock on the database's.
    pub(super) fn to_store(self, moment: SystemTime) -> SystemTime {
        match self {
            Self::None => Some(moment),
            Self::Ahead(by) => moment.checked_add(by),
            Self::Behind(by) => moment.checked_sub(by),
        }
        .unwrap_or(moment)
    }

    /// A moment of the database's clock on this process's.
    pub(super) fn to_process(self, moment: SystemTime) -> SystemTime {
        match self {
            Self::None => self,
            Self::Ahead(by) => Self::Behind(by),
            Self::Behind(by) => Self::Ahead(by),
        }
        .to_store(moment)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(seconds: u64) -> SystemTime {
        SystemTime::UNIX_EPOCH + Duration::from_secs(seconds)
    }

    #[test]
    fn clocks_that_may_agree_move_nothing() {
        for database in [100, 101, 102] {
            assert_eq!(Skew::between(at(database), at(100), at(102)), Skew::None);
        }
    }

    #[test]
    fn what_was_before_the_question_is_before_the_answer_on_the_databases_clock() {
        for database in [1, 50, 99, 101, 103, 5_000] {
            let skew = Skew::between(at(database), at(100), at(102));
            assert!(skew.to_store(at(100)) <= at(database), "{database}");
            assert_eq!(skew.to_process(skew.to_store(at(90))), at(90));
        }
        assert_eq!(Skew::between(at(3_700), at(100), at(100)).to_store(at(100)), at(3_700));
        assert_eq!(Skew::between(at(100), at(3_700), at(3_700)).to_store(at(3_700)), at(100));
    }

    #[test]
    fn a_clock_that_was_turned_back_while_waiting_is_not_trusted_further_than_it_was_seen() {
        let skew = Skew::between(at(100), at(100), at(40));
        assert_eq!(skew, Skew::None);
    }
}
