use std::convert::Infallible;

use biometry_gate::BiometryGate;
use bytes::Bytes;
use http::{Request, Response};
use http_body_util::BodyExt as _;
use http_body_util::combinators::UnsyncBoxBody;
use tower::ServiceExt as _;

/// A framework's app in the process of a test, without a socket: simulated time would not wait for bytes that are
/// travelling over one.
pub trait InProcess: Sized {
    /// An app that has the gate's routes at its root, and nothing else.
    fn mount(gate: &BiometryGate) -> impl Future<Output = Self>;

    /// What the app answers a request. It reads the request's body as slowly as the framework does.
    fn answer(&self, request: Request<SlicedBody>) -> impl Future<Output = Response<Bytes>>;
}

/// The body of a request, in slices.
pub type SlicedBody = UnsyncBoxBody<Bytes, Infallible>;

/// The gate's routes as they are, without a framework.
#[derive(Debug)]
pub struct NoFramework(BiometryGate);

impl InProcess for NoFramework {
    async fn mount(gate: &BiometryGate) -> Self {
        Self(gate.clone())
    }

    async fn answer(&self, request: Request<SlicedBody>) -> Response<Bytes> {
        let (head, body) = self.0.routes().oneshot(request).await.expect("an answer").into_parts();
        Response::from_parts(head, body.collect().await.expect("a body").to_bytes())
    }
}
