use axum::{Extension, Router};
use biometry_gate::BiometryGate;

/// The mounted routes, to be nested under a prefix: `Router::nest("/biometry", routes(&gate))`.
///
/// They carry their own limits and are not subject to axum's `DefaultBodyLimit`.
pub fn routes<S: Clone + Send + Sync + 'static>(gate: &BiometryGate) -> Router<S> {
    // Routes and no fallback: axum forgets the fallback of a router that is nested twice.
    Router::new()
        .route_service("/", gate.routes())
        .route_service("/{*operation}", gate.routes())
        .layer(Extension(gate.clone()))
}
