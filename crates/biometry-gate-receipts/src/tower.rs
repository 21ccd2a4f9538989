use std::fmt;
use std::pin::Pin;
use std::task::{Context, Poll};

use bytes::Bytes;
use http::header::{CACHE_CONTROL, CONTENT_TYPE, WWW_AUTHENTICATE};
use http::{HeaderValue, Request, Response, StatusCode};
use tower_layer::Layer;
use tower_service::Service;

use crate::error::ReceiptError;
use crate::guard::ReceiptGuard;

/// A layer that lets a request through only with a valid receipt, which handlers find in its extensions as
/// [`Receipt`](crate::Receipt).
///
/// ```
/// use biometry_gate_receipts::{Receipt, ReceiptGuard, RequireReceiptLayer};
/// use tower_layer::Layer as _;
///
/// fn guarded<S>(guard: ReceiptGuard, bookings: S) -> impl Sized {
///     RequireReceiptLayer::new(guard).layer(bookings)
/// }
/// ```
#[derive(Clone, Debug)]
pub struct RequireReceiptLayer(ReceiptGuard);

/// The service of [`RequireReceiptLayer`].
#[derive(Clone, Debug)]
pub struct RequireReceipt<S> {
    guard: ReceiptGuard,
    inner: S,
}

/// The future of [`RequireReceipt`].
pub struct ReceiptFuture<R, E>(Pin<Box<dyn Future<Output = Result<R, E>> + Send>>);

impl RequireReceiptLayer {
    /// Requires what `guard` lets through.
    pub fn new(guard: ReceiptGuard) -> Self {
        Self(guard)
    }
}

impl<S> Layer<S> for RequireReceiptLayer {
    type Service = RequireReceipt<S>;

    fn layer(&self, inner: S) -> RequireReceipt<S> {
        RequireReceipt { guard: self.0.clone(), inner }
    }
}

impl<S, B, R> Service<Request<B>> for RequireReceipt<S>
where
    S: Service<Request<B>, Response = Response<R>> + Clone + Send + 'static,
    S::Future: Send,
    B: Send + 'static,
    R: From<Bytes>,
{
    type Response = Response<R>;
    type Error = S::Error;
    type Future = ReceiptFuture<Response<R>, S::Error>;

    fn poll_ready(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), S::Error>> {
        self.inner.poll_ready(cx)
    }

    fn call(&mut self, request: Request<B>) -> Self::Future {
        // The instance that was polled is the one to call.
        let next = self.inner.clone();
        let mut inner = std::mem::replace(&mut self.inner, next);
        let guard = self.guard.clone();
        ReceiptFuture(Box::pin(async move {
            let (mut head, body) = request.into_parts();
            let values: Vec<_> = head.headers.get_all(guard.header_name()).iter().cloned().collect();
            match guard.check(values.iter().map(HeaderValue::as_bytes)).await {
                Ok(receipt) => {
                    head.extensions.insert(receipt);
                    inner.call(Request::from_parts(head, body)).await
                }
                Err(error) => Ok(refusal(&error)),
            }
        }))
    }
}

impl<R, E> Future for ReceiptFuture<R, E> {
    type Output = Result<R, E>;

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        self.0.as_mut().poll(cx)
    }
}

pub(crate) fn refusal<R: From<Bytes>>(error: &ReceiptError) -> Response<R> {
    let mut response = Response::new(R::from(Bytes::from(error.problem())));
    *response.status_mut() = StatusCode::from_u16(error.status()).unwrap_or(StatusCode::UNAUTHORIZED);
    let headers = response.headers_mut();
    headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/problem+json"));
    headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
    if error.status() == 401 {
        headers.insert(WWW_AUTHENTICATE, HeaderValue::from_static("Bearer error=\"invalid_token\""));
    }
    response
}

impl<R, E> fmt::Debug for ReceiptFuture<R, E> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("ReceiptFuture")
    }
}
