use std::convert::Infallible;
use std::pin::Pin;
use std::sync::{Arc, Mutex, PoisonError};
use std::task::{Context, Poll};
use std::time::Duration;

use bytes::Bytes;
use http_body::Frame;
use tokio::time::Instant;

/// When the slices of a body were taken.
#[derive(Clone, Debug, Default)]
pub(super) struct Pace(Arc<Mutex<Vec<Instant>>>);

impl Pace {
    pub(super) fn since(&self, began: Instant) -> Vec<Duration> {
        let taken = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        taken.iter().map(|at| at.duration_since(began)).collect()
    }
}

/// A body that is there at once, and is watched being taken.
pub(super) struct Watched {
    rest: Bytes,
    pace: Pace,
}

impl Watched {
    pub(super) fn new(body: Bytes, pace: &Pace) -> Self {
        Self { rest: body, pace: pace.clone() }
    }
}

impl http_body::Body for Watched {
    type Data = Bytes;
    type Error = Infallible;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        _: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Infallible>>> {
        if self.rest.is_empty() {
            return Poll::Ready(None);
        }
        self.pace.0.lock().unwrap_or_else(PoisonError::into_inner).push(Instant::now());
        let length = self.rest.len().min(SLICE);
        let slice = self.rest.split_to(length);
        Poll::Ready(Some(Ok(Frame::data(slice))))
    }
}

const SLICE: usize = 16 * 1024;
