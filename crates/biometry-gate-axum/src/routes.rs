use biometry_gate::BiometryGate;
use biometry_gate::routes::Routes;

/// The mounted routes, to be put under a prefix: `Router::nest_service("/biometry", routes(&gate))`.
///
/// A service and not a router, because axum gives a nested router no say about the prefix with a slash behind it, and
/// everything under the prefix is answered in JSON. They carry their own limits and are not subject to axum's
/// `DefaultBodyLimit`.
pub fn routes(gate: &BiometryGate) -> Routes {
    gate.routes()
}
