//! A file that is read at a pace of its own, whether it goes on to the platform or not, and to its end.

use std::pin::Pin;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use bytes::Bytes;
use http_body::Frame;
use http_body_util::BodyExt as _;
use tokio::sync::mpsc;
use tokio::time::{Instant, sleep_until};

use crate::capture::{CaptureError, CaptureErrorKind, FileBody, Progress};
use crate::engine::Tasks;

/// A file on its way to the platform.
pub(super) struct Paced {
    slices: mpsc::Receiver<Slice>,
    is_over: bool,
    progress: Progress,
    /// When bytes were handed out, until more are asked for.
    handed_out_at: Option<Instant>,
}

/// Bytes, or the file's end.
type Slice = Result<Option<Bytes>, CaptureError>;

/// Reads a file in the background, a mebibyte in no less than this time, and hands it on as fast as it is taken. Where it is
/// taken no more, it is read on all the same.
pub(super) fn relay(mut file: FileBody, mebibyte: Duration, tasks: &Tasks) -> Paced {
    let (to, slices) = mpsc::channel(1);
    let progress = file.timed_by_taker();
    tasks.spawn(async move {
        // The task that supervises the file knows how it went.
        let _ = read(file, mebibyte, Some(to)).await;
    });
    Paced { slices, is_over: false, progress, handed_out_at: None }
}

/// Reads a file to its end.
pub(super) async fn read(
    mut file: FileBody,
    mebibyte: Duration,
    mut to: Option<mpsc::Sender<Slice>>,
) -> Result<(), CaptureError> {
    let mut due = Instant::now();
    while let Some(frame) = file.frame().await {
        let slice = match frame.map(Frame::into_data) {
            Ok(Ok(bytes)) => bytes,
            Ok(Err(_)) => continue,
            Err(error) => {
                hand_on(&mut to, Err(error.clone())).await;
                return Err(error);
            }
        };
        due = due.max(Instant::now()) + time_for(slice.len(), mebibyte);
        hand_on(&mut to, Ok(Some(slice))).await;
        sleep_until(due).await;
    }
    hand_on(&mut to, Ok(None)).await;
    Ok(())
}

async fn hand_on(to: &mut Option<mpsc::Sender<Slice>>, slice: Slice) {
    if let Some(sender) = to
        && sender.send(slice).await.is_err()
    {
        *to = None;
    }
}

fn time_for(bytes: usize, mebibyte: Duration) -> Duration {
    let nanos = mebibyte.as_nanos().saturating_mul(bytes as u128) >> 20;
    Duration::from_nanos(u64::try_from(nanos).unwrap_or(u64::MAX))
}

impl http_body::Body for Paced {
    type Data = Bytes;
    type Error = CaptureError;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, CaptureError>>> {
        if let Some(at) = self.handed_out_at.take() {
            self.progress.add_taking(at.elapsed());
        }
        if self.is_over {
            return Poll::Ready(None);
        }
        match ready!(self.slices.poll_recv(cx)) {
            Some(Ok(Some(bytes))) => {
                self.handed_out_at = Some(Instant::now());
                Poll::Ready(Some(Ok(Frame::data(bytes))))
            }
            Some(Ok(None)) => {
                self.is_over = true;
                Poll::Ready(None)
            }
            Some(Err(error)) => Poll::Ready(Some(Err(error))),
            // Without its end it is no whole file.
            None => Poll::Ready(Some(Err(CaptureErrorKind::Abandoned.because("the file was given up")))),
        }
    }

    fn is_end_stream(&self) -> bool {
        self.is_over
    }
}
