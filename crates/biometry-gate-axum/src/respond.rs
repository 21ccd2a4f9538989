use std::fmt;

use axum_core::body::Body;
use axum_core::response::{IntoResponse, Response};
use biometry_gate::challenge::{Code, Problem};
use biometry_gate::{BiometryGate, Denial};

/// A problem as an axum response.
#[derive(Debug)]
pub struct Refusal(pub Problem);

/// Why an extractor has nothing to give.
#[derive(Debug)]
#[non_exhaustive]
pub enum Rejection {
    /// The route has no gate: a mistake in the router.
    NoGate,
    /// The caller has no biometric session.
    NoSession,
    /// The caller is nobody, or it cannot be told.
    Refused(Box<Problem>),
}

impl Rejection {
    pub(crate) fn refused(gate: &BiometryGate, denial: Denial) -> Self {
        Self::Refused(Box::new(gate.refuse(denial)))
    }
}

impl From<Problem> for Refusal {
    fn from(problem: Problem) -> Self {
        Self(problem)
    }
}

impl IntoResponse for Refusal {
    fn into_response(self) -> Response {
        self.0.into_response::<Body>()
    }
}

impl IntoResponse for Rejection {
    fn into_response(self) -> Response {
        let problem = match self {
            Self::NoGate => {
                Problem::misconfigured("no gate on this route: add `gate.require(…)` or `Extension(gate)`")
            }
            Self::NoSession => Problem::new(Code::SessionUnknown, "there is no biometric session"),
            Self::Refused(problem) => *problem,
        };
        Refusal(problem).into_response()
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
