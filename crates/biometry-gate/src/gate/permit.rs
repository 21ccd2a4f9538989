//! Permits, and where a request carries one.

use std::fmt;
use std::sync::Arc;
use std::time::SystemTime;

use http::Extensions;

use super::BiometryGate;
use crate::challenge::Problem;
use crate::decision::Decision;
use crate::principal::{Principal, Subject};

/// Proof that a request was let in, by which decision, for whom. Only a gate that has opened makes one; nothing else
/// does.
///
/// Handlers get it from their adapter's extractor, or with [`Permit::of`] from the request's extensions. A permit is
/// for one request: keep the [decision's id](crate::Decision::id) for records, and not the permit. `Debug` shows the
/// policy alone.
///
/// ```
/// use biometry_gate::{Permit, challenge::Problem};
///
/// fn handler(request: http::Request<()>) -> Result<String, Problem> {
///     let permit = Permit::of(request.extensions()).ok_or_else(Problem::no_gate)?;
///     permit.expect_policy("export")?;
///     Ok(format!("{} verified at {:?}", permit.subject().as_str(), permit.auth_time()))
/// }
/// assert!(handler(http::Request::new(())).is_err(), "no gate, no permit");
/// ```
#[derive(Clone)]
pub struct Permit {
    principal: Principal,
    decision: Arc<Decision>,
    gate: BiometryGate,
}

impl Permit {
    pub(super) fn new(principal: Principal, decision: Arc<Decision>, gate: BiometryGate) -> Self {
        Self { principal, decision, gate }
    }

    /// The permit of a request that a gate has let in; `None` for preflights and for routes without a gate.
    pub fn of(extensions: &Extensions) -> Option<Self> {
        if let Some(permit) = extensions.get::<Self>() {
            return Some(permit.clone());
        }
        let principal = extensions.get::<Principal>()?;
        let [decision, engine] = principal.permit()?.clone();
        let (decision, engine) = (decision.downcast().ok()?, engine.downcast().ok()?);
        Some(Self { principal: principal.clone(), decision, gate: BiometryGate(engine) })
    }

    /// Puts the permit where [`Permit::of`] finds it.
    ///
    /// Where the host has left the very principal in the extensions it goes in there, which allocates nothing. Clones
    /// of a principal do not take it along. It takes the place of a permit that an outer gate has left.
    pub fn attach(self, extensions: &mut Extensions) {
        match extensions.get_mut::<Principal>() {
            Some(principal) if *principal == self.principal => {
                principal.set_permit(Some([self.decision, self.gate.0]));
                // It would be found first. Looking is cheaper than removing, and there hardly ever is one.
                if extensions.get::<Self>().is_some() {
                    extensions.remove::<Self>();
                }
            }
            _ => {
                extensions.insert(self);
            }
        }
    }

    /// Removes whatever permit is there, before a gate of an adapter makes its own check.
    pub fn detach(extensions: &mut Extensions) {
        extensions.remove::<Self>();
        if let Some(principal) = extensions.get_mut::<Principal>() {
            principal.set_permit(None);
        }
    }

    /// The user who was verified.
    pub fn subject(&self) -> &Subject {
        self.principal.subject()
    }

    /// The caller as the host knows it.
    pub fn principal(&self) -> &Principal {
        &self.principal
    }

    /// The decision that let the request in. Where it was single-use, it is used up by now.
    pub fn decision(&self) -> &Decision {
        &self.decision
    }

    /// The gate that let the request in.
    pub fn gate(&self) -> &BiometryGate {
        &self.gate
    }

    /// The permit, where it is a decision for `policy` that let the request in: for the first line of a handler, so that
    /// one that has come to stand behind another gate does not run.
    ///
    /// ```
    /// # fn handler(permit: biometry_gate::Permit) -> Result<String, biometry_gate::challenge::Problem> {
    /// permit.expect_policy("export")?;
    /// # Ok(String::new()) }
    /// ```
    ///
    /// # Errors
    /// 500 where it is another one: a mistake in the host's routes, which goes to the log.
    pub fn expect_policy(&self, policy: &str) -> Result<&Self, Problem> {
        if self.decision().policy() == policy {
            return Ok(self);
        }
        Err(Problem::other_policy(policy, self.decision().policy()))
    }

    /// When the person was verified: when the capture was accepted.
    pub fn auth_time(&self) -> SystemTime {
        self.decision().auth_time()
    }
}

impl fmt::Debug for Permit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Permit").field("policy", &self.decision().policy()).finish_non_exhaustive()
    }
}
