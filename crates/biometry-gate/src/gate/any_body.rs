//! Gates in front of services with a response body that cannot be made of bytes.

use std::fmt;
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use bytes::Bytes;
use http::{Request, Response};
use http_body::{Body, Frame, SizeHint};
use pin_project_lite::pin_project;
use tower_layer::Layer;
use tower_service::Service;

/// Puts a layer of this crate in front of a service whatever its response body is; made by
/// [`BiometryGateLayer::any_body`](super::BiometryGateLayer::any_body). The answer's body is then an [`AnyBody`].
///
/// The layers of this crate make refusals out of [`Bytes`], so the body of the inner service has to be made of bytes,
/// too. That of a service under `CompressionLayer` is not. This layer puts a body around both that is either the inner
/// service's or the gate's.
#[derive(Clone, Debug)]
pub struct AnyBodyLayer<L> {
    layer: L,
}

/// The inner service of an [`AnyBodyLayer`]'s gate: it wraps the bodies of answers, and changes nothing else.
#[derive(Clone, Debug)]
pub struct AnyBodyService<S> {
    inner: S,
}

pin_project! {
    /// The body of an answer that has come through an [`AnyBodyLayer`]: the inner service's own, or the gate's.
    pub struct AnyBody<B> {
        #[pin]
        kind: Kind<B>,
    }
}

pin_project! {
    #[project = KindProjection]
    enum Kind<B> {
        Inner { #[pin] body: B },
        Gate { bytes: Bytes },
    }
}

pin_project! {
    /// The future of [`AnyBodyService`].
    pub struct AnyBodyFuture<F> {
        #[pin]
        inner: F,
    }
}

impl<L> AnyBodyLayer<L> {
    pub(super) fn new(layer: L) -> Self {
        Self { layer }
    }
}

impl<S, L: Layer<AnyBodyService<S>>> Layer<S> for AnyBodyLayer<L> {
    type Service = L::Service;

    fn layer(&self, inner: S) -> L::Service {
        self.layer.layer(AnyBodyService { inner })
    }
}

impl<S, B, R> Service<Request<B>> for AnyBodyService<S>
where
    S: Service<Request<B>, Response = Response<R>>,
{
    type Response = Response<AnyBody<R>>;
    type Error = S::Error;
    type Future = AnyBodyFuture<S::Future>;

    fn poll_ready(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), S::Error>> {
        self.inner.poll_ready(cx)
    }

    fn call(&mut self, request: Request<B>) -> Self::Future {
        AnyBodyFuture { inner: self.inner.call(request) }
    }
}

impl<F, R, E> Future for AnyBodyFuture<F>
where
    F: Future<Output = Result<Response<R>, E>>,
{
    type Output = Result<Response<AnyBody<R>>, E>;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let response = ready!(self.project().inner.poll(cx))?;
        Poll::Ready(Ok(response.map(|body| AnyBody { kind: Kind::Inner { body } })))
    }
}

impl<B> From<Bytes> for AnyBody<B> {
    fn from(bytes: Bytes) -> Self {
        Self { kind: Kind::Gate { bytes } }
    }
}

impl<B: Body<Data = Bytes>> Body for AnyBody<B> {
    type Data = Bytes;
    type Error = B::Error;

    fn poll_frame(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, B::Error>>> {
        match self.project().kind.project() {
            KindProjection::Inner { body } => body.poll_frame(cx),
            KindProjection::Gate { bytes } if bytes.is_empty() => Poll::Ready(None),
            KindProjection::Gate { bytes } => Poll::Ready(Some(Ok(Frame::data(std::mem::take(bytes))))),
        }
    }

    fn is_end_stream(&self) -> bool {
        match &self.kind {
            Kind::Inner { body } => body.is_end_stream(),
            Kind::Gate { bytes } => bytes.is_empty(),
        }
    }

    fn size_hint(&self) -> SizeHint {
        match &self.kind {
            Kind::Inner { body } => body.size_hint(),
            Kind::Gate { bytes } => SizeHint::with_exact(bytes.len() as u64),
        }
    }
}

impl<B> fmt::Debug for AnyBody<B> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("AnyBody").finish_non_exhaustive()
    }
}

impl<F> fmt::Debug for AnyBodyFuture<F> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("AnyBodyFuture").finish_non_exhaustive()
    }
}
