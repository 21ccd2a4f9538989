use std::fmt;

use actix_web::body::BoxBody;
use actix_web::http::StatusCode;
use actix_web::{HttpRequest, HttpResponse, Responder, ResponseError};
use biometry_gate::challenge::{Code, Problem};
use biometry_gate::{BiometryGate, Denial};

use crate::convert;

/// A problem as an actix response, and as an error that a handler may return.
#[derive(Clone, Debug)]
pub struct Refusal(pub Problem);

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

impl Rejection {
    pub(crate) fn refused(gate: &BiometryGate, denial: Denial) -> Self {
        Self::Refused(Box::new(gate.refuse(denial)))
    }

    /// Whether asking again later may bring another answer.
    pub(crate) fn is_outage(&self) -> bool {
        matches!(self, Self::Refused(problem) if problem.code() == Code::StoreUnavailable)
    }

    fn problem(&self) -> Problem {
        match self {
            Self::NoGate => {
                Problem::misconfigured("no gate on this route: wrap it in `require(…)` or add it as app data")
            }
            Self::NoSession => Problem::new(Code::SessionUnknown, "there is no biometric session"),
            Self::Refused(problem) => (**problem).clone(),
        }
    }
}

impl From<Problem> for Refusal {
    fn from(problem: Problem) -> Self {
        Self(problem)
    }
}

impl Responder for Refusal {
    type Body = BoxBody;

    fn respond_to(self, _: &HttpRequest) -> HttpResponse {
        convert::response(self.0.into_response())
    }
}

impl ResponseError for Refusal {
    fn status_code(&self) -> StatusCode {
        convert::status(self.0.status())
    }

    fn error_response(&self) -> HttpResponse {
        convert::response(self.0.clone().into_response())
    }
}

impl ResponseError for Rejection {
    fn status_code(&self) -> StatusCode {
        convert::status(self.problem().status())
    }

    fn error_response(&self) -> HttpResponse {
        convert::response(self.problem().into_response())
    }
}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.0.detail())
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

impl std::error::Error for Refusal {}

impl std::error::Error for Rejection {}
