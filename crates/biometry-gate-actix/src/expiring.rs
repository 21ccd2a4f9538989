use std::pin::Pin;
use std::task::{Context, Poll};

use actix_web::body::{BodySize, MessageBody};
use biometry_gate::gate::{Expiry, ProofExpired};
use bytes::Bytes;
use pin_project_lite::pin_project;

pin_project! {
    /// A body that breaks off when the proof it was opened with is over: for server-sent events and long downloads.
    ///
    /// ```
    /// use actix_web::HttpResponse;
    /// use actix_web::body::MessageBody;
    /// use biometry_gate_actix::{ExpiringBody, Verified};
    ///
    /// fn answer(Verified(permit): Verified, events: impl MessageBody + 'static) -> HttpResponse {
    ///     let expiry = permit.gate().until_expired(&permit);
    ///     HttpResponse::Ok().body(ExpiringBody::new(events, expiry))
    /// }
    /// ```
    #[derive(Debug)]
    pub struct ExpiringBody<B> {
        #[pin]
        inner: B,
        expiry: Option<Expiry>,
    }
}

impl<B> ExpiringBody<B> {
    /// Ends `inner` with `expiry`, which [`until_expired`](biometry_gate::BiometryGate::until_expired) makes.
    pub fn new(inner: B, expiry: Expiry) -> Self {
        Self { inner, expiry: Some(expiry) }
    }
}

impl<B: MessageBody> MessageBody for ExpiringBody<B> {
    type Error = Box<dyn std::error::Error>;

    fn size(&self) -> BodySize {
        self.inner.size()
    }

    fn poll_next(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Bytes, Box<dyn std::error::Error>>>> {
        let this = self.project();
        let Some(expiry) = this.expiry.as_mut() else { return Poll::Ready(None) };
        if Pin::new(expiry).poll(cx).is_ready() {
            *this.expiry = None;
            return Poll::Ready(Some(Err(ProofExpired.into())));
        }
        this.inner.poll_next(cx).map_err(Into::into)
    }
}
