//! hyper's reply as ours, under the deadline of the whole exchange.

use std::pin::Pin;
use std::task::{Context, Poll};

use bytes::Bytes;
use http_body::{Frame, SizeHint};
use hyper::body::Incoming;
use tokio::time::{Instant, Sleep, sleep_until};

use super::classify::cause_of;
use crate::Body;
use crate::transport::{TransportError, TransportErrorKind};

pub(super) fn convert(response: http::Response<Incoming>, deadline: Instant) -> http::Response<Body> {
    response.map(|body| Body::new(Limited { body, deadline: Box::pin(sleep_until(deadline)) }))
}

/// A body that fails once the deadline is over, however steadily it trickles.
struct Limited {
    body: Incoming,
    deadline: Pin<Box<Sleep>>,
}

impl http_body::Body for Limited {
    type Data = Bytes;
    type Error = TransportError;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, TransportError>>> {
        if self.deadline.as_mut().poll(cx).is_ready() {
            return Poll::Ready(Some(Err(TransportError::maybe_sent(TransportErrorKind::Timeout))));
        }
        Pin::new(&mut self.body).poll_frame(cx).map_err(|error| {
            TransportError::maybe_sent(TransportErrorKind::Interrupted).with_source(cause_of(&error))
        })
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}
