//! Our request to reqwest's.

use std::pin::Pin;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll};

use bytes::Bytes;
use http_body::{Frame, SizeHint};

use crate::transport::{TransportError, TransportErrorKind};
use crate::{Body, BoxError};

/// Keeps the error of the request's own body, should there be one, so that it is told from a broken
/// connection without searching through other crates' errors.
#[derive(Clone, Default)]
pub(super) struct Watch(Arc<Mutex<Option<BoxError>>>);

impl Watch {
    /// The error of the request's body, the first time it is asked for.
    pub(super) fn take(&self) -> Option<BoxError> {
        lock(&self.0).take()
    }
}

pub(super) fn convert(request: http::Request<Body>) -> Result<(reqwest::Request, Watch), TransportError> {
    let watch = Watch::default();
    let request = request.map(|body| match body.into_bytes() {
        Ok(bytes) => reqwest::Body::from(bytes),
        Err(body) => reqwest::Body::wrap(Watched { body: Mutex::new(body), watch: watch.clone() }),
    });
    let request = reqwest::Request::try_from(request)
        .map_err(|_| TransportError::not_sent(TransportErrorKind::Address))?;
    Ok((request, watch))
}

/// A body whose failure is remembered. The mutex is never contended: it stands in for `Sync`, which
/// reqwest asks of bodies and streams rarely are.
struct Watched {
    body: Mutex<Body>,
    watch: Watch,
}

impl http_body::Body for Watched {
    type Data = Bytes;
    type Error = BoxError;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, BoxError>>> {
        let body = self.body.get_mut().unwrap_or_else(PoisonError::into_inner);
        let frame = std::task::ready!(Pin::new(body).poll_frame(cx));
        Poll::Ready(frame.map(|frame| {
            frame.map_err(|error| {
                *lock(&self.watch.0) = Some(error);
                "the request's body failed".into()
            })
        }))
    }

    fn is_end_stream(&self) -> bool {
        lock(&self.body).is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        lock(&self.body).size_hint()
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
