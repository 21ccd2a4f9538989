use std::fmt;
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use actix_web::Error;
use actix_web::body::EitherBody;
use actix_web::dev::ServiceResponse;
use pin_project_lite::pin_project;

use crate::convert::forbid_storing;

pin_project! {
    /// The future of this crate's middleware. Where the store answers at once it is the inner future and nothing else.
    pub struct ResponseFuture<F, B> {
        #[pin]
        state: State<F, B>,
    }
}

pin_project! {
    #[project = StateProjection]
    enum State<F, B> {
        /// The inner service answers; gated answers are not for caches.
        Inner { #[pin] future: F, gated: bool },
        /// Something has to be asked first, or the answer is a refusal.
        Boxed { future: Boxed<B> },
    }
}

type Boxed<B> = Pin<Box<dyn Future<Output = Result<ServiceResponse<EitherBody<B>>, Error>>>>;

impl<F, B> ResponseFuture<F, B> {
    pub(super) fn passing(future: F) -> Self {
        Self { state: State::Inner { future, gated: false } }
    }

    pub(super) fn allowed(future: F) -> Self {
        Self { state: State::Inner { future, gated: true } }
    }

    pub(super) fn boxed(
        future: impl Future<Output = Result<ServiceResponse<EitherBody<B>>, Error>> + 'static,
    ) -> Self {
        Self { state: State::Boxed { future: Box::pin(future) } }
    }
}

impl<F, B: 'static> ResponseFuture<F, B> {
    pub(super) fn refused(response: ServiceResponse<EitherBody<B>>) -> Self {
        Self::boxed(std::future::ready(Ok(response)))
    }
}

impl<F, B> Future for ResponseFuture<F, B>
where
    F: Future<Output = Result<ServiceResponse<B>, Error>>,
{
    type Output = Result<ServiceResponse<EitherBody<B>>, Error>;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        match self.project().state.project() {
            StateProjection::Inner { future, gated } => {
                let mut response = ready!(future.poll(cx))?;
                if *gated {
                    forbid_storing(response.headers_mut());
                }
                Poll::Ready(Ok(response.map_into_left_body()))
            }
            StateProjection::Boxed { future } => future.as_mut().poll(cx),
        }
    }
}

impl<F, B> fmt::Debug for ResponseFuture<F, B> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ResponseFuture").finish_non_exhaustive()
    }
}
