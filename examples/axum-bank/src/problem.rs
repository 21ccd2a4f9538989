//! The bank's own refusals look like the gate's.

use axum::response::{IntoResponse, Response};
use biometry_gate::challenge::{Code, Problem};
use biometry_gate::{BiometryGate, Denial};
use biometry_gate_axum::Refusal;

/// 401: nobody is logged in.
pub(crate) fn nobody(gate: &BiometryGate) -> Response {
    Refusal(gate.refuse(Denial::AuthenticationRequired)).into_response()
}

/// What the gate says of a store that cannot answer.
pub(crate) fn denied(gate: &BiometryGate, denial: Denial) -> Response {
    Refusal(gate.refuse(denial)).into_response()
}

/// 422: the request makes no sense.
pub(crate) fn invalid(detail: &'static str) -> Response {
    Refusal(Problem::new(Code::InvalidRequest, detail)).into_response()
}

/// 413: more than anything that the bank takes.
pub(crate) fn too_large() -> Response {
    Refusal(Problem::new(Code::UploadTooLarge, "the request is too large")).into_response()
}
