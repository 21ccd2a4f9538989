//! The rule as a tower layer.

use std::pin::Pin;
use std::task::{Context, Poll, ready};

use bytes::Bytes;
use http::{Request, Response};
use pin_project_lite::pin_project;
use tower_layer::Layer;
use tower_service::Service;

use super::CrossSite;
use crate::challenge::Problem;

/// Puts a [`CrossSite`] rule in front of a service: what another site sends is answered with 403 `cross-site` and does
/// not reach it. The default is the default rule.
///
/// ```
/// use biometry_gate::cross_site::CrossSiteLayer;
/// use tower::{ServiceBuilder, ServiceExt as _};
///
/// # #[tokio::main(flavor = "current_thread")] async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// let service = ServiceBuilder::new().layer(CrossSiteLayer::default()).service_fn(async |_: http::Request<()>| {
///     Ok::<_, std::convert::Infallible>(http::Response::new(bytes::Bytes::new()))
/// });
/// let forged = http::Request::post("/").header("sec-fetch-site", "cross-site").body(())?;
/// assert_eq!(service.oneshot(forged).await?.status(), 403);
/// # Ok(()) }
/// ```
#[derive(Clone, Debug, Default)]
pub struct CrossSiteLayer(CrossSite);

/// The service that [`CrossSiteLayer`] makes.
#[derive(Clone, Debug)]
pub struct CrossSiteService<S> {
    inner: S,
    rule: CrossSite,
}

impl CrossSiteLayer {
    /// A layer that applies `rule`.
    pub fn new(rule: CrossSite) -> Self {
        Self(rule)
    }
}

impl<S> Layer<S> for CrossSiteLayer {
    type Service = CrossSiteService<S>;

    fn layer(&self, inner: S) -> Self::Service {
        CrossSiteService { inner, rule: self.0.clone() }
    }
}

impl<S, B, R> Service<Request<B>> for CrossSiteService<S>
where
    S: Service<Request<B>, Response = Response<R>>,
    R: From<Bytes>,
{
    type Response = S::Response;
    type Error = S::Error;
    type Future = CrossSiteFuture<S::Future>;

    fn poll_ready(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), Self::Error>> {
        self.inner.poll_ready(cx)
    }

    fn call(&mut self, request: Request<B>) -> Self::Future {
        let (head, body) = request.into_parts();
        match self.rule.check(&head) {
            Ok(()) => CrossSiteFuture::Inner { future: self.inner.call(Request::from_parts(head, body)) },
            Err(error) => CrossSiteFuture::Refused { problem: Some(error.into()) },
        }
    }
}

pin_project! {
    /// The future of [`CrossSiteService`].
    #[project = CrossSiteFutureProjection]
    #[derive(Debug)]
    pub enum CrossSiteFuture<F> {
        #[doc(hidden)]
        Inner { #[pin] future: F },
        #[doc(hidden)]
        Refused { problem: Option<Problem> },
    }
}

impl<F, R, E> Future for CrossSiteFuture<F>
where
    F: Future<Output = Result<Response<R>, E>>,
    R: From<Bytes>,
{
    type Output = Result<Response<R>, E>;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        match self.project() {
            CrossSiteFutureProjection::Inner { future } => Poll::Ready(ready!(future.poll(cx))),
            CrossSiteFutureProjection::Refused { problem } => {
                let problem = problem.take().expect("polled after completion");
                Poll::Ready(Ok(problem.into_response()))
            }
        }
    }
}
