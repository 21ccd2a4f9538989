use std::io::{self, IoSlice};
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use bytes::Bytes;
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};

use super::follower::{Follower, Judgement};
use super::linger::Linger;
use super::refusal;

/// The server's end of a connection that lets no request through whose end two readers could see in different places.
/// See the [module](super) for why.
///
/// Wrap what was accepted before it is given to the server, and let the server shut it down in the end: that is when a
/// client is told that it was refused, and when what it still sends is read and dropped for a while, so that it gets to
/// see whatever it was answered. That takes a runtime with time.
#[derive(Debug)]
pub struct StrictStream<IO> {
    inner: IO,
    follower: Follower,
    /// What has arrived and is not judged: an unfinished head, or what came behind a request's end.
    held: Vec<u8>,
    /// What has been judged and not been asked for.
    passed: Bytes,
    /// Whether the server has seen the last byte it will see.
    is_over: bool,
    /// What the client still has to be told.
    refusal: Bytes,
    /// The goodbye to a client that was still sending, once it has begun.
    linger: Option<Linger>,
}

impl<IO> StrictStream<IO> {
    /// Puts the check around a connection.
    pub fn new(io: IO) -> Self {
        Self {
            inner: io,
            follower: Follower::new(),
            held: Vec::new(),
            passed: Bytes::new(),
            is_over: false,
            refusal: Bytes::new(),
            linger: None,
        }
    }

    /// The connection.
    pub fn get_ref(&self) -> &IO {
        &self.inner
    }

    /// Takes the check away, and what has arrived and was not read with it.
    pub fn into_inner(self) -> IO {
        self.inner
    }

    /// Whether the client was refused and has not been told so: that comes with the shutdown.
    pub fn owes_a_refusal(&self) -> bool {
        !self.refusal.is_empty()
    }

    /// Whether the client may still be sending what nobody will read.
    fn is_interrupted(&self) -> bool {
        self.is_over || self.follower.is_in_body() || !self.held.is_empty() || !self.passed.is_empty()
    }

    /// Judges what is held, until there is something to hand out or more is needed.
    fn judge_held(&mut self) {
        while self.passed.is_empty() && !self.held.is_empty() && !self.is_over {
            match self.follower.judge(&self.held) {
                Judgement::Wait => return,
                judgement => self.release(judgement),
            }
        }
    }

    fn release(&mut self, judgement: Judgement) {
        let length = match judgement {
            Judgement::Wait => return,
            Judgement::Pass(length) | Judgement::Last(length) => length,
            Judgement::Refuse(why) => {
                self.refusal = refusal::render(why);
                0
            }
        };
        self.is_over = !matches!(judgement, Judgement::Pass(_));
        let rest = self.held.split_off(length);
        self.passed = std::mem::replace(&mut self.held, rest).into();
    }

    /// Takes what has just arrived in `buf` behind `before`. Bodies stay where they are.
    fn take(&mut self, buf: &mut ReadBuf<'_>, before: usize) {
        let arrived = &buf.filled()[before..];
        let passes = if self.held.is_empty() && !self.follower.is_in_head() {
            match self.follower.judge(arrived) {
                Judgement::Pass(length) => length,
                Judgement::Last(length) => {
                    self.is_over = true;
                    length
                }
                Judgement::Wait | Judgement::Refuse(_) => 0,
            }
        } else {
            0
        };
        self.held.extend_from_slice(&arrived[passes..]);
        buf.set_filled(before + passes);
    }

    /// The client has nothing more to say. An unfinished head is for the server to judge.
    fn end(&mut self) {
        self.is_over = true;
        self.passed = std::mem::take(&mut self.held).into();
    }

    fn watch(&mut self, answer: &[u8]) {
        if self.follower.is_handed_over(answer) {
            self.judge_held();
        }
    }
}

impl<IO: AsyncRead + Unpin> AsyncRead for StrictStream<IO> {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let this = &mut *self;
        if buf.remaining() == 0 {
            return Poll::Ready(Ok(()));
        }
        loop {
            this.judge_held();
            if !this.passed.is_empty() {
                let length = this.passed.len().min(buf.remaining());
                buf.put_slice(&this.passed.split_to(length));
                return Poll::Ready(Ok(()));
            }
            if this.is_over {
                return Poll::Ready(Ok(()));
            }
            let before = buf.filled().len();
            ready!(Pin::new(&mut this.inner).poll_read(cx, buf))?;
            if buf.filled().len() == before {
                this.end();
                continue;
            }
            this.take(buf, before);
            if buf.filled().len() > before {
                return Poll::Ready(Ok(()));
            }
        }
    }
}

impl<IO: AsyncRead + AsyncWrite + Unpin> AsyncWrite for StrictStream<IO> {
    fn poll_write(mut self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &[u8]) -> Poll<io::Result<usize>> {
        self.watch(buf);
        Pin::new(&mut self.inner).poll_write(cx, buf)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bufs: &[IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        if let Some(first) = bufs.iter().find(|buf| !buf.is_empty()) {
            self.watch(first);
        }
        Pin::new(&mut self.inner).poll_write_vectored(cx, bufs)
    }

    fn is_write_vectored(&self) -> bool {
        self.inner.is_write_vectored()
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.inner).poll_flush(cx)
    }

