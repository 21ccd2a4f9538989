//! The bank's own refusals look like the gate's.

use actix_web::HttpResponse;
use actix_web::http::header::{CACHE_CONTROL, CONTENT_TYPE, HeaderName, HeaderValue, X_CONTENT_TYPE_OPTIONS};
use bank::NotForScrapes;
use biometry_gate::challenge::{Code, Problem};
use biometry_gate::gate::NotReady;
use biometry_gate::{BiometryGate, Denial};
use biometry_gate_actix::Refusal;

/// 401: the caller is not logged in.
pub(crate) fn not_logged_in(gate: &BiometryGate) -> Refusal {
    Refusal(gate.refuse(Denial::AuthenticationRequired))
}

/// What the gate says of a store that cannot answer.
pub(crate) fn denied(gate: &BiometryGate, denial: Denial) -> Refusal {
    Refusal(gate.refuse(denial))
}

/// 401: the scrape does not carry the token.
pub(crate) fn not_for_scrapes(_: NotForScrapes) -> Refusal {
    Refusal(Problem::new(Code::AuthenticationRequired, bank::WHO_SCRAPES))
}

/// 422: the request makes no sense.
pub(crate) fn invalid(detail: &'static str) -> Refusal {
    Refusal(Problem::new(Code::InvalidRequest, detail))
}

/// 422: the account does not hold that much.
pub(crate) fn insufficient_funds(request_id: Option<&HeaderValue>) -> HttpResponse {
    let body = bank::insufficient_funds(request_id.and_then(|id| id.to_str().ok()));
    let mut response = HttpResponse::UnprocessableEntity();
    response.insert_header((CONTENT_TYPE, "application/problem+json"));
    response.insert_header((CACHE_CONTROL, "no-store"));
    response.insert_header((X_CONTENT_TYPE_OPTIONS, "nosniff"));
    if let Some(id) = request_id {
        response.insert_header((X_REQUEST_ID, id.clone()));
    }
    response.body(body.to_string())
}

pub(crate) const X_REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");

/// 413: more than anything that the bank takes.
pub(crate) fn too_large() -> Refusal {
    Refusal(Problem::new(Code::UploadTooLarge, "the request is too large"))
}

/// 400: the request's body took too long.
pub(crate) fn too_slow() -> Refusal {
    Refusal(Problem::new(Code::UploadTimeout, "the request took too long").broken_framing())
}

/// 503: requests had better go to another instance.
pub(crate) fn not_ready(why: NotReady) -> Refusal {
    Refusal(why.into())
}
