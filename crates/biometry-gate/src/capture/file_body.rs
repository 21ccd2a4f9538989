use std::collections::VecDeque;
use std::fmt;
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use bytes::Bytes;
use http_body::{Body, Frame};
use tokio::time::Instant;

use super::error::{CaptureError, CaptureErrorKind};
use super::incoming::Item;
use super::progress::Progress;
use super::recall::Lent;

/// The file inside an upload, as a body: exactly its bytes, in the slices in which they arrived.
///
/// The client's body is asked only when this one is, so the reader of the file sets the pace. The end of an upload's
/// last file is reported only after the closing delimiter, the clean end of the client's body, and the acceptance of
/// every field behind the file. Everything else is an error, and once there was one it is given again however often
/// this is asked: no reader can take a broken-off upload for a whole one.
pub(crate) struct FileBody {
    start: VecDeque<Bytes>,
    lent: Lent,
    progress: Progress,
    is_last: bool,
    is_over: bool,
    /// When bytes were handed out, until more are asked for; unless the reader measures that itself.
    handed_out_at: Option<Instant>,
    is_timed: bool,
}

impl FileBody {
    pub(super) fn new(lent: Lent, progress: Progress, is_last: bool) -> Self {
        Self {
            start: VecDeque::new(),
            lent,
            progress,
            is_last,
            is_over: false,
            handed_out_at: None,
            is_timed: true,
        }
    }

    /// With these bytes of it, which have been read already.
    pub(super) fn starting_with(mut self, start: VecDeque<Bytes>) -> Self {
        self.start = start;
        self
    }

    /// How the upload is getting on, for a taker who says itself for how long it was taking bytes.
    pub(crate) fn timed_by_taker(&mut self) -> Progress {
        self.is_timed = false;
        self.progress.clone()
    }

    fn poll_data(&mut self, cx: &mut Context<'_>) -> Poll<Result<Option<Bytes>, CaptureError>> {
        if let Some(data) = self.start.pop_front() {
            return Poll::Ready(Ok(Some(data)));
        }
        if self.is_over {
            return Poll::Ready(Ok(None));
        }
        let mut lent = self.lent.lock();
        // Gone once the outcome is known.
        let Some(incoming) = lent.as_mut() else { return Poll::Ready(Ok(None)) };
        loop {
            match ready!(incoming.poll_item(cx))? {
                Item::File(data) => return Poll::Ready(Ok(Some(data))),
                Item::FileEnd if !self.is_last => {
                    self.is_over = true;
                    return Poll::Ready(Ok(None));
                }
                Item::FileEnd | Item::FileStart(_) => {}
                Item::End => break,
            }
        }
        *lent = None;
        self.is_over = true;
        self.progress.complete();
        Poll::Ready(Ok(None))
    }

    /// Keeps the first failure. The rest of the client's body stays, to be called back.
    fn fail(&mut self, error: CaptureError) {
        self.start.clear();
        self.lent.forget_where_nothing_is_left(&error);
        self.progress.fail(error);
    }
}

impl Body for FileBody {
    type Data = Bytes;
    type Error = CaptureError;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, CaptureError>>> {
        if let Some(at) = self.handed_out_at.take() {
            self.progress.add_taking(at.elapsed());
        }
        let result = match self.progress.failure() {
            Some(failure) => Err(failure),
            None => ready!(self.poll_data(cx)),
        };
        match result {
            Ok(Some(data)) => {
                self.handed_out_at = self.is_timed.then(Instant::now);
                return Poll::Ready(Some(Ok(Frame::data(data))));
            }
            Ok(None) => {}
            Err(error) => self.fail(error),
        }
        // A supervisor may have given up at the very moment of completion: the first outcome is the one that counts.
        Poll::Ready(self.progress.failure().map(Err))
    }

    fn is_end_stream(&self) -> bool {
        self.is_over && self.progress.failure().is_none()
    }
}

impl Drop for FileBody {
    fn drop(&mut self) {
        if !self.is_over {
            self.fail(CaptureErrorKind::Abandoned.because("the file was not taken to its end"));
        }
    }
}

impl fmt::Debug for FileBody {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("FileBody").field("progress", &self.progress).finish_non_exhaustive()
    }
}
