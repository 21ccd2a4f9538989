use std::fmt;

use tower_layer::Layer;

use super::guard::Guard;
use super::service::BiometryGateService;
use crate::denial::Render;

/// Puts a policy in front of a service; made by [`BiometryGate::require`](super::BiometryGate::require).
///
/// The inner service is any `Service<Request<B>>` whose response body can be made of [`bytes::Bytes`]. Put CORS
/// layers outside, so that a page can read a refusal.
#[derive(Clone)]
pub struct BiometryGateLayer {
    guard: Guard,
}

impl BiometryGateLayer {
    pub(super) fn new(guard: Guard) -> Self {
        Self { guard }
    }

    /// Renders denials here in another way than the gate does elsewhere.
    #[must_use]
    pub fn render(self, render: impl Render) -> Self {
        Self { guard: self.guard.render(render) }
    }
}

impl<S> Layer<S> for BiometryGateLayer {
    type Service = BiometryGateService<S>;

    fn layer(&self, inner: S) -> Self::Service {
        BiometryGateService::new(inner, self.guard.clone())
    }
}

impl fmt::Debug for BiometryGateLayer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("BiometryGateLayer").field("policy", &self.guard.policy().name()).finish()
    }
}
