use std::collections::HashSet;
use std::sync::{Mutex, MutexGuard, PoisonError};

use crate::principal::SubjectKey;

/// Subjects that are to be closed to sign-ins, and of whom the store does not know it yet.
#[derive(Debug, Default)]
pub(crate) struct Closing(Mutex<HashSet<SubjectKey>>);

impl Closing {
    pub(crate) fn put(&self, subject: &SubjectKey) {
        let mut subjects = self.subjects();
        if subjects.len() < MOST {
            subjects.insert(subject.clone());
        }
    }

    pub(crate) fn remove(&self, subject: &SubjectKey) {
        self.subjects().remove(subject);
    }

    /// Where there are too many to be remembered, any subject may be one of them.
    pub(crate) fn may_hold(&self, subject: &SubjectKey) -> bool {
        let subjects = self.subjects();
        subjects.len() >= MOST || subjects.contains(subject)
    }

    fn subjects(&self) -> MutexGuard<'_, HashSet<SubjectKey>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

const MOST: usize = 10_000;

#[cfg(test)]
mod tests {
    use super::*;
    use crate::principal::{HostSession, Principal};

    fn subject(name: &str) -> SubjectKey {
        Principal::new(name, HostSession::parse("s").unwrap()).unwrap().key().clone()
    }

    #[test]
    fn a_subject_is_remembered_until_the_store_knows() {
        let closing = Closing::default();
        closing.put(&subject("ana"));
        assert!(closing.may_hold(&subject("ana")) && !closing.may_hold(&subject("ben")));
        closing.remove(&subject("ana"));
        assert!(!closing.may_hold(&subject("ana")));
    }

    #[test]
    fn too_many_to_be_remembered_may_be_anybody() {
        let closing = Closing::default();
        (0..=MOST).for_each(|n| closing.put(&subject(&format!("s{n}"))));
        assert!(closing.may_hold(&subject("ben")) && closing.subjects().len() == MOST);
    }
}
