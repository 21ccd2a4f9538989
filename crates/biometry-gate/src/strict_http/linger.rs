use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;

use tokio::io::{AsyncRead, ReadBuf};
use tokio::time::{Instant, Sleep, sleep_until};

use super::follower::Follower;
use super::limits::Connections;
use crate::capture::Pacing;
use crate::lingering::Seat;

/// The end of a connection whose client was answered while it was sending.
///
/// A socket that is closed with bytes unread, or that gets more behind its end, takes back what was written last: the
/// client, which may look for an answer only once it has sent everything, would see a broken connection instead. So what
/// comes is read and dropped, for as much and as long as an upload may take. Of what comes behind the body's end, which can
/// only be meant for another connection, a little is dropped.
#[derive(Debug)]
pub(super) struct Linger {
    left: u64,
    pacing: Pacing,
    timer: Pin<Box<Sleep>>,
    seat: Seat,
    /// When the client, which has sent everything, has had time to see its answer.
    over: Option<Instant>,
}

impl Linger {
    /// `None` where there is no room for another one who is heard out.
    pub(super) fn begin(among: &Connections, follower: &Follower, is_stranger: bool) -> Option<Self> {
        let seat = among.lingering().sit(is_stranger)?;
        let limits = among.limits().uploads();
        // A length that no upload may announce is refused, and the body is read no further than one file goes.
        let announced = follower.left().filter(|left| *left <= limits.largest(MOST_FILES));
        let left = announced.unwrap_or(limits.largest(1));
        let pacing = Pacing::new(limits, Instant::now());
        let timer = Box::pin(sleep_until(pacing.deadline()));
        Some(Self { left, pacing, timer, seat, over: None })
    }

    /// Ready when the client has gone, or has been waited for long enough.
    pub(super) fn poll_end(
        &mut self,
        io: &mut (impl AsyncRead + Unpin),
        follower: &mut Follower,
        cx: &mut Context<'_>,
    ) -> Poll<()> {
        let mut room = [0; ROOM];
        while self.seat.poll_gone(cx).is_pending() {
            let mut buf = ReadBuf::new(&mut room);
            match Pin::new(&mut *io).poll_read(cx, &mut buf) {
                Poll::Pending => return self.poll_timer(cx),
                Poll::Ready(Ok(())) if !buf.filled().is_empty() => {
                    if !self.drop_bytes(buf.filled(), follower) {
                        break;
                    }
                }
                Poll::Ready(_) => break,
            }
        }
        Poll::Ready(())
    }

    /// Answers whether more is read.
    fn drop_bytes(&mut self, bytes: &[u8], follower: &mut Follower) -> bool {
        let (now, length) = (Instant::now(), bytes.len() as u64);
        self.pacing.receive(now, length);
        if self.over.is_none() && follower.is_in_body() && follower.skip(bytes) {
            (self.over, self.left) = (Some(now + AFTERWARDS), MOST_AFTERWARDS);
            return true;
        }
        self.left = self.left.saturating_sub(length);
        self.left > 0 && self.pacing.check_total(now).is_ok()
    }

    fn poll_timer(&mut self, cx: &mut Context<'_>) -> Poll<()> {
        let now = Instant::now();
        self.pacing.wait(now);
        loop {
            let deadline = self.over.unwrap_or_else(|| self.pacing.deadline());
            if Instant::now() >= deadline {
                return Poll::Ready(());
            }
            if self.timer.deadline() != deadline {
                self.timer.as_mut().reset(deadline);
            }
            if self.timer.as_mut().poll(cx).is_pending() {
                return Poll::Pending;
            }
        }
    }
}

/// Of the largest form.
const MOST_FILES: u64 = 2;
const ROOM: usize = 8 * 1_024;
/// For a client that has sent its whole body: it sees the answer and goes.
const AFTERWARDS: Duration = Duration::from_secs(2);
const MOST_AFTERWARDS: u64 = 64 * 1_024;
