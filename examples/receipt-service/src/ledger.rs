use axum::http::StatusCode;
use axum::response::{IntoResponse as _, Response};
use axum::routing::post;
use axum::{Json, Router};
use biometry_gate_receipts::{ReceiptGuard, RequireReceiptLayer, VerifiedReceipt};
use serde::Deserialize;
use serde_json::json;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Booking {
    to: String,
    amount: String,
}

/// The ledger's one route, behind a guard.
pub fn ledger(guard: ReceiptGuard) -> Router {
    Router::new().route("/bookings", post(book)).route_layer(RequireReceiptLayer::new(guard))
}

/// Books what the person saw, and nothing else.
async fn book(VerifiedReceipt(receipt): VerifiedReceipt, Json(booking): Json<Booking>) -> Response {
    let Booking { to, amount } = &booking;
    match receipt.expect_display(&[("Payee", to), ("Amount", amount)]) {
        Ok(_) => Json(json!({ "status": "booked", "id": receipt.id() })).into_response(),
        Err(error) => (StatusCode::UNPROCESSABLE_ENTITY, error.problem()).into_response(),
    }
}
