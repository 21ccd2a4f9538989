use std::fmt;
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use bytes::Bytes;
use http::{Request, Response};
use pin_project_lite::pin_project;
use tower_service::Service;

use super::deciding::Caller;
use super::guard::{Guard, KEPT_FROM_CACHES};
use super::permit::Permit;
use crate::denial::Denial;
use crate::principal::Principal;

pin_project! {
    /// The future of [`BiometryGateService`](super::BiometryGateService).
    pub struct ResponseFuture<S, B>
    where
        S: Service<Request<B>>,
    {
        #[pin]
        state: State<S, B, S::Future>,
    }
}

pin_project! {
    #[project = StateProjection]
    enum State<S, B, F> {
        /// The store is being asked.
        Checking { check: Check, call: Option<Box<Call<S, B>>> },
        /// The inner service answers; gated answers are not for caches.
        Inner { #[pin] future: F, gated: bool },
        Refused { refused: Option<Box<Refused>> },
    }
}

// What is not a pass lies apart: a pass is moved from hand to hand, and carries nothing for other cases.
type Check = Pin<Box<dyn Future<Output = Result<Permit, Denial>> + Send>>;

struct Refused {
    guard: Guard,
    denial: Denial,
    owner: Option<Principal>,
}

struct Call<S, B> {
    guard: Guard,
    owner: Principal,
    inner: S,
    request: Request<B>,
}

impl<S, B> ResponseFuture<S, B>
where
    S: Service<Request<B>>,
{
    pub(super) fn passing(future: S::Future) -> Self {
        Self { state: State::Inner { future, gated: false } }
    }

    pub(super) fn allowed(future: S::Future) -> Self {
        Self { state: State::Inner { future, gated: true } }
    }

    pub(super) fn refused(guard: Guard, denial: Denial, owner: Option<Principal>) -> Self {
        Self { state: State::refused(Refused { guard, denial, owner }) }
    }

    pub(super) fn checking(guard: Guard, caller: Caller, inner: S, request: Request<B>) -> Self {
        let owner = caller.principal().clone();
        let check: Check = {
            let guard = guard.clone();
            Box::pin(async move { guard.check(&caller).await })
        };
        Self { state: State::Checking { check, call: Some(Box::new(Call { guard, owner, inner, request })) } }
    }
}

impl<S, B, R> Future for ResponseFuture<S, B>
where
    S: Service<Request<B>, Response = Response<R>>,
    R: From<Bytes>,
{
    type Output = Result<S::Response, S::Error>;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let mut state = self.project().state;
        loop {
            let next = match state.as_mut().project() {
                StateProjection::Inner { future, gated } => {
                    let mut response = ready!(future.poll(cx))?;
                    if *gated {
                        keep_from_caches(&mut response);
                    }
                    return Poll::Ready(Ok(response));
                }
                StateProjection::Refused { refused } => {
                    let Refused { guard, denial, owner } = *refused.take().expect("polled after completion");
                    return Poll::Ready(Ok(guard.refuse(denial, owner.as_ref())));
                }
                StateProjection::Checking { check, call } => {
                    let outcome = ready!(check.as_mut().poll(cx));
                    let call = call.take().expect("polled after completion");
                    call.go_on(outcome)
                }
            };
            state.set(next);
        }
    }
}

impl<S, B, F> State<S, B, F> {
    fn refused(refused: Refused) -> Self {
        Self::Refused { refused: Some(Box::new(refused)) }
    }
}

impl<S, B> Call<S, B>
where
    S: Service<Request<B>>,
{
    fn go_on(mut self, outcome: Result<Permit, Denial>) -> State<S, B, S::Future> {
        match outcome {
            Ok(permit) => {
                permit.attach(self.request.extensions_mut());
                State::Inner { future: self.inner.call(self.request), gated: true }
            }
            Err(denial) => State::refused(Refused { guard: self.guard, denial, owner: Some(self.owner) }),
        }
    }
}

/// Unless the handler has said something else.
pub(super) fn keep_from_caches<R>(response: &mut Response<R>) {
    let (name, value) = KEPT_FROM_CACHES;
    response.headers_mut().entry(name).or_insert(value);
}

impl<S, B> fmt::Debug for ResponseFuture<S, B>
where
    S: Service<Request<B>>,
{
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ResponseFuture").finish_non_exhaustive()
    }
}
