//! The faults that are in force.

use std::sync::{Mutex, MutexGuard, PoisonError};

use super::{Fault, Incident};
use crate::operation::Operation;

#[derive(Debug, Default)]
pub(crate) struct FaultBook(Mutex<Vec<Fault>>);

impl FaultBook {
    pub(crate) fn add(&self, fault: Fault) {
        self.lock().push(fault);
    }

    pub(crate) fn clear(&self) {
        self.lock().clear();
    }

    /// What happens to this request, if anything.
    pub(crate) fn claim(&self, operation: Operation, user: Option<&str>) -> Option<Incident> {
        self.lock().iter_mut().filter(|fault| fault.fits(operation, user)).find_map(Fault::claim)
    }

    fn lock(&self) -> MutexGuard<'_, Vec<Fault>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Fault {
    fn fits(&self, operation: Operation, user: Option<&str>) -> bool {
        self.operation.is_none_or(|wanted| wanted == operation)
            && self.user.as_deref().is_none_or(|wanted| user == Some(wanted))
    }

    fn claim(&mut self) -> Option<Incident> {
        if self.skip > 0 {
            self.skip -= 1;
            return None;
        }
        if let Some(times) = &mut self.times {
            *times = times.checked_sub(1)?;
        }
        Some(self.incident.clone())
    }
}

#[cfg(test)]
mod tests {
    use super::super::Effect;
    use super::*;

    const START: Operation = Operation::StartSession;

    #[test]
    fn a_fault_is_used_up_and_the_next_one_takes_over() {
        let book = FaultBook::default();
        book.add(Fault::on(START).times(1).hang());
        book.add(Fault::anywhere().times(1).cut_before_reply());
        let effects: Vec<_> =
            (0..3).map(|_| book.claim(START, None).map(|incident| incident.effect)).collect();
        assert_eq!(effects, [Some(Effect::Hang), Some(Effect::CutBeforeReply), None]);
    }

    #[test]
    fn a_fault_waits_for_its_turn_operation_and_user() {
        let book = FaultBook::default();
        book.add(Fault::on(START).for_user("ana").after(1).hang());
        assert!(book.claim(Operation::EndSession, Some("ana")).is_none());
        assert!(book.claim(START, Some("ben")).is_none());
        assert!(book.claim(START, Some("ana")).is_none());
        assert!(book.claim(START, Some("ana")).is_some());
        book.clear();
        assert!(book.claim(START, Some("ana")).is_none());
    }
}
