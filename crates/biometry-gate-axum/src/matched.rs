use axum::extract::MatchedPath;
use biometry_gate::gate::FindRoute;
use http::request::Parts;

/// Asks axum's router which route a request was matched to, for
/// [`require_for`](biometry_gate::BiometryGate::require_for): what was approved for one route opens no other.
///
/// The router knows in `route_layer` and `layer`, on routers and on single routes, nested ones included. It does not know
/// of fallbacks and nested services: gates there are told a name.
///
/// ```
/// use axum::Router;
/// use axum::routing::post;
/// use biometry_gate::BiometryGate;
/// use biometry_gate::intent::Intent;
/// use biometry_gate_axum::Matched;
/// # fn payouts(gate: &BiometryGate) -> Result<Router, biometry_gate::ConfigError> {
/// let read = |_: &http::request::Parts, body: &axum::body::Bytes| {
///     let amount = std::str::from_utf8(body).map_err(|_| biometry_gate::gate::IntentError)?;
///     Ok(Intent::new("payout").line("Amount", amount))
/// };
/// let payouts = Router::new()
///     .route("/accounts/{id}/payout", post(async || "paid"))
///     .route_layer(gate.require_for("payout", Matched, read)?);
/// # Ok(payouts) }
/// ```
#[derive(Clone, Copy, Debug, Default)]
pub struct Matched;

impl FindRoute for Matched {
    fn find<'a>(&'a self, head: &'a Parts) -> Option<&'a str> {
        head.extensions.get::<MatchedPath>().map(MatchedPath::as_str)
    }
}
