use std::io::{self, IoSlice};
use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;

use actix_web::rt::net::{ActixStream, Ready, TcpStream};
use biometry_gate::framing::StrictStream;
use tokio::io::{AsyncRead, AsyncReadExt as _, AsyncWrite, AsyncWriteExt as _, ReadBuf};

/// A checked connection as actix takes it.
pub(super) struct Connection(Option<StrictStream<TcpStream>>);

impl Connection {
    pub(super) fn new(stream: StrictStream<TcpStream>) -> Self {
        Self(Some(stream))
    }

    fn stream(self: Pin<&mut Self>) -> io::Result<Pin<&mut StrictStream<TcpStream>>> {
        self.get_mut().0.as_mut().map(Pin::new).ok_or_else(|| io::ErrorKind::NotConnected.into())
    }

    fn socket(&self) -> io::Result<&TcpStream> {
        self.0.as_ref().map(StrictStream::get_ref).ok_or_else(|| io::ErrorKind::NotConnected.into())
    }
}

/// actix drops a connection that has come to its end without shutting it down. Who was refused still learns why.
impl Drop for Connection {
    fn drop(&mut self) {
        if let Some(stream) = self.0.take_if(|stream| stream.owes_a_refusal()) {
            actix_web::rt::spawn(tokio::time::timeout(LONGEST_GOODBYE, say_goodbye(stream)));
        }
    }
}

/// Tells the client, and reads a little on: a socket that is closed with bytes unread takes its last words back.
async fn say_goodbye(mut stream: StrictStream<TcpStream>) {
    if stream.shutdown().await.is_ok() {
        let mut rest = stream.into_inner().take(MOST_READ);
        let _ = tokio::io::copy(&mut rest, &mut tokio::io::sink()).await;
    }
}

impl AsyncRead for Connection {
    fn poll_read(self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        self.stream()?.poll_read(cx, buf)
    }
}

impl AsyncWrite for Connection {
    fn poll_write(self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &[u8]) -> Poll<io::Result<usize>> {
        self.stream()?.poll_write(cx, buf)
    }

    fn poll_write_vectored(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bufs: &[IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        self.stream()?.poll_write_vectored(cx, bufs)
    }

    fn is_write_vectored(&self) -> bool {
        self.0.as_ref().is_some_and(AsyncWrite::is_write_vectored)
    }

    fn poll_flush(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        self.stream()?.poll_flush(cx)
    }

    fn poll_shutdown(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        self.stream()?.poll_shutdown(cx)
    }
}

impl ActixStream for Connection {
    fn poll_read_ready(&self, cx: &mut Context<'_>) -> Poll<io::Result<Ready>> {
        ActixStream::poll_read_ready(self.socket()?, cx)
    }

    fn poll_write_ready(&self, cx: &mut Context<'_>) -> Poll<io::Result<Ready>> {
        ActixStream::poll_write_ready(self.socket()?, cx)
    }
}

const LONGEST_GOODBYE: Duration = Duration::from_secs(1);
const MOST_READ: u64 = 256 * 1024;
