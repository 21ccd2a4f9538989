//! The tower layer.

use std::fmt;

use tower_layer::Layer;

use super::any_body::AnyBodyLayer;
use super::ask::ForPolicy;
use super::enforcer::Enforcer;
use super::service::BiometryGateService;
use crate::denial::Render;

/// Puts a policy in front of a service; made by [`BiometryGate::require`](super::BiometryGate::require) and
/// [`BiometryGate::require_for`](super::BiometryGate::require_for).
///
/// The inner service is any `Service<Request<B>>` whose response body can be made of [`bytes::Bytes`];
/// [`any_body`](Self::any_body) fits the layer to others. A gate for operations reads the request, whose body has to be
/// made of bytes as well: in front of hyper's `Incoming` put tower's `map_request` outside of it.
///
/// The order of layers matters. The host's session layer, CORS, and layers that set ids stand outside of the gate, so
/// that it knows the caller and a page can read a refusal. The mounted routes stand beside the gate and never behind
/// it.
#[derive(Clone)]
pub struct BiometryGateLayer<A = ForPolicy> {
    enforcer: Enforcer,
    ask: A,
}

impl<A> BiometryGateLayer<A> {
    pub(super) fn new(enforcer: Enforcer, ask: A) -> Self {
        Self { enforcer, ask }
    }

    /// Renders denials here in another way than the gate does elsewhere; see [`Render`].
    #[must_use]
    pub fn render(self, render: impl Render) -> Self {
        Self { enforcer: self.enforcer.render(render), ..self }
    }

    /// Fits in front of services whose response body cannot be made of bytes: `ServeDir`, services under
    /// `CompressionLayer` or `TraceLayer`, a `BoxBody`, tonic's. The answer's body is then an [`AnyBody`](super::AnyBody).
    ///
    /// ```
    /// # use biometry_gate::{BiometryGate, ConfigError};
    /// # use http_body_util::combinators::BoxBody;
    /// # type Boxed = BoxBody<bytes::Bytes, std::convert::Infallible>;
    /// # fn stack(gate: &BiometryGate) -> Result<(), ConfigError> {
    /// use tower::ServiceBuilder;
    ///
    /// let service = ServiceBuilder::new()
    ///     .layer(gate.require("statement")?.any_body())
    ///     .service_fn(async |_: http::Request<()>| Ok::<_, std::convert::Infallible>(http::Response::new(Boxed::default())));
    /// # let _ = service; Ok(()) }
    /// ```
    #[must_use]
    pub fn any_body(self) -> AnyBodyLayer<Self> {
        AnyBodyLayer::new(self)
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
