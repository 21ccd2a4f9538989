//! The body of a reply: whole, or cut off in the middle.

use std::io;
use std::pin::Pin;
use std::task::{Context, Poll};

use bytes::Bytes;
use http_body::{Body, Frame, SizeHint};

#[derive(Debug)]
pub(crate) struct ReplyBody {
    /// What is announced.
    len: u64,
    /// What is still to be sent.
    rest: Bytes,
    end: End,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum End {
    Clean,
    /// Lets what was sent so far reach the socket: an error at once would take it along.
    FlushThenCut,
    Cut,
}

impl ReplyBody {
    pub(crate) fn whole(bytes: Bytes) -> Self {
        Self { len: bytes.len() as u64, rest: bytes, end: End::Clean }
    }

    /// Announces all bytes, sends half of them, then fails.
    pub(crate) fn cut(mut bytes: Bytes) -> Self {
        let len = bytes.len() as u64;
        bytes.truncate(bytes.len() / 2);
        Self { len, rest: bytes, end: End::FlushThenCut }
    }
}

impl Body for ReplyBody {
    type Data = Bytes;
    type Error = io::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, io::Error>>> {
        let rest = std::mem::take(&mut self.rest);
        if !rest.is_empty() {
            self.len = self.len.saturating_sub(rest.len() as u64);
            return Poll::Ready(Some(Ok(Frame::data(rest))));
        }
        match self.end {
            End::Clean => Poll::Ready(None),
            End::FlushThenCut => {
                self.end = End::Cut;
                cx.waker().wake_by_ref();
                Poll::Pending
            }
            End::Cut => Poll::Ready(Some(Err(io::ErrorKind::ConnectionAborted.into()))),
        }
    }

    fn is_end_stream(&self) -> bool {
        self.rest.is_empty() && self.end == End::Clean
    }

    fn size_hint(&self) -> SizeHint {
        SizeHint::with_exact(self.len)
    }
}
