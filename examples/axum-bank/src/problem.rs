//! The bank's own refusals look like the gate's.

use axum::Json;
use axum::http::header::{CACHE_CONTROL, CONTENT_TYPE, X_CONTENT_TYPE_OPTIONS};
use axum::http::{HeaderName, HeaderValue, StatusCode};
use axum::response::{IntoResponse, Response};
use bank::NotForScrapes;
use biometry_gate::challenge::{Code, Problem};
use biometry_gate::gate::NotReady;
use biometry_gate::{BiometryGate, Denial};
use biometry_gate_axum::Refusal;

/// 401: the caller is not logged in.
pub(crate) fn not_logged_in(gate: &BiometryGate) -> Response {
    Refusal(gate.refuse(Denial::AuthenticationRequired)).into_response()
}

/// What the gate says of a store that cannot answer.
pub(crate) fn denied(gate: &BiometryGate, denial: Denial) -> Response {
    Refusal(gate.refuse(denial)).into_response()
}

/// 401: the scrape does not carry the token.
pub(crate) fn not_for_scrapes(_: NotForScrapes) -> Response {
    Refusal(Problem::new(Code::AuthenticationRequired, bank::WHO_SCRAPES)).into_response()
}

/// 422: the request makes no sense.
pub(crate) fn invalid(detail: &'static str) -> Response {
    Refusal(Problem::new(Code::InvalidRequest, detail)).into_response()
}

/// 422: the account does not hold that much.
pub(crate) fn insufficient_funds(request_id: Option<&HeaderValue>) -> Response {
    let body = bank::insufficient_funds(request_id.and_then(|id| id.to_str().ok()));
    let mut response = (StatusCode::UNPROCESSABLE_ENTITY, Json(body)).into_response();
    let headers = response.headers_mut();
    headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/problem+json"));
    headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
    headers.insert(X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    if let Some(id) = request_id {
        headers.insert(X_REQUEST_ID, id.clone());
    }
    response
}

pub(crate) const X_REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");

/// 413: more than anything that the bank takes.
pub(crate) fn too_large() -> Response {
    Refusal(Problem::new(Code::UploadTooLarge, "the request is too large")).into_response()
}

/// 400: the request's body took too long.
pub(crate) fn too_slow() -> Response {
    Refusal(Problem::new(Code::UploadTimeout, "the request took too long").broken_framing()).into_response()
}

/// 503: requests had better go to another instance.
pub(crate) fn not_ready(why: NotReady) -> Response {
    Refusal(why.into()).into_response()
}
