//! The extractor, for both frameworks.

use crate::receipt::Receipt;

/// Proof that a valid receipt came with this request: the first argument of a handler that must never run without one.
///
/// On axum the receipt comes from `RequireReceiptLayer` around the route; without it the extractor rejects with 500. On
/// actix-web the extractor checks the request itself, by the [`ReceiptGuard`](crate::ReceiptGuard) in the app's data;
/// without one it rejects with 500. It takes a single-use receipt when it runs: a handler has it once.
///
/// ```
/// use biometry_gate_receipts::VerifiedReceipt;
///
/// async fn book(VerifiedReceipt(receipt): VerifiedReceipt) -> String {
///     format!("verified at {:?}", receipt.auth_time())
/// }
/// # let _ = book;
/// ```
#[derive(Clone, Debug)]
pub struct VerifiedReceipt(pub Receipt);

#[cfg(feature = "axum")]
mod axum {
    use axum_core::body::Body;
    use axum_core::extract::FromRequestParts;
    use axum_core::response::Response;
    use http::request::Parts;

    use super::VerifiedReceipt;
    use crate::error::ReceiptError;
    use crate::receipt::Receipt;
    use crate::tower::refusal;

    impl<S: Sync> FromRequestParts<S> for VerifiedReceipt {
        type Rejection = Response;

        async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Response> {
            let receipt = parts.extensions.get::<Receipt>().cloned();
            receipt.map(Self).ok_or_else(|| {
                let error = ReceiptError::settings("no `RequireReceiptLayer` stands around the route");
                error.log();
                refusal::<Body>(&error)
            })
        }
    }
}
