use std::fmt;

use actix_web::body::BoxBody;
use actix_web::http::StatusCode;
use actix_web::{HttpRequest, HttpResponse, Responder, ResponseError};
use biometry_gate::challenge::Problem;
use biometry_gate::gate;

use crate::convert;

/// A problem as an actix response, and as an error that a handler may return.
#[derive(Clone, Debug)]
pub struct Refusal(pub Problem);

/// Why an extractor has nothing to give, as an error that actix answers.
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
        convert::status(self.0.status())
    }

    fn error_response(&self) -> HttpResponse {
        convert::response(self.0.problem().into_response())
    }
}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.0.detail())
    }
}

impl fmt::Display for Rejection {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl std::error::Error for Refusal {}

impl std::error::Error for Rejection {}
