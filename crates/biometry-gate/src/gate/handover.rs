//! What becomes of an approval between the gate and the handler: the handler takes it, or the gate takes it back.

use std::sync::atomic::{AtomicU8, Ordering};

use super::permit::Permit;
use crate::challenge::Problem;

/// A claimed approval on its way to the handler. One step decides who has it, so that what was given back to the store is
/// never taken by a handler as well.
pub(super) struct Handover {
    state: AtomicU8,
    permit: Permit,
}

impl Handover {
    pub(super) fn new(permit: Permit) -> Self {
        Self { state: AtomicU8::new(ON_ITS_WAY), permit }
    }

    /// The handler begins; `false` where the approval was given back.
    pub(super) fn take(&self) -> bool {
        match self.state.compare_exchange(ON_ITS_WAY, TAKEN, Ordering::AcqRel, Ordering::Acquire) {
            Ok(_) => true,
            Err(state) => state == TAKEN,
        }
    }

    pub(super) fn is_taken(&self) -> bool {
        self.state.load(Ordering::Acquire) == TAKEN
    }

    /// Nothing was run.
    pub(super) async fn give_back(&self) {
        if self.withdraw() {
            restore(self.permit.clone()).await;
        }
    }

    /// Something was run, and nothing says that the person has approved that.
    pub(super) fn forfeit(&self) -> Option<Problem> {
        if self.state.compare_exchange(ON_ITS_WAY, TAKEN, Ordering::AcqRel, Ordering::Acquire).is_err() {
            return None;
        }
        let problem = Problem::misconfigured(
            "the handler behind a gate for typed operations did not take its value: give it the extractor `Approved` with \
             the gate's type as its last argument, and put layers that answer in the handler's place outside of the gate",
        );
        Some(self.permit.name(problem))
    }

    /// Keeps the value from handlers that come late.
    fn withdraw(&self) -> bool {
        self.state.compare_exchange(ON_ITS_WAY, WITHDRAWN, Ordering::AcqRel, Ordering::Acquire).is_ok()
    }
}

/// The request is gone, and no handler has begun.
impl Drop for Handover {
    fn drop(&mut self) {
        if self.withdraw() && tokio::runtime::Handle::try_current().is_ok() {
            self.permit.gate().0.tasks.spawn(restore(self.permit.clone()));
        }
    }
}

async fn restore(permit: Permit) {
    // An approval that cannot be given back stays spent: the person approves once more.
    let _ = permit.gate().restore(&permit).await;
}

const ON_ITS_WAY: u8 = 0;
const TAKEN: u8 = 1;
const WITHDRAWN: u8 = 2;
