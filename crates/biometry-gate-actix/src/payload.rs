//! A request's payload, which must not leave its thread, as a body for the core, which may.

use std::fmt;
use std::future::poll_fn;
use std::pin::Pin;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use actix_web::dev::Payload;
use actix_web::rt::task::JoinHandle;
use bytes::Bytes;
use futures_core::Stream as _;
use http_body::{Body, Frame};
use tokio::sync::{mpsc, oneshot};

/// The far end of a payload that is read on actix's own thread.
///
/// INVARIANT: the body ends only where the payload has ended cleanly. A payload that breaks off, and a thread that
/// goes away with it, are errors: what is relayed dies, instead of looking complete.
pub(crate) struct PumpedBody {
    /// Sent when the body is asked for the first time.
    wanted: Option<oneshot::Sender<()>>,
    chunks: mpsc::Receiver<Piece>,
    state: State,
}

/// What reads a payload on its thread.
pub(crate) struct Pump(Option<JoinHandle<()>>);

/// A payload that stays on its thread.
pub(crate) struct LocalBody(pub(crate) Payload);

/// The request's body broke off.
#[derive(Clone, Copy, Debug)]
pub(crate) struct BrokenOff;

enum Piece {
    Data(Bytes),
    End,
    Broken,
}

#[derive(Clone, Copy)]
enum State {
    Open,
    Ended,
    Broken,
}

enum Outcome {
    PayloadOver,
    ReaderGone,
}

/// Reads `payload` on this thread for a reader on any other, once that one asks for it. What is left unread is dropped, up
/// to a point; a payload that its client holds back until it is asked for is not asked for to that end.
pub(crate) fn pump(payload: Payload, is_held_back: bool) -> (PumpedBody, Pump) {
    let (room, chunks) = mpsc::channel(CHUNKS_AHEAD);
    if matches!(payload, Payload::None) {
        return (PumpedBody { wanted: None, chunks, state: State::Ended }, Pump(None));
    }
    let (wanted, begin) = oneshot::channel();
    let task = actix_web::rt::spawn(async move {
        let mut payload = LocalBody(payload);
        let outcome = match begin.await {
            Ok(()) => feed(&mut payload, room).await,
            Err(_) if is_held_back => return,
            Err(_) => Outcome::ReaderGone,
        };
        if let Outcome::ReaderGone = outcome {
            payload.drop_rest().await;
        }
    });
    (PumpedBody { wanted: Some(wanted), chunks, state: State::Open }, Pump(Some(task)))
}

/// Asks for a chunk only when there is room for it, so that a slow reader slows the client down.
async fn feed(payload: &mut LocalBody, room: mpsc::Sender<Piece>) -> Outcome {
    while let Ok(place) = room.reserve().await {
        let piece = tokio::select! {
            piece = payload.next() => piece,
            () = room.closed() => return Outcome::ReaderGone,
        };
        let is_last = !matches!(piece, Piece::Data(_));
        place.send(piece);
        if is_last {
            return Outcome::PayloadOver;
        }
    }
    Outcome::ReaderGone
}

impl Pump {
    /// Waits a moment for the rest of an unread payload. actix closes a connection behind an answer that
    /// comes before the end of its request's body; a small body has arrived by then.
    pub(crate) async fn finish(self) {
        if let Some(task) = self.0 {
            let _ = tokio::time::timeout(LONGEST_FINISH, task).await;
        }
    }
}

impl LocalBody {
    async fn next(&mut self) -> Piece {
        match poll_fn(|cx| Pin::new(&mut self.0).poll_next(cx)).await {
            Some(Ok(data)) => Piece::Data(data),
            Some(Err(_)) => Piece::Broken,
            None => Piece::End,
        }
    }

    async fn drop_rest(&mut self) {
        let mut left = MOST_DROPPED;
        while let Piece::Data(data) = self.next().await {
            match left.checked_sub(data.len()) {
                Some(rest) => left = rest,
                None => return,
            }
        }
    }
}

impl Body for PumpedBody {
    type Data = Bytes;
    type Error = BrokenOff;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, BrokenOff>>> {
        if let Some(wanted) = self.wanted.take() {
            // A thread that is gone shows below.
            let _ = wanted.send(());
        }
        match self.state {
            State::Open => match ready!(self.chunks.poll_recv(cx)) {
                Some(Piece::Data(data)) => return Poll::Ready(Some(Ok(Frame::data(data)))),
                Some(Piece::End) => self.state = State::Ended,
                Some(Piece::Broken) | None => self.state = State::Broken,
            },
            State::Ended | State::Broken => {}
        }
        match self.state {
            State::Ended => Poll::Ready(None),
            State::Open | State::Broken => Poll::Ready(Some(Err(BrokenOff))),
        }
    }

    fn is_end_stream(&self) -> bool {
        matches!(self.state, State::Ended)
    }
}

impl Body for LocalBody {
    type Data = Bytes;
    type Error = BrokenOff;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, BrokenOff>>> {
        let chunk = ready!(Pin::new(&mut self.0).poll_next(cx));
        Poll::Ready(chunk.map(|chunk| chunk.map(Frame::data).map_err(|_| BrokenOff)))
    }
}

impl fmt::Display for BrokenOff {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the request broke off")
    }
}

impl std::error::Error for BrokenOff {}

/// How many chunks, each of up to 32 KiB, are read ahead of the reader.
const CHUNKS_AHEAD: usize = 2;
const MOST_DROPPED: usize = 64 * 1024;
const LONGEST_FINISH: Duration = Duration::from_millis(50);

#[cfg(test)]
mod tests;
