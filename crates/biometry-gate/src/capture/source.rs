use std::pin::Pin;
use std::task::{Context, Poll, ready};

use bytes::Bytes;
use http_body::Body;
use tokio::time::{Instant, Sleep, sleep_until};

use super::RequestBody;
use super::error::{CaptureError, CaptureErrorKind};
use super::limits::CaptureLimits;
use super::pacing::Pacing;
use super::progress::Progress;

/// The client's body with a clock beside it. Asked only when there is room for what it gives.
pub(super) struct Source {
    body: RequestBody,
    announced: Option<u64>,
    pacing: Pacing,
    timer: Pin<Box<Sleep>>,
    progress: Progress,
}

impl Source {
    pub(super) fn new(body: RequestBody, announced: Option<u64>, limits: CaptureLimits) -> Self {
        let pacing = Pacing::new(limits, Instant::now());
        let timer = Box::pin(sleep_until(pacing.deadline()));
        let progress = Progress::new(pacing.end());
        Self { body, announced, pacing, timer, progress }
    }

    pub(super) fn progress(&self) -> &Progress {
        &self.progress
    }

    /// The next bytes, never none; `None` at the body's clean end.
    pub(super) fn poll_chunk(&mut self, cx: &mut Context<'_>) -> Poll<Result<Option<Bytes>, CaptureError>> {
        let chunk = self.poll_bytes(cx);
        let now = Instant::now();
        self.progress.set_waiting(chunk.is_pending());
        let Poll::Ready(chunk) = chunk else {
            self.pacing.wait(now);
            return self.poll_timer(cx, now).map(Err);
        };
        let chunk = chunk?;
        self.pacing.check_total(now)?;
        self.pacing.receive(now, chunk.as_ref().map_or(0, |chunk| chunk.len() as u64));
        self.compare_length(chunk.is_none())?;
        Poll::Ready(Ok(chunk))
    }

    fn poll_bytes(&mut self, cx: &mut Context<'_>) -> Poll<Result<Option<Bytes>, CaptureError>> {
        for _ in 0..MOST_EMPTY_FRAMES {
            let Some(frame) = ready!(Pin::new(&mut self.body).poll_frame(cx)) else {
                return Poll::Ready(Ok(None));
            };
            // Trailers say nothing that matters here.
            match frame.map_err(CaptureError::aborted)?.into_data() {
                Ok(bytes) if !bytes.is_empty() => return Poll::Ready(Ok(Some(bytes))),
                _ => {}
            }
        }
        // A source that is always ready with nothing must neither hold the thread nor count as progress.
        cx.waker().wake_by_ref();
        Poll::Pending
    }

    /// Ready once the time is over. The timer is set only when it is late for what it has to tell: it mostly runs
    /// out far from any deadline, once per idle time, instead of being moved at every chunk.
    fn poll_timer(&mut self, cx: &mut Context<'_>, now: Instant) -> Poll<CaptureError> {
        if let Err(error) = self.pacing.check(now) {
            return Poll::Ready(error);
        }
        if self.timer.deadline() > self.pacing.deadline() {
            self.timer.as_mut().reset(self.pacing.deadline());
        }
        while self.timer.as_mut().poll(cx).is_ready() {
            if let Err(error) = self.pacing.check(Instant::now()) {
                return Poll::Ready(error);
            }
            self.timer.as_mut().reset(self.pacing.deadline());
        }
        Poll::Pending
    }

    /// Servers see to this too; a body that is not as long as announced must not depend on which one it is.
    fn compare_length(&self, has_ended: bool) -> Result<(), CaptureError> {
        match self.announced {
            Some(announced) if self.pacing.received() > announced => {
                Err(CaptureErrorKind::Framing.because("the body is longer than announced"))
            }
            Some(announced) if has_ended && self.pacing.received() < announced => {
                Err(CaptureErrorKind::Aborted.because("the body is shorter than announced"))
            }
            _ => Ok(()),
        }
    }
}

/// Frames without a byte taken in a row before others get their turn.
const MOST_EMPTY_FRAMES: usize = 32;
