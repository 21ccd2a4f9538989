use std::fmt;
use std::task::{Context, Poll};

use bytes::Bytes;
use http::{Request, Response};
use tower_service::Service;

use super::future::ResponseFuture;
use super::guard::{Entry, Guard};
use super::permit::Permit;

/// Lets a request through to `S` only with a decision that satisfies the policy.
#[derive(Clone)]
pub struct BiometryGateService<S> {
    inner: S,
    guard: Guard,
}

impl<S> BiometryGateService<S> {
    pub(super) fn new(inner: S, guard: Guard) -> Self {
        Self { inner, guard }
    }

    /// The inner service.
    pub fn get_ref(&self) -> &S {
        &self.inner
    }

    /// The inner service, to be changed.
    pub fn get_mut(&mut self) -> &mut S {
        &mut self.inner
    }

    /// Takes the gate away.
    pub fn into_inner(self) -> S {
        self.inner
    }
}

impl<S, B, R> Service<Request<B>> for BiometryGateService<S>
where
    S: Service<Request<B>, Response = Response<R>> + Clone,
    R: From<Bytes>,
{
    type Response = S::Response;
    type Error = S::Error;
    type Future = ResponseFuture<S, B>;

    fn poll_ready(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), Self::Error>> {
        self.inner.poll_ready(cx)
    }

    fn call(&mut self, request: Request<B>) -> Self::Future {
        let (mut head, body) = request.into_parts();
        let caller = match self.guard.enter(&head) {
            Entry::Preflight => {
                // One that an outer gate has left is not this policy's.
                Permit::detach(&mut head.extensions);
                return ResponseFuture::passing(self.inner.call(Request::from_parts(head, body)));
            }
            Entry::Refused(denial) => return ResponseFuture::refused(self.guard.clone(), denial, None),
            Entry::Caller(caller) => caller,
        };
        let caller = match self.guard.check_at_once(caller) {
            Ok(permit) => {
                permit.attach(&mut head.extensions);
                return ResponseFuture::allowed(self.inner.call(Request::from_parts(head, body)));
            }
            Err(caller) => caller,
        };
        // The instance that was polled ready is the one that has to be called; the clone takes its place.
        let clone = self.inner.clone();
        let inner = std::mem::replace(&mut self.inner, clone);
        let request = Request::from_parts(head, body);
        ResponseFuture::checking(self.guard.clone(), caller, inner, request)
    }
}

impl<S: fmt::Debug> fmt::Debug for BiometryGateService<S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("BiometryGateService")
            .field("inner", &self.inner)
            .field("policy", &self.guard.policy().name())
            .finish()
    }
}
