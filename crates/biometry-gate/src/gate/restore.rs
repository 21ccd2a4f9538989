//! Giving a single-use decision back when the handler says that it did nothing.

use std::fmt;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};

use http::response::Parts;
use http::{Request, Response};
use tower_layer::Layer;
use tower_service::Service;

use super::BiometryGate;
use super::permit::Permit;

/// Restores a used decision on some responses; made by [`BiometryGate::restore_on`]. It goes inside the gate, next to
/// the handler:
///
/// ```
/// # fn stack(gate: &biometry_gate::BiometryGate) -> Result<(), Box<dyn std::error::Error>> {
/// use tower::ServiceBuilder;
///
/// let service = ServiceBuilder::new()
///     .layer(gate.require("export")?)
///     .layer(gate.restore_on(|head| head.status == http::StatusCode::CONFLICT))
///     .service_fn(async |_: http::Request<()>| {
///         Ok::<_, std::convert::Infallible>(http::Response::new(bytes::Bytes::new()))
///     });
/// # let _ = service; Ok(()) }
/// # let _ = stack;
/// ```
///
/// The decision that is given back is good for as long as it was. The audit trail has `decision.restored`.
#[derive(Clone)]
pub struct RestoreLayer {
    gate: BiometryGate,
    when: Arc<dyn Fn(&Parts) -> bool + Send + Sync>,
}

/// The service that [`RestoreLayer`] makes. It runs the handler first, and gives the use back before it answers.
#[derive(Clone)]
pub struct RestoreService<S> {
    inner: S,
    rule: RestoreLayer,
}

impl RestoreLayer {
    pub(super) fn new(gate: BiometryGate, when: impl Fn(&Parts) -> bool + Send + Sync + 'static) -> Self {
        Self { gate, when: Arc::new(when) }
    }
}

impl<S> Layer<S> for RestoreLayer {
    type Service = RestoreService<S>;

    fn layer(&self, inner: S) -> Self::Service {
        RestoreService { inner, rule: self.clone() }
    }
}

impl<S, B, R> Service<Request<B>> for RestoreService<S>
where
    S: Service<Request<B>, Response = Response<R>>,
    S::Future: Send + 'static,
    S::Error: Send,
    R: Send,
{
    type Response = S::Response;
    type Error = S::Error;
    type Future = Pin<Box<dyn Future<Output = Result<S::Response, S::Error>> + Send>>;

    fn poll_ready(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), Self::Error>> {
        self.inner.poll_ready(cx)
    }

    fn call(&mut self, request: Request<B>) -> Self::Future {
        let permit = Permit::of(request.extensions());
        let answer = self.inner.call(request);
        let rule = self.rule.clone();
        Box::pin(async move {
            let (head, body) = answer.await?.into_parts();
            if let Some(permit) = permit.filter(|_| (rule.when)(&head)) {
                // A decision that cannot be given back stays used: the caller verifies once more.
                let _ = rule.gate.restore(&permit).await;
            }
            Ok(Response::from_parts(head, body))
        })
    }
}

impl fmt::Debug for RestoreLayer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("RestoreLayer")
    }
}

impl<S: fmt::Debug> fmt::Debug for RestoreService<S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RestoreService").field("inner", &self.inner).finish_non_exhaustive()
    }
}
