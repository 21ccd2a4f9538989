use std::io::{self, IoSlice};
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use actix_web::rt::net::{ActixStream, Ready, TcpStream};
use biometry_gate::strict_http::StrictStream;
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};

use super::go_ahead::GoAhead;

/// A checked connection as actix takes it.
pub(super) struct Connection {
    stream: StrictStream<TcpStream>,
    go_ahead: GoAhead,
    /// What is left to be said of a go-ahead.
    words: &'static [u8],
}

impl Connection {
    pub(super) fn new(stream: StrictStream<TcpStream>) -> Self {
        Self { stream, go_ahead: GoAhead::default(), words: &[] }
    }

    pub(super) fn go_ahead(&self) -> &GoAhead {
        &self.go_ahead
    }

    fn stream(self: Pin<&mut Self>) -> Pin<&mut StrictStream<TcpStream>> {
        Pin::new(&mut self.get_mut().stream)
    }

    /// Says what there is left to say of a go-ahead: nothing comes in between.
    fn poll_say(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        while !self.words.is_empty() {
            let words = self.words;
            let said = ready!(self.as_mut().stream().poll_write(cx, words))?;
            if said == 0 {
                return Poll::Ready(Err(io::ErrorKind::WriteZero.into()));
            }
            self.words = &words[said..];
        }
        Poll::Ready(Ok(()))
    }
}

impl AsyncRead for Connection {
    fn poll_read(self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        self.stream().poll_read(cx, buf)
    }
}

impl AsyncWrite for Connection {
    fn poll_write(mut self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &[u8]) -> Poll<io::Result<usize>> {
        ready!(self.as_mut().poll_say(cx))?;
        self.stream().poll_write(cx, buf)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bufs: &[IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        ready!(self.as_mut().poll_say(cx))?;
        self.stream().poll_write_vectored(cx, bufs)
    }

    fn is_write_vectored(&self) -> bool {
        self.stream.is_write_vectored()
    }

    /// actix comes here each time it has written all there is, and a go-ahead belongs behind that: in front of it are
    /// answers to earlier requests.
    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        if self.go_ahead.is_due() {
            self.words = CONTINUE;
        }
        ready!(self.as_mut().poll_say(cx))?;
        self.stream().poll_flush(cx)
    }

    fn poll_shutdown(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        self.stream().poll_shutdown(cx)
    }
}

impl ActixStream for Connection {
    fn poll_read_ready(&self, cx: &mut Context<'_>) -> Poll<io::Result<Ready>> {
        ActixStream::poll_read_ready(self.stream.get_ref()?, cx)
    }

    fn poll_write_ready(&self, cx: &mut Context<'_>) -> Poll<io::Result<Ready>> {
        ActixStream::poll_write_ready(self.stream.get_ref()?, cx)
    }
}

const CONTINUE: &[u8] = b"HTTP/1.1 100 Continue\r\n\r\n";
