use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;

use tokio::io::{AsyncRead, ReadBuf};
use tokio::time::{Sleep, sleep};

/// The end of a connection whose client was answered while it was sending.
///
/// A socket that is closed with bytes unread, or that gets more behind its end, takes back what was written last: the
/// client, which may look for an answer only once it has sent everything, would see a broken connection instead. So what
/// comes is read and dropped, within bounds.
#[derive(Debug)]
pub(super) struct Linger {
    left: usize,
    over: Pin<Box<Sleep>>,
}

impl Linger {
    pub(super) fn begin() -> Self {
        Self { left: MOST_BYTES, over: Box::pin(sleep(LONGEST)) }
    }

    /// Ready when the client has gone, or has been waited for long enough.
    pub(super) fn poll_end(&mut self, io: &mut (impl AsyncRead + Unpin), cx: &mut Context<'_>) -> Poll<()> {
        let mut room = [0; ROOM];
        while self.left > 0 && self.over.as_mut().poll(cx).is_pending() {
            let mut buf = ReadBuf::new(&mut room);
            match Pin::new(&mut *io).poll_read(cx, &mut buf) {
                Poll::Pending => return Poll::Pending,
                Poll::Ready(Ok(())) if !buf.filled().is_empty() => {
                    self.left = self.left.saturating_sub(buf.filled().len());
                }
                Poll::Ready(_) => break,
            }
        }
        Poll::Ready(())
    }
}

/// Captures are a few megabytes long.
const MOST_BYTES: usize = 16 * 1_024 * 1_024;
pub(super) const LONGEST: Duration = Duration::from_secs(5);
const ROOM: usize = 8 * 1_024;
