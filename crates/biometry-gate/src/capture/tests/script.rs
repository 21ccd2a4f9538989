use std::collections::VecDeque;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::task::{Context, Poll};
use std::time::Duration;

use bytes::Bytes;
use http_body::{Body, Frame};
use tokio::time::{Sleep, sleep};

use crate::capture::BoxError;

/// What a client does next.
pub(in crate::capture) enum Step {
    Send(Bytes),
    /// An empty frame, which says nothing.
    Blank,
    Trailers,
    Wait(Duration),
    /// The connection breaks.
    Break,
    /// Silence for good.
    Hang,
}

/// A client's body that follows a script.
pub(in crate::capture) struct Script {
    steps: VecDeque<Step>,
    sleep: Option<Pin<Box<Sleep>>>,
    sent: Arc<AtomicUsize>,
}

impl Script {
    pub(in crate::capture) fn new(steps: impl IntoIterator<Item = Step>) -> Self {
        Self { steps: steps.into_iter().collect(), sleep: None, sent: Arc::default() }
    }

    pub(in crate::capture) fn send(body: impl AsRef<[u8]>) -> Self {
        Self::new([Step::Send(Bytes::copy_from_slice(body.as_ref()))])
    }

    pub(in crate::capture) fn chunks(body: &[u8], size: usize) -> Self {
        Self::new(body.chunks(size).map(|chunk| Step::Send(Bytes::copy_from_slice(chunk))))
    }

    pub(in crate::capture) fn then(mut self, step: Step) -> Self {
        self.steps.push_back(step);
        self
    }

    /// How many steps have been taken.
    pub(in crate::capture) fn taken(&self) -> Arc<AtomicUsize> {
        Arc::clone(&self.sent)
    }
}

impl Body for Script {
    type Data = Bytes;
    type Error = BoxError;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, BoxError>>> {
        loop {
            if let Some(sleep) = &mut self.sleep {
                std::task::ready!(sleep.as_mut().poll(cx));
                self.sleep = None;
            }
            if matches!(self.steps.front(), Some(Step::Hang)) {
                return Poll::Pending;
            }
            let Some(step) = self.steps.pop_front() else { return Poll::Ready(None) };
            self.sent.fetch_add(1, Ordering::Relaxed);
            return Poll::Ready(Some(Ok(match step {
                Step::Send(bytes) => Frame::data(bytes),
                Step::Blank => Frame::data(Bytes::new()),
                Step::Trailers => Frame::trailers(http::HeaderMap::new()),
                Step::Break => return Poll::Ready(Some(Err("connection reset".into()))),
                Step::Wait(time) => {
                    self.sleep = Some(Box::pin(sleep(time)));
                    continue;
                }
                Step::Hang => return Poll::Pending,
            })));
        }
    }
}
