use std::fmt;

use axum_core::body::Body;
use axum_core::response::{IntoResponse, Response};
use biometry_gate::challenge::Problem;
use biometry_gate::gate;

/// A problem as an axum response.
#[derive(Debug)]
pub struct Refusal(pub Problem);

/// Why an extractor has nothing to give, as an axum response.
#[derive(Clone, Debug)]
pub struct Rejection(pub gate::Rejection);

impl From<Problem> for Refusal {
    fn from(problem: Problem) -> Self {
        Self(problem)
    }
}

impl From<gate::Rejection> for Rejection {
    fn from(rejection: gate::Rejection) -> Self {
        Self(rejection)
    }
}

impl IntoResponse for Refusal {
    fn into_response(self) -> Response {
        self.0.into_response::<Body>()
    }
}

impl IntoResponse for Rejection {
    fn into_response(self) -> Response {
        Refusal(self.0.problem()).into_response()
    }
}

impl fmt::Display for Rejection {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl std::error::Error for Rejection {}
