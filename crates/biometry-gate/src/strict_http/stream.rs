use std::fmt;
use std::future::poll_fn;
use std::io::{self, IoSlice};
use std::pin::Pin;
use std::task::{Context, Poll};

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::runtime::Handle;

use super::limits::Connections;
use super::wire::Wire;

/// What a connection is made of: a socket, or whatever reads and writes like one.
pub trait Io: AsyncRead + AsyncWrite + Send + Unpin + 'static {}

impl<IO: AsyncRead + AsyncWrite + Send + Unpin + 'static> Io for IO {}

/// The server's end of a connection that lets no request through whose end two readers could see in different places, and
/// that neither waits for a client for ever nor drops one before it has seen its answer.
/// See the [module](super) for why.
///
/// Wrap what was accepted before it is given to the server. The server shuts it down in the end, or drops it: then a client
/// learns that it was refused, and what it still sends is read and dropped for a while, so that it gets to see whatever it
/// was answered. That takes a runtime with time.
pub struct StrictStream<IO: Io>(Option<Wire<IO>>);

impl<IO: Io> StrictStream<IO> {
    /// Puts the check around a connection, with the usual limits. Connections of a listener that are to share a bound on how
    /// many linger come from [`Connections::check`].
    pub fn new(io: IO) -> Self {
        Self::among(io, Connections::default())
    }

    pub(super) fn among(io: IO, connections: Connections) -> Self {
        Self(Some(Wire::new(io, connections)))
    }

    /// The connection.
    ///
    /// # Errors
    /// When it is gone.
    pub fn get_ref(&self) -> io::Result<&IO> {
        self.0.as_ref().map(|wire| &wire.inner).ok_or_else(|| io::ErrorKind::NotConnected.into())
    }

    fn wire(&mut self) -> io::Result<&mut Wire<IO>> {
        self.0.as_mut().ok_or_else(|| io::ErrorKind::NotConnected.into())
    }
}

/// Servers drop a connection without shutting it down where they hand it over and no task takes it: hyper after a request
/// that asked for an upgrade in vain, actix where a connection comes to its end.
impl<IO: Io> Drop for StrictStream<IO> {
    fn drop(&mut self) {
        let Some(mut wire) = self.0.take().filter(Wire::owes_a_goodbye) else { return };
        if let Ok(runtime) = Handle::try_current() {
            runtime.spawn(async move { poll_fn(|cx| wire.poll_shutdown(cx)).await });
        }
    }
}

impl<IO: Io> AsyncRead for StrictStream<IO> {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        self.wire()?.poll_read(cx, buf)
    }
}

impl<IO: Io> AsyncWrite for StrictStream<IO> {
    fn poll_write(mut self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &[u8]) -> Poll<io::Result<usize>> {
        self.wire()?.poll_write(cx, buf)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bufs: &[IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        self.wire()?.poll_write_vectored(cx, bufs)
    }

    fn is_write_vectored(&self) -> bool {
        self.get_ref().is_ok_and(AsyncWrite::is_write_vectored)
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        self.wire()?.poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        self.wire()?.poll_shutdown(cx)
    }
}

/// What has arrived is not shown.
impl<IO: Io> fmt::Debug for StrictStream<IO> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("StrictStream").finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests;
