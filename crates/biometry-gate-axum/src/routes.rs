use biometry_gate::BiometryGate;
use biometry_gate::routes::Routes;

/// The mounted routes, to be put under a prefix of the host's choice.
///
/// ```
/// use axum::Router;
/// # fn mount(gate: &biometry_gate::BiometryGate) -> Router {
/// Router::new().nest_service("/biometry", biometry_gate_axum::routes(gate))
/// # }
/// # let _ = mount;
/// ```
///
/// A service and not a router, because axum gives a nested router no say about the prefix with a slash behind it, and
/// everything under the prefix is answered in JSON. They carry their own limits and are not subject to axum's
/// `DefaultBodyLimit`. Do not put them behind a gate: stepping up would then take a step-up.
pub fn routes(gate: &BiometryGate) -> Routes {
    gate.routes()
}
