//! Permits, and where a request carries one.

use std::fmt;
use std::sync::Arc;
use std::time::SystemTime;

use http::Extensions;

use super::BiometryGate;
use crate::challenge::Problem;
use crate::decision::Decision;
use crate::intent::Intent;
#[cfg(feature = "receipts")]
use crate::intent::display_hash;
use crate::principal::{PermitSlot, Principal, Subject};

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
    /// The id that the host has given the request, where the gate trusts it.
    request_id: Option<Arc<str>>,
    /// SHA-256 of the lines that the person saw, where the request runs an operation.
    #[cfg(feature = "receipts")]
    pub(super) shown: Option<[u8; 32]>,
}

impl Permit {
    pub(super) fn new(
        principal: Principal,
        decision: Arc<Decision>,
        gate: BiometryGate,
        request_id: Option<Arc<str>>,
    ) -> Self {
        Self {
            principal,
            decision,
            gate,
            request_id,
            #[cfg(feature = "receipts")]
            shown: None,
        }
    }

    /// The same permit, with what the person saw of the operation.
    pub(super) fn showing(self, intent: Option<&Intent>) -> Self {
        #[cfg(feature = "receipts")]
        return Self { shown: intent.map(|intent| display_hash(intent.display())), ..self };
        #[cfg(not(feature = "receipts"))]
        {
            let _ = intent;
            self
        }
    }

    /// Whether it is more than a principal has room for.
    fn is_of_operation(&self) -> bool {
        #[cfg(feature = "receipts")]
        return self.shown.is_some();
        #[cfg(not(feature = "receipts"))]
        false
    }

    /// The permit of a request that a gate has let in; `None` for preflights and for routes without a gate.
    pub fn of(extensions: &Extensions) -> Option<Self> {
        if let Some(permit) = extensions.get::<Self>() {
            return Some(permit.clone());
        }
        let principal = extensions.get::<Principal>()?;
        let slot = principal.permit()?;
        let decision = Arc::clone(&slot.decision).downcast().ok()?;
        let gate = BiometryGate(Arc::clone(&slot.engine).downcast().ok()?);
        Some(Self::new(principal.clone(), decision, gate, slot.request_id.clone()))
    }

    /// Puts the permit where [`Permit::of`] finds it.
    ///
    /// Where the host has left the very principal in the extensions it goes in there, which allocates nothing; one for an
    /// operation may go beside it. Clones of a principal do not take it along. It takes the place of a permit that an
    /// outer gate has left.
    pub fn attach(self, extensions: &mut Extensions) {
        match extensions.get_mut::<Principal>() {
            Some(principal) if *principal == self.principal && !self.is_of_operation() => {
                let Self { decision, gate, request_id, .. } = self;
                principal.set_permit(Some(PermitSlot { decision, engine: gate.0, request_id }));
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
        Err(self.name(Problem::other_policy(policy, self.decision().policy())))
    }

    /// A problem of the permit's request: it has the id that the host has given the request, or one of the gate's own.
    pub(super) fn name(&self, problem: Problem) -> Problem {
        let problem = match &self.request_id {
            Some(id) => problem.request_id(id),
            None => problem,
        };
        problem.request_id(&self.gate.0.request_id())
    }

    pub(super) fn request_id(&self) -> Option<&Arc<str>> {
        self.request_id.as_ref()
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
