//! Bodies of a given length, whose bytes are made while they are sent.

use std::convert::Infallible;
use std::pin::Pin;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use bytes::Bytes;
use http_body::{Body, Frame, SizeHint};
use tokio::sync::oneshot;
use tokio::time::{Timeout, timeout};

type Sign = Timeout<oneshot::Receiver<()>>;

/// So many bytes; at a place in the middle it may wait for a sign, and not for ever.
pub(super) struct Zeros {
    left: u64,
    /// How many are left when it waits, and for what.
    pause: Option<(u64, Pin<Box<Sign>>)>,
}

pub(super) fn whole(length: u64) -> Zeros {
    Zeros { left: length, pause: None }
}

/// The first `head` bytes go out at once, the others when the sign has come, or its time is over.
pub(super) fn in_two(length: u64, head: u64, sign: oneshot::Receiver<()>, limit: Duration) -> Zeros {
    Zeros { left: length, pause: Some((length - head, Box::pin(timeout(limit, sign)))) }
}

impl Body for Zeros {
    type Data = Bytes;
    type Error = Infallible;

    fn poll_frame(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Infallible>>> {
        let Self { left, pause } = self.get_mut();
        if let Some((at, sign)) = pause
            && at == left
        {
            let _ = ready!(sign.as_mut().poll(cx));
            *pause = None;
        }
        let most = pause.as_ref().map_or(*left, |(at, _)| *left - at);
        let length = most.min(CHUNK.len() as u64);
        if length == 0 {
            return Poll::Ready(None);
        }
        *left -= length;
        let chunk = Bytes::from_static(&CHUNK[..usize::try_from(length).unwrap_or_default()]);
        Poll::Ready(Some(Ok(Frame::data(chunk))))
    }

    fn is_end_stream(&self) -> bool {
        self.left == 0
    }

    fn size_hint(&self) -> SizeHint {
        SizeHint::with_exact(self.left)
    }
}

static CHUNK: [u8; 16 * 1024] = [0; 16 * 1024];
