//! The future of a gated request: at once with the handler's answer, or after the check.

use std::fmt;
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use bytes::Bytes;
use http::{Request, Response};
use pin_project_lite::pin_project;
use tower_service::Service;

use super::ask::{Ask, ForPolicy};
use super::authorize::Screened;
use super::enforcer::{Enforcer, NO_STORE};
use super::operation::ApprovedValue;
use crate::challenge::Problem;
use crate::denial::Denial;
use crate::principal::Principal;

pin_project! {
    /// The future of [`BiometryGateService`](super::BiometryGateService).
    pub struct ResponseFuture<S, B, A = ForPolicy>
    where
        S: Service<Request<B>>,
        A: Ask<B>,
    {
        #[pin]
        state: State<Call<S, A::Check>, S::Future, S::Response>,
    }
}

pin_project! {
    #[project = StateProjection]
    enum State<C, F, R> {
        // What is not a pass lies apart: a pass is moved from hand to hand, and carries nothing for other cases.
        Checking { call: Pin<Box<C>> },
        /// The inner service answers; gated answers are not for caches.
        Inner { #[pin] future: F, gated: bool, approved: Option<ApprovedValue> },
        /// No handler has taken the approval: it is settled what becomes of that before the answer goes out.
        Settling { settling: Pin<Box<Settling<R>>> },
        Refused { refused: Option<Box<Refused>> },
    }
}

struct Settling<R> {
    settling: Pin<Box<dyn Future<Output = Option<Problem>> + Send>>,
    // It never moves through a pin.
    response: Option<R>,
}

impl<R> Unpin for Settling<R> {}

struct Refused {
    asked: Asked,
    denial: Denial,
}

/// What a refusal has to say of the request.
pub(super) struct Asked {
    pub(super) enforcer: Enforcer,
    pub(super) principal: Option<Principal>,
    pub(super) request_id: Option<String>,
}

pin_project! {
    struct Call<S, C> {
        #[pin]
        check: C,
        // What goes on once the check is over.
        next: Option<(Asked, S)>,
    }
}

impl<S, B, A> ResponseFuture<S, B, A>
where
    S: Service<Request<B>>,
    A: Ask<B>,
{
    pub(super) fn passing(future: S::Future) -> Self {
        Self { state: State::Inner { future, gated: false, approved: None } }
    }

    pub(super) fn allowed(future: S::Future) -> Self {
        Self { state: State::Inner { future, gated: true, approved: None } }
    }

    pub(super) fn refused(asked: Asked, denial: Denial) -> Self {
        Self { state: State::refused(Refused { asked, denial }) }
    }

    pub(super) fn checking(ask: &A, asked: Asked, caller: Screened, inner: S, request: Request<B>) -> Self {
        let check = ask.check(&asked.enforcer, caller, request);
        let call = Call { check, next: Some((asked, inner)) };
        Self { state: State::Checking { call: Box::pin(call) } }
    }
}

impl<S, B, A, R> Future for ResponseFuture<S, B, A>
where
    S: Service<Request<B>, Response = Response<R>>,
    A: Ask<B>,
    R: From<Bytes>,
{
    type Output = Result<S::Response, S::Error>;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let mut state = self.project().state;
        loop {
            let next = match state.as_mut().project() {
                StateProjection::Inner { future, gated, approved } => {
                    let mut response = ready!(future.poll(cx))?;
                    if *gated {
                        forbid_storing(&mut response);
                    }
                    match approved.take().filter(|value| !value.is_taken()) {
                        Some(value) => State::settling(value, response),
                        None => return Poll::Ready(Ok(response)),
                    }
                }
                StateProjection::Settling { settling } => {
                    let problem = ready!(settling.settling.as_mut().poll(cx));
                    let response = settling.response.take().expect("polled after completion");
                    return Poll::Ready(Ok(problem.map_or(response, Problem::into_response)));
                }
                StateProjection::Refused { refused } => {
                    let Refused { asked, denial } = *refused.take().expect("polled after completion");
                    let Asked { enforcer, principal, request_id } = asked;
                    return Poll::Ready(Ok(enforcer.refuse(denial, principal.as_ref(), request_id)));
                }
                StateProjection::Checking { call } => {
                    let call = call.as_mut().project();
                    let outcome = ready!(call.check.poll(cx));
                    let (asked, mut inner) = call.next.take().expect("polled after completion");
                    match outcome {
                        Ok(request) => {
                            let approved = request.extensions().get::<ApprovedValue>().cloned();
                            State::Inner { future: inner.call(request), gated: true, approved }
                        }
                        Err(denial) => State::refused(Refused { asked, denial }),
                    }
                }
            };
            state.set(next);
        }
    }
}

impl<C, F, R> State<C, F, Response<R>> {
    fn settling(value: ApprovedValue, response: Response<R>) -> Self {
        let status = response.status();
        let settling = Box::pin(async move { value.settle(status).await });
        Self::Settling { settling: Box::pin(Settling { settling, response: Some(response) }) }
    }
}

impl<C, F, R> State<C, F, R> {
    fn refused(refused: Refused) -> Self {
        Self::Refused { refused: Some(Box::new(refused)) }
    }
}

/// Keeps the answer from caches, unless the handler has said something else.
fn forbid_storing<R>(response: &mut Response<R>) {
    let (name, value) = NO_STORE;
    response.headers_mut().entry(name).or_insert(value);
}

impl<S, B, A> fmt::Debug for ResponseFuture<S, B, A>
where
    S: Service<Request<B>>,
    A: Ask<B>,
{
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ResponseFuture").finish_non_exhaustive()
    }
}
