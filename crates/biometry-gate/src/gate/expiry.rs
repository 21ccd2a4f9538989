//! Streams that were opened with a proof, and end with it.

use std::fmt;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;

use http_body::{Body, Frame, SizeHint};
use pin_project_lite::pin_project;

use super::permit::Permit;
use crate::engine::Engine;

/// Resolves when a permit's proof has run out or was revoked; made by
/// [`BiometryGate::until_expired`](super::BiometryGate::until_expired). It asks the store every 5 seconds, and resolves
/// where the store cannot answer, too: what cannot be shown to be valid is over.
pub struct Expiry(Pin<Box<dyn Future<Output = ()> + Send>>);

/// The proof that a stream was opened with is over: the error that an [`ExpiringBody`] ends with.
#[derive(Clone, Copy, Debug, Default)]
pub struct ProofExpired;

pin_project! {
    /// A body that breaks off when the proof it was opened with is over: for server-sent events and long downloads. It
    /// ends with the error [`ProofExpired`], so that the client sees a broken stream and not a short complete one.
    ///
    /// ```
    /// use biometry_gate::Permit;
    /// use biometry_gate::gate::ExpiringBody;
    ///
    /// fn events<B>(permit: &Permit, events: B) -> http::Response<ExpiringBody<B>> {
    ///     let expiry = permit.gate().until_expired(permit);
    ///     http::Response::new(ExpiringBody::new(events, expiry))
    /// }
    /// # let _ = events::<http_body_util::Full<bytes::Bytes>>;
    /// ```
    #[derive(Debug)]
    pub struct ExpiringBody<B> {
        #[pin]
        inner: B,
        expiry: Option<Expiry>,
    }
}

impl Expiry {
    pub(super) fn of(engine: Arc<Engine>, permit: &Permit) -> Self {
        let permit = permit.clone();
        Self(Box::pin(async move { until_over(&engine, &permit).await }))
    }
}

/// A store that cannot tell ends the wait: what cannot be shown to stand does not stand.
async fn until_over(engine: &Engine, permit: &Permit) {
    loop {
        let left = permit.decision().remaining(engine.now());
        if left.is_zero() {
            return;
        }
        tokio::time::sleep(left.min(LOOK_EVERY)).await;
        let stands = engine.store.is_valid(permit.principal(), permit.decision().id());
        if !matches!(engine.store(stands).await, Ok(true)) {
            return;
        }
    }
}

impl Future for Expiry {
    type Output = ();

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<()> {
        self.0.as_mut().poll(cx)
    }
}

impl<B> ExpiringBody<B> {
    /// A body that ends `inner` with `expiry`.
    pub fn new(inner: B, expiry: Expiry) -> Self {
        Self { inner, expiry: Some(expiry) }
    }
}

impl<B> Body for ExpiringBody<B>
where
    B: Body,
    B::Error: Into<Box<dyn std::error::Error + Send + Sync>>,
{
    type Data = B::Data;
    type Error = Box<dyn std::error::Error + Send + Sync>;

    fn poll_frame(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<B::Data>, Self::Error>>> {
        let this = self.project();
        let Some(expiry) = this.expiry.as_mut() else { return Poll::Ready(None) };
        if Pin::new(expiry).poll(cx).is_ready() {
            *this.expiry = None;
            return Poll::Ready(Some(Err(ProofExpired.into())));
        }
        this.inner.poll_frame(cx).map_err(Into::into)
    }

    fn is_end_stream(&self) -> bool {
        self.expiry.is_none() || self.inner.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.inner.size_hint()
    }
}

impl fmt::Debug for Expiry {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Expiry")
    }
}

impl fmt::Display for ProofExpired {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the proof this stream was opened with is over")
    }
}

impl std::error::Error for ProofExpired {}

/// How soon a revocation ends a stream.
const LOOK_EVERY: Duration = Duration::from_secs(5);
