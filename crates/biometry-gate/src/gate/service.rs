//! The tower service.

use std::fmt;
use std::task::{Context, Poll};

use bytes::Bytes;
use http::request::Parts;
use http::{Request, Response};
use tower_service::Service;

use super::ask::{Ask, ForPolicy};
use super::enforcer::{Enforcer, Screening};
use super::future::{Asked, ResponseFuture};
use super::permit::Permit;
use crate::principal::Principal;

/// Lets a request through to `S` only with a decision that satisfies the policy; made by
/// [`BiometryGateLayer`](super::BiometryGateLayer).
///
/// Where the store can answer at once, the check allocates nothing. `poll_ready` is that of the inner service, and the
/// instance that was polled ready is the one that is called.
#[derive(Clone)]
pub struct BiometryGateService<S, A = ForPolicy> {
    inner: S,
    enforcer: Enforcer,
    ask: A,
}

impl<S, A> BiometryGateService<S, A> {
    pub(super) fn new(inner: S, enforcer: Enforcer, ask: A) -> Self {
        Self { inner, enforcer, ask }
    }

    /// The inner service.
    pub fn get_ref(&self) -> &S {
        &self.inner
    }

    /// The inner service, to be changed.
    pub fn get_mut(&mut self) -> &mut S {
        &mut self.inner
    }

    fn asked(&self, head: &Parts, principal: Option<Principal>) -> Asked {
        Asked { enforcer: self.enforcer.clone(), principal, request_id: self.enforcer.request_id(head) }
    }

    /// Takes the gate away.
    pub fn into_inner(self) -> S {
        self.inner
    }
}

impl<S, A, B, R> Service<Request<B>> for BiometryGateService<S, A>
where
    S: Service<Request<B>, Response = Response<R>> + Clone,
    A: Ask<B>,
    R: From<Bytes>,
{
    type Response = S::Response;
    type Error = S::Error;
    type Future = ResponseFuture<S, B, A>;

    fn poll_ready(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), Self::Error>> {
        self.inner.poll_ready(cx)
    }

    fn call(&mut self, request: Request<B>) -> Self::Future {
        let (mut head, body) = request.into_parts();
        let caller = match self.enforcer.screen(&head) {
            Screening::Preflight => {
                // An outer gate's permit is not this policy's.
                Permit::detach(&mut head.extensions);
                return ResponseFuture::passing(self.inner.call(Request::from_parts(head, body)));
            }
            Screening::Refused(denial) => {
                return ResponseFuture::refused(self.asked(&head, None), denial);
            }
            Screening::Caller(caller) => caller,
        };
        let caller = match self.ask.check_at_once(&self.enforcer, caller) {
            Ok(permit) => {
                permit.attach(&mut head.extensions);
                return ResponseFuture::allowed(self.inner.call(Request::from_parts(head, body)));
            }
            Err(caller) => caller,
        };
        // The instance that was polled ready is the one that has to be called; the clone takes its place.
        let clone = self.inner.clone();
        let inner = std::mem::replace(&mut self.inner, clone);
        let asked = self.asked(&head, Some(caller.principal().clone()));
        let request = Request::from_parts(head, body);
        ResponseFuture::checking(&self.ask, asked, caller, inner, request)
    }
}

impl<S: fmt::Debug, A> fmt::Debug for BiometryGateService<S, A> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("BiometryGateService")
            .field("inner", &self.inner)
            .field("policy", &self.enforcer.policy().name())
            .finish()
    }
}
