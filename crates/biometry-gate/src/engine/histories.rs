use std::collections::HashMap;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, SystemTime};

use biometry_client::ConsentHistory;

use crate::consent::{PURPOSES, Purpose};
use crate::principal::SubjectKey;

/// The platform's latest answers about consent, by subject.
#[derive(Debug, Default)]
pub(crate) struct Histories(Mutex<Kept>);

#[derive(Debug, Default)]
struct Kept {
    answers: HashMap<SubjectKey, Answered>,
    /// Counts purges: an answer that was asked for before one is not kept after it.
    purges: u64,
}

#[derive(Clone, Copy, Debug)]
struct Answered {
    given: Given,
    at: SystemTime,
}

/// Which purposes the platform has on record as agreed to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Given([bool; 2]);

/// A question to the platform that is under way.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Asked(u64);

impl Histories {
    /// An answer that is young enough and has all of `wanted`; a no is asked for again.
    pub(crate) fn find(&self, subject: &SubjectKey, wanted: &[Purpose], now: SystemTime) -> Option<Given> {
        let answered = self.kept().answers.get(subject).copied()?;
        let has_all = wanted.iter().all(|&purpose| answered.given.has(purpose));
        (has_all && answered.is_fresh(now)).then_some(answered.given)
    }

    pub(crate) fn ask(&self) -> Asked {
        Asked(self.kept().purges)
    }

    pub(crate) fn keep(&self, asked: Asked, subject: &SubjectKey, given: Given, now: SystemTime) {
        let mut kept = self.kept();
        if kept.purges != asked.0 {
            return;
        }
        if kept.answers.len() >= CAPACITY && !kept.answers.contains_key(subject) {
            kept.answers.retain(|_, answered| answered.is_fresh(now));
            if kept.answers.len() >= CAPACITY {
                return;
            }
        }
        kept.answers.insert(subject.clone(), Answered { given, at: now });
    }

    pub(crate) fn purge(&self, subject: &SubjectKey) {
        let mut kept = self.kept();
        kept.purges += 1;
        kept.answers.remove(subject);
    }

    fn kept(&self) -> MutexGuard<'_, Kept> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Answered {
    /// An answer that is dated in the future is not fresh.
    fn is_fresh(&self, now: SystemTime) -> bool {
        now.duration_since(self.at).is_ok_and(|age| age < KEEP)
    }
}

impl Given {
    pub(crate) fn of(history: &ConsentHistory) -> Self {
        Self(PURPOSES.map(|purpose| history.is_given(purpose)))
    }

    pub(crate) fn has(self, purpose: Purpose) -> bool {
        PURPOSES.into_iter().zip(self.0).any(|(known, given)| known == purpose && given)
    }
}

const KEEP: Duration = Duration::from_secs(60);
const CAPACITY: usize = 10_000;

#[cfg(test)]
mod tests {
    use super::*;
    use crate::principal::{HostSession, Principal};

    const BOTH: Given = Given([true, true]);
    const AUTHORIZATION: [Purpose; 1] = [Purpose::Authorization];

    fn at(seconds: u64) -> SystemTime {
        SystemTime::UNIX_EPOCH + Duration::from_secs(1_000 + seconds)
    }

    fn subject(name: &str) -> SubjectKey {
        Principal::new(name, HostSession::parse("s").unwrap()).unwrap().key().clone()
    }

    #[test]
    fn an_answer_is_good_for_a_minute_and_for_what_it_says_yes_to() {
        let (histories, ana) = (Histories::default(), subject("ana"));
        histories.keep(histories.ask(), &ana, Given([true, false]), at(0));
        assert!(histories.find(&ana, &AUTHORIZATION, at(59)).is_some());
        assert!(histories.find(&ana, &PURPOSES, at(0)).is_none(), "a no is asked for again");
        assert!(histories.find(&ana, &AUTHORIZATION, at(60)).is_none());
        assert!(histories.find(&ana, &AUTHORIZATION, at(0) - Duration::from_secs(1)).is_none());
        assert!(histories.find(&subject("ben"), &AUTHORIZATION, at(0)).is_none());
    }

    #[test]
    fn an_answer_from_before_a_purge_is_not_kept_after_it() {
        let (histories, ana) = (Histories::default(), subject("ana"));
        histories.keep(histories.ask(), &ana, BOTH, at(0));
        let asked = histories.ask();
        histories.purge(&ana);
        assert!(histories.find(&ana, &AUTHORIZATION, at(0)).is_none());
        histories.keep(asked, &ana, BOTH, at(0));
        assert!(histories.find(&ana, &AUTHORIZATION, at(0)).is_none());
    }

    #[test]
    fn no_more_is_kept_than_there_is_room_for() {
        let histories = Histories::default();
        for n in 0..CAPACITY + 5 {
            histories.keep(histories.ask(), &subject(&format!("s{n}")), BOTH, at(0));
        }
        assert_eq!(histories.kept().answers.len(), CAPACITY);
        histories.keep(histories.ask(), &subject("late"), BOTH, at(60));
        assert_eq!(histories.kept().answers.len(), 1, "what is over makes room");
    }
}
