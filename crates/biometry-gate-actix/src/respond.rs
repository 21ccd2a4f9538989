use std::fmt;

use actix_web::body::BoxBody;
use actix_web::http::StatusCode;
use actix_web::{HttpRequest, HttpResponse, Responder, ResponseError};
use biometry_gate::challenge::Problem;

use crate::convert;

/// A problem as an actix response, and as an error: what handlers may return, and what this crate's extractors fail
/// with. `?` converts a [`Problem`].
///
/// ```
/// use biometry_gate::challenge::{Code, Problem};
/// use biometry_gate_actix::Refusal;
///
/// async fn transfer() -> Result<String, Refusal> {
///     Err(Problem::new(Code::InvalidRequest, "the amount is no number"))?
/// }
/// # let _ = transfer;
/// ```
#[derive(Clone, Debug)]
pub struct Refusal(pub Problem);

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

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.0.detail())
    }
}

impl std::error::Error for Refusal {}
