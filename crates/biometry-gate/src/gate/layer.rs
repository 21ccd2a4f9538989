use std::fmt;

use tower_layer::Layer;

use super::ask::ForPolicy;
use super::enforcer::Enforcer;
use super::service::BiometryGateService;
use crate::denial::Render;

/// Puts a policy in front of a service; made by [`BiometryGate::require`](super::BiometryGate::require) and
/// [`BiometryGate::require_for`](super::BiometryGate::require_for).
///
/// The inner service is any `Service<Request<B>>` whose response body can be made of [`bytes::Bytes`]. Put CORS
/// layers outside, so that a page can read a refusal.
#[derive(Clone)]
pub struct BiometryGateLayer<A = ForPolicy> {
    enforcer: Enforcer,
    ask: A,
}

impl<A> BiometryGateLayer<A> {
    pub(super) fn new(enforcer: Enforcer, ask: A) -> Self {
        Self { enforcer, ask }
    }

    /// Renders denials here in another way than the gate does elsewhere.
    #[must_use]
    pub fn render(self, render: impl Render) -> Self {
        Self { enforcer: self.enforcer.render(render), ..self }
    }
}

impl<S, A: Clone> Layer<S> for BiometryGateLayer<A> {
    type Service = BiometryGateService<S, A>;

    fn layer(&self, inner: S) -> Self::Service {
        BiometryGateService::new(inner, self.enforcer.clone(), self.ask.clone())
    }
}

impl<A: fmt::Debug> fmt::Debug for BiometryGateLayer<A> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("BiometryGateLayer")
            .field("policy", &self.enforcer.policy().name())
            .field("ask", &self.ask)
            .finish()
    }
}
