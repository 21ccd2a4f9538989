//! What extractors of every framework hand to a handler, and why they may have nothing to give.

use std::fmt;

use http::StatusCode;

use super::{BiometryGate, Denial, RequestHead};
use crate::challenge::{Code, Problem};
use crate::consent::{Consent, Purpose};
use crate::principal::Principal;
use crate::session::SessionView;

/// A caller whom a handler asks about, at the gate that knows. For extractors of adapters.
#[derive(Clone, Debug)]
pub struct Inquiry {
    gate: BiometryGate,
    owner: Principal,
}

/// Why an extractor has nothing to give.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub enum Rejection {
    /// The route has no gate: a mistake in the app.
    NoGate,
    /// The caller has no biometric session.
    NoSession,
    /// The caller is nobody, or it cannot be told.
    Refused(Box<Problem>),
}

impl Inquiry {
    /// Asks the host who sent a request with this head; `gate` is the one that the request has come through or that the
    /// app hands out.
    ///
    /// # Errors
    /// When there is no gate, nobody is logged in, or the host cannot tell.
    pub fn of(gate: Option<BiometryGate>, head: &impl RequestHead) -> Result<Self, Rejection> {
        let gate = gate.ok_or(Rejection::NoGate)?;
        match gate.principal(head) {
            Ok(Some(owner)) => Ok(Self { gate, owner }),
            Ok(None) => Err(Rejection::refused(&gate, Denial::AuthenticationRequired)),
            Err(denial) => Err(Rejection::refused(&gate, denial)),
        }
    }

    /// The caller's newest session, if there is one.
    ///
    /// # Errors
    /// When the store cannot answer.
    pub async fn session(&self) -> Result<Option<SessionView>, Rejection> {
        self.gate.session_of(&self.owner).await.map_err(|error| Rejection::refused(&self.gate, error.into()))
    }

    /// What the caller has agreed to.
    ///
    /// # Errors
    /// When the store, or the platform where it is asked, cannot answer.
    pub async fn consent(&self) -> Result<Consent, Rejection> {
        self.gate.consent_of(&self.owner).await.map_err(|denial| Rejection::refused(&self.gate, denial))
    }

    /// What the caller has agreed to, if all of `purposes` are among it.
    ///
    /// # Errors
    /// When they are not, or it cannot be told.
    pub async fn consented(&self, purposes: &[Purpose]) -> Result<Consent, Rejection> {
        let consent = self.gate.ensure_consent(&self.owner, purposes).await;
        consent.map_err(|denial| Rejection::refused(&self.gate, denial))
    }
}

impl Rejection {
    fn refused(gate: &BiometryGate, denial: Denial) -> Self {
        Self::Refused(Box::new(gate.refuse(denial)))
    }

    /// Whether asking again later may bring another answer.
    pub fn is_outage(&self) -> bool {
        let is_passing = |code| matches!(code, Code::StoreUnavailable | Code::PlatformUnavailable);
        matches!(self, Self::Refused(problem) if is_passing(problem.code()))
    }

    /// The status that the caller is answered with.
    pub fn status(&self) -> StatusCode {
        match self {
            Self::NoGate => StatusCode::INTERNAL_SERVER_ERROR,
            Self::NoSession => Code::SessionUnknown.status(),
            Self::Refused(problem) => problem.status(),
        }
    }

    /// What the caller is answered. A missing gate is a 500 that is logged: whoever calls can do nothing about it.
    pub fn problem(&self) -> Problem {
        match self {
            Self::NoGate => Problem::misconfigured(
                "no gate on this route: put one around it, or hand the gate out to the app's extractors",
            ),
            Self::NoSession => Problem::new(Code::SessionUnknown, "there is no biometric session"),
            Self::Refused(problem) => (**problem).clone(),
        }
    }
}

impl fmt::Display for Rejection {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NoGate => f.write_str("no gate on this route"),
            Self::NoSession => f.write_str("no biometric session"),
            Self::Refused(problem) => f.write_str(problem.detail()),
        }
    }
}

impl std::error::Error for Rejection {}
