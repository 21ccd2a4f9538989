use std::fmt;
use std::time::SystemTime;

use crate::decision::Decision;
use crate::principal::{Principal, Subject};

/// Proof that a request was let in: in the request's extensions where a gate has opened. Nothing else makes one.
#[derive(Clone)]
pub struct Permit {
    owner: Principal,
    decision: Decision,
}

impl Permit {
    pub(super) fn new(owner: Principal, decision: Decision) -> Self {
        Self { owner, decision }
    }

    /// Who was verified.
    pub fn subject(&self) -> &Subject {
        self.owner.subject()
    }

    /// The caller as the host knows it.
    pub fn principal(&self) -> &Principal {
        &self.owner
    }

    /// The decision that let the request in.
    pub fn decision(&self) -> &Decision {
        &self.decision
    }

    /// When the person was verified.
    pub fn auth_time(&self) -> SystemTime {
        self.decision.auth_time()
    }
}

impl fmt::Debug for Permit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Permit").field("policy", &self.decision.policy()).finish_non_exhaustive()
    }
}