    /// The server is done with the connection: now the client learns why, and is heard out for a while.
    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        let this = &mut *self;
        while !this.refusal.is_empty() {
            let written = ready!(Pin::new(&mut this.inner).poll_write(cx, &this.refusal))?;
            if written == 0 {
                return Poll::Ready(Err(io::ErrorKind::WriteZero.into()));
            }
            let _ = this.refusal.split_to(written);
        }
        if this.linger.is_none() {
            ready!(Pin::new(&mut this.inner).poll_shutdown(cx))?;
            if !this.is_interrupted() {
                return Poll::Ready(Ok(()));
            }
        }
        let linger = this.linger.get_or_insert_with(Linger::begin);
        linger.poll_end(&mut this.inner, cx).map(Ok)
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _, duplex};
    use tokio::time::Instant;

    use super::super::linger::LONGEST as LONGEST_LINGER;
    use super::*;

    const REQUEST: &[u8] = b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 4\r\n\r\nbody";
    const AMBIGUOUS: &[u8] =
        b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n";

    #[tokio::test]
    async fn clear_requests_arrive_as_they_are_sent() {
        let (mut client, server) = duplex(64);
        let mut server = StrictStream::new(server);
        let sent = REQUEST.repeat(50);
        let sending = async {
            client.write_all(&sent).await.expect("a reader");
            client.shutdown().await.expect("a reader");
        };
        let mut read = Vec::new();
        let (_, length) = tokio::join!(sending, server.read_to_end(&mut read));
        assert_eq!(length.expect("an end"), sent.len());
        assert_eq!(read, sent);
    }

    #[tokio::test(start_paused = true)]
    async fn an_ambiguous_request_ends_the_connection_with_an_answer() {
        let (mut client, server) = duplex(4_096);
        let mut server = StrictStream::new(server);
        client.write_all(&[REQUEST, AMBIGUOUS, REQUEST].concat()).await.expect("a reader");
        let mut read = Vec::new();
        server.read_to_end(&mut read).await.expect("an end");
        assert_eq!(read, REQUEST);
        server.shutdown().await.expect("a client");
        drop(server);
        let mut answer = String::new();
        client.read_to_string(&mut answer).await.expect("an answer");
        assert!(answer.starts_with("HTTP/1.1 400 ") && answer.ends_with('}'), "{answer}");
    }

    /// How much of what a client sends behind an answer is read, and how long that takes.
    async fn heard_out(request: &[u8], rest: usize, goes_away: bool) -> (usize, Duration) {
        let (mut client, server) = duplex(64 * 1_024);
        let mut server = StrictStream::new(server);
        client.write_all(request).await.expect("a reader");
        server.read_exact(&mut vec![0; request.len()]).await.expect("the request");
        server.write_all(b"HTTP/1.1 401 Unauthorized\r\n\r\n").await.expect("a client");
        let sending = async {
            let mut sent = 0;
            while sent < rest && client.write_all(&[0; 1_024]).await.is_ok() {
                sent += 1_024;
            }
            if goes_away {
                drop(client);
                return sent;
            }
            std::future::pending().await
        };
        let (mut sent, begun) = (0, Instant::now());
        tokio::select! {
            biased;
            all = sending => sent = all,
            ended = server.shutdown() => ended.expect("an end"),
        }
        (sent, begun.elapsed())
    }

    const ANNOUNCED: &[u8] = b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 99999999\r\n\r\n";

    #[tokio::test(start_paused = true)]
    async fn who_is_still_sending_is_heard_out_for_a_while() {
        let (sent, waited) = heard_out(ANNOUNCED, 5_000_000, true).await;
        assert!(sent >= 5_000_000 && waited < LONGEST_LINGER, "{sent} in {waited:?}");
        let (_, waited) = heard_out(ANNOUNCED, 1_024, false).await;
        assert_eq!(waited, LONGEST_LINGER, "not for ever");
        let (_, waited) = heard_out(ANNOUNCED, usize::MAX, false).await;
        assert_eq!(waited, Duration::ZERO, "nor for any number of bytes");
    }

    #[tokio::test(start_paused = true)]
    async fn who_has_said_everything_is_not_waited_for() {
        let (_, waited) = heard_out(REQUEST, 0, false).await;
        assert_eq!(waited, Duration::ZERO);
    }

    #[tokio::test]
    async fn an_unfinished_head_reaches_the_server_with_the_end() {
        let (mut client, server) = duplex(64);
        let mut server = StrictStream::new(server);
        client.write_all(b"GET / HT").await.expect("a reader");
        client.shutdown().await.expect("a reader");
        let mut read = Vec::new();
        server.read_to_end(&mut read).await.expect("an end");
        assert_eq!(read, b"GET / HT");
    }
}
