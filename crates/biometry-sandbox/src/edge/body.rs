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
    cut: bool,
}

impl ReplyBody {
    pub(crate) fn whole(bytes: Bytes) -> Self {
        Self { len: bytes.len() as u64, rest: bytes, cut: false }
    }

    /// Announces all bytes, sends half of them, then fails.
    pub(crate) fn cut(bytes: Bytes) -> Self {
        Self { len: bytes.len() as u64, rest: bytes.slice(..bytes.len() / 2), cut: true }
    }
}

impl Body for ReplyBody {
    type Data = Bytes;
    type Error = io::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        _: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, io::Error>>> {
        let rest = std::mem::take(&mut self.rest);
        Poll::Ready(if !rest.is_empty() {
            self.len = self.len.saturating_sub(rest.len() as u64);
            Some(Ok(Frame::data(rest)))
        } else if self.cut {
            Some(Err(io::ErrorKind::ConnectionAborted.into()))
        } else {
            None
        })
    }

    fn is_end_stream(&self) -> bool {
        self.rest.is_empty() && !self.cut
    }

    fn size_hint(&self) -> SizeHint {
        SizeHint::with_exact(self.len)
    }
}
