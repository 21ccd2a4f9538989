//! The bank's own refusals look like the gate's.

use biometry_gate::challenge::{Code, Problem};
use biometry_gate::{BiometryGate, Denial};
use biometry_gate_actix::Refusal;

/// 401: nobody is logged in.
pub(crate) fn nobody(gate: &BiometryGate) -> Refusal {
    Refusal(gate.refuse(Denial::AuthenticationRequired))
}

/// What the gate says of a store that cannot answer.
pub(crate) fn denied(gate: &BiometryGate, denial: Denial) -> Refusal {
    Refusal(gate.refuse(denial))
}

/// 422: the request makes no sense.
pub(crate) fn invalid(detail: &'static str) -> Refusal {
    Refusal(Problem::new(Code::InvalidRequest, detail))
}

/// 413: more than anything that the bank takes.
pub(crate) fn too_large() -> Refusal {
    Refusal(Problem::new(Code::UploadTooLarge, "the request is too large"))
}
