use std::fmt;

use axum_core::body::Body;
use axum_core::response::{IntoResponse, Response};
use biometry_gate::challenge::Problem;

/// A problem as an axum response: what handlers refuse with, and what this crate's extractors reject with. `?` converts
/// a [`Problem`].
///
/// ```
/// use axum::response::IntoResponse as _;
/// use biometry_gate::challenge::{Code, Problem};
/// use biometry_gate_axum::Refusal;
///
/// async fn transfer() -> Result<String, Refusal> {
///     Err(Problem::new(Code::InvalidRequest, "the amount is no number"))?
/// }
/// assert_eq!(Refusal(Problem::no_session()).into_response().status(), 404);
/// # let _ = transfer;
/// ```
#[derive(Clone, Debug)]
pub struct Refusal(pub Problem);

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

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.0.detail())
    }
}

impl std::error::Error for Refusal {}
