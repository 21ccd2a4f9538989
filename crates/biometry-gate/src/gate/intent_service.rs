use std::fmt;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};

use bytes::Bytes;
use http::request::Parts;
use http::{Request, Response};
use http_body::Body;
use tower_layer::Layer;
use tower_service::Service;

use super::find_route::FindRoute;
use super::future::keep_from_caches;
use super::guard::{Entry, Guard};
use super::permit::Permit;
use crate::denial::Render;
use crate::intent::Intent;

/// Reads the operation that a request is about to run, exactly as the handler will.
///
/// Closures `Fn(&Parts, &Bytes) -> Result<Intent, IntentError>` are readers.
pub trait ReadIntent: Send + Sync + 'static {
    /// Builds the operation from the request's head and whole body.
    ///
    /// # Errors
    /// When the request does not hold an operation that can be run: it is refused with 422.
    fn read(&self, head: &Parts, body: &Bytes) -> Result<Intent, IntentError>;
}

/// The request holds no operation that could be run.
#[derive(Clone, Copy, Debug, Default)]
pub struct IntentError;

/// Puts a policy that is bound to an intent in front of a service; made by
/// [`BiometryGate::require_for`](super::BiometryGate::require_for).
pub struct IntentGateLayer<I> {
    guard: Guard,
    route: Arc<dyn FindRoute>,
    read: Arc<I>,
}

/// Lets a request through to `S` only with a decision for exactly the operation in it.
pub struct IntentGateService<S, I> {
    inner: S,
    guard: Guard,
    route: Arc<dyn FindRoute>,
    read: Arc<I>,
}

/// The future of [`IntentGateService`].
pub type IntentResponseFuture<R, E> = Pin<Box<dyn Future<Output = Result<Response<R>, E>> + Send>>;

impl<I> IntentGateLayer<I> {
    pub(super) fn new(guard: Guard, route: Arc<dyn FindRoute>, read: I) -> Self {
        Self { guard, route, read: Arc::new(read) }
    }

    /// Renders denials here in another way than the gate does elsewhere.
    #[must_use]
    pub fn render(self, render: impl Render) -> Self {
        Self { guard: self.guard.render(render), ..self }
    }
}

impl<S, I> Layer<S> for IntentGateLayer<I> {
    type Service = IntentGateService<S, I>;

    fn layer(&self, inner: S) -> Self::Service {
        let Self { guard, route, read } = self.clone();
        IntentGateService { inner, guard, route, read }
    }
}

impl<S, I, B, R> Service<Request<B>> for IntentGateService<S, I>
where
    S: Service<Request<B>, Response = Response<R>> + Clone + Send + 'static,
    S::Future: Send,
    I: ReadIntent,
    B: Body<Data = Bytes> + From<Bytes> + Send + 'static,
    B::Error: Into<Box<dyn std::error::Error + Send + Sync>>,
    R: From<Bytes>,
{
    type Response = S::Response;
    type Error = S::Error;
    type Future = IntentResponseFuture<R, S::Error>;

    fn poll_ready(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), Self::Error>> {
        self.inner.poll_ready(cx)
    }

    fn call(&mut self, request: Request<B>) -> Self::Future {
        // The instance that was polled ready is the one that has to be called; the clone takes its place.
        let clone = self.inner.clone();
        let mut inner = std::mem::replace(&mut self.inner, clone);
        let (guard, route, read) = (self.guard.clone(), Arc::clone(&self.route), Arc::clone(&self.read));
        Box::pin(async move {
            let (mut head, body) = request.into_parts();
            Permit::detach(&mut head.extensions);
            let caller = match guard.enter(&head) {
                Entry::Preflight => return inner.call(Request::from_parts(head, body)).await,
                Entry::Refused(denial) => return Ok(guard.refuse(denial, None)),
                Entry::Caller(caller) => caller,
            };
            match guard.check_intent(&caller, &*read, route.find(&head), &head, body).await {
                Err(denial) => Ok(guard.refuse(denial, Some(caller.principal()))),
                Ok((permit, body)) => {
                    permit.attach(&mut head.extensions);
                    let mut response = inner.call(Request::from_parts(head, B::from(body))).await?;
                    keep_from_caches(&mut response);
                    Ok(response)
                }
            }
        })
    }
}

impl<F> ReadIntent for F
where
    F: Fn(&Parts, &Bytes) -> Result<Intent, IntentError> + Send + Sync + 'static,
{
    fn read(&self, head: &Parts, body: &Bytes) -> Result<Intent, IntentError> {
        self(head, body)
    }
}

// Derived clones would ask `I` to be cloneable.
impl<I> Clone for IntentGateLayer<I> {
    fn clone(&self) -> Self {
        Self { guard: self.guard.clone(), route: Arc::clone(&self.route), read: Arc::clone(&self.read) }
    }
}

impl<S: Clone, I> Clone for IntentGateService<S, I> {
    fn clone(&self) -> Self {
        let (guard, route) = (self.guard.clone(), Arc::clone(&self.route));
        Self { inner: self.inner.clone(), guard, route, read: Arc::clone(&self.read) }
    }
}

impl<I> fmt::Debug for IntentGateLayer<I> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("IntentGateLayer").field("policy", &self.guard.policy().name()).finish()
    }
}

impl<S, I> fmt::Debug for IntentGateService<S, I> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("IntentGateService")
            .field("policy", &self.guard.policy().name())
            .finish_non_exhaustive()
    }
}

impl fmt::Display for IntentError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the request holds no operation that could be run")
    }
}

impl std::error::Error for IntentError {}
