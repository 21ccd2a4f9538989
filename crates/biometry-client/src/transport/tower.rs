//! Transports and tower services, each as the other.

use std::fmt;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};

use async_trait::async_trait;
use bytes::Bytes;
use http::{Request, Response};
use tower_service::Service;

use super::{Transport, TransportError, TransportErrorKind};
use crate::{Body, BoxError};

/// A [`Transport`] as a tower service, to put layers around it. Always ready. Cheap to clone.
#[derive(Clone, Debug)]
pub struct TransportService(Arc<dyn Transport>);

impl TransportService {
    /// The service of this transport.
    pub fn new(transport: impl Transport) -> Self {
        Self(Arc::new(transport))
    }
}

impl Service<Request<Body>> for TransportService {
    type Response = Response<Body>;
    type Error = TransportError;
    type Future = Pin<Box<dyn Future<Output = Result<Response<Body>, TransportError>> + Send>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), TransportError>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, request: Request<Body>) -> Self::Future {
        let transport = Arc::clone(&self.0);
        Box::pin(async move { transport.send(request).await })
    }
}

/// A tower service as a [`Transport`]: a stack of layers around a [`TransportService`], say, or an HTTP client of your
/// own, of which the demands on a [`Transport`] have to be true.
///
/// ```
/// # #[cfg(feature = "hyper")] {
/// use biometry_client::{HyperTransport, TowerTransport, TransportService};
/// use tower::ServiceBuilder;
///
/// # fn transport() -> Result<impl biometry_client::Transport, biometry_client::TransportError> {
/// // No more than 64 calls at a time, and none that waits for its turn.
/// let stack = ServiceBuilder::new()
///     .load_shed()
///     .concurrency_limit(64)
///     .service(TransportService::new(HyperTransport::builder().build()?));
/// Ok(TowerTransport::new(stack))
/// # }
/// # }
/// ```
pub struct TowerTransport<S>(S);

impl<S> TowerTransport<S> {
    /// Sends through clones of this service. What it answers in time is its own business, and a service that is not
    /// ready is waited for: put `load_shed` around what may be busy.
    ///
    /// Its errors that are [`TransportError`]s stay what they are. Any other one counts as a broken connection after
    /// which the request may have had its effect, unless it was the service that did not get ready: then nothing was
    /// sent.
    pub fn new(service: S) -> Self {
        Self(service)
    }
}

#[async_trait]
impl<S, B> Transport for TowerTransport<S>
where
    S: Service<Request<Body>, Response = Response<B>> + Clone + Send + Sync + 'static,
    S::Error: Into<BoxError>,
    S::Future: Send,
    B: http_body::Body<Data = Bytes> + Send + 'static,
    B::Error: Into<BoxError>,
{
    async fn send(&self, request: Request<Body>) -> Result<Response<Body>, TransportError> {
        let mut service = self.0.clone();
        let ready = std::future::poll_fn(|cx| service.poll_ready(cx)).await;
        ready.map_err(|error| {
            own(error.into()).unwrap_or_else(|error| {
                TransportError::not_sent(TransportErrorKind::Connect).with_source(error)
            })
        })?;
        let answer = service.call(request).await.map_err(|error| {
            own(error.into()).unwrap_or_else(|error| {
                TransportError::maybe_sent(TransportErrorKind::Interrupted).with_source(error)
            })
        })?;
        Ok(answer.map(Body::new))
    }
}

/// An error of ours that layers have boxed.
fn own(error: BoxError) -> Result<TransportError, BoxError> {
    error.downcast().map(|error| *error)
}

impl<S> fmt::Debug for TowerTransport<S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("TowerTransport(..)")
    }
}
