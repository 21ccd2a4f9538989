//! The same answer for one request, however often the proxy asks: a repeated question uses no proof up.

use std::collections::{HashMap, VecDeque};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use biometry_gate::Principal;
use http::HeaderName;
use http::request::Parts;
use sha2::{Digest as _, Sha256};
use tokio::sync::OnceCell;

use crate::answers::Verdict;
use crate::operations::OPERATION;

/// What was answered lately, by request.
#[derive(Default)]
pub(crate) struct Answers(Mutex<Lately>);

/// A request by its id, with its caller, method, address and operation: an id alone could come from a client.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) struct Question {
    caller: [u8; 32],
    request: [u8; 32],
}

/// Each answer is remembered for the same time, so the oldest is the first to be over.
#[derive(Default)]
struct Lately {
    answers: HashMap<Question, Arc<OnceCell<Verdict>>>,
    oldest_first: VecDeque<(Instant, Question)>,
    of_caller: HashMap<[u8; 32], usize>,
}

impl Question {
    /// `None` where the proxy gives requests no id: then each question is one of its own.
    pub(crate) fn of(head: &Parts, principal: &Principal) -> Option<Self> {
        let mut ids = head.headers.get_all(&X_REQUEST_ID).iter();
        let id = ids.next()?.as_bytes();
        if ids.next().is_some() || id.is_empty() {
            return None;
        }
        let target = head.uri.to_string();
        let operation = head.headers.get(&OPERATION).map_or(&[][..], |value| value.as_bytes());
        let subject = principal.subject().as_str().as_bytes();
        let session = principal.host_session().as_str().as_bytes();
        Some(Self {
            caller: hash(&[subject, session]),
            request: hash(&[id, head.method.as_str().as_bytes(), target.as_bytes(), operation]),
        })
    }
}

fn hash(parts: &[&[u8]]) -> [u8; 32] {
    let mut hash = Sha256::new();
    for part in parts {
        hash.update((part.len() as u64).to_be_bytes());
        hash.update(part);
    }
    hash.finalize().into()
}

impl Answers {
    /// The place of the answer to a question, made anew where there is none or it is too old. `None` where there is no
    /// room, or the caller has had their part of it: then the question is answered, and not remembered.
    pub(crate) fn place(&self, question: Question) -> Option<Arc<OnceCell<Verdict>>> {
        let mut lately = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        lately.place(question, Instant::now())
    }
}

impl Lately {
    fn place(&mut self, question: Question, now: Instant) -> Option<Arc<OnceCell<Verdict>>> {
        self.forget(now);
        if let Some(verdict) = self.answers.get(&question) {
            return Some(Arc::clone(verdict));
        }
        let of_caller = self.of_caller.get(&question.caller).copied().unwrap_or_default();
        if self.answers.len() >= MOST || of_caller >= MOST_OF_ONE {
            return None;
        }
        let verdict = Arc::default();
        self.answers.insert(question, Arc::clone(&verdict));
        self.oldest_first.push_back((now + REMEMBERED, question));
        self.of_caller.insert(question.caller, of_caller + 1);
        Some(verdict)
    }

    fn forget(&mut self, now: Instant) {
        while let Some(&(until, question)) = self.oldest_first.front()
            && until <= now
        {
            self.oldest_first.pop_front();
            self.answers.remove(&question);
            let left = self.of_caller.remove(&question.caller).unwrap_or_default().saturating_sub(1);
            if left > 0 {
                self.of_caller.insert(question.caller, left);
            }
        }
    }
}

const X_REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");
const REMEMBERED: Duration = Duration::from_secs(5);
const MOST: usize = 10_000;
const MOST_OF_ONE: usize = 100;

#[cfg(test)]
mod tests {
    use super::*;

    fn question(caller: u8, request: usize) -> Question {
        Question { caller: hash(&[&[caller]]), request: hash(&[&request.to_be_bytes()]) }
    }

    #[test]
    fn one_caller_leaves_room_for_the_others_and_all_is_forgotten_in_time() {
        let (mut lately, now) = (Lately::default(), Instant::now());
        let first = lately.place(question(1, 0), now).unwrap();
        (1..MOST_OF_ONE).for_each(|request| assert!(lately.place(question(1, request), now).is_some()));
        assert!(lately.place(question(1, MOST_OF_ONE), now).is_none());
        assert!(Arc::ptr_eq(&first, &lately.place(question(1, 0), now).unwrap()));
        assert!(lately.place(question(2, 0), now).is_some());

        let later = now + REMEMBERED;
        assert!(!Arc::ptr_eq(&first, &lately.place(question(1, 0), later).unwrap()));
        assert_eq!((lately.answers.len(), lately.oldest_first.len(), lately.of_caller.len()), (1, 1, 1));
    }
}
