//! Our request as hyper takes it.

use std::pin::Pin;
use std::sync::{Arc, Mutex, PoisonError};
use std::task::{Context, Poll};

use bytes::Bytes;
use http::header::{ACCEPT, HeaderValue};
use http_body::{Frame, SizeHint};

use crate::{Body, BoxError};

/// Keeps the error of the request's own body, should there be one, so that it differs from a broken
/// connection without searching through other crates' errors.
#[derive(Clone, Default)]
pub(super) struct Watch(Arc<Mutex<Option<BoxError>>>);

impl Watch {
    /// The error of the request's body, the first time it is asked for.
    pub(super) fn take(&self) -> Option<BoxError> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).take()
    }

    fn keep(&self, error: BoxError) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = Some(error);
    }
}

pub(super) fn convert(mut request: http::Request<Body>) -> (http::Request<Watched>, Watch) {
    let watch = Watch::default();
    request.headers_mut().entry(ACCEPT).or_insert(HeaderValue::from_static("*/*"));
    (request.map(|body| Watched { body, watch: watch.clone() }), watch)
}

/// A body whose failure is remembered.
pub(super) struct Watched {
    body: Body,
    watch: Watch,
}

impl http_body::Body for Watched {
    type Data = Bytes;
    type Error = BoxError;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, BoxError>>> {
        let frame = std::task::ready!(Pin::new(&mut self.body).poll_frame(cx));
        Poll::Ready(frame.map(|frame| {
            frame.map_err(|error| {
                self.watch.keep(error);
                "the request's body failed".into()
            })
        }))
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}
