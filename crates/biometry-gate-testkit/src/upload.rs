use std::convert::Infallible;
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use bytes::Bytes;
use http_body::{Body, Frame};
use tokio::sync::mpsc;
use tokio::task::JoinHandle;

use crate::answer::Answer;
use crate::request::SendError;

/// A request whose body is under way. Dropped, it breaks the connection off.
#[derive(Debug)]
pub struct Upload {
    feed: Option<mpsc::Sender<Bytes>>,
    exchange: JoinHandle<Result<Answer, SendError>>,
}

impl Upload {
    pub(crate) fn new(feed: mpsc::Sender<Bytes>, exchange: JoinHandle<Result<Answer, SendError>>) -> Self {
        Self { feed: Some(feed), exchange }
    }

    /// Sends one chunk; waits while the host takes none. Answers whether the host still reads.
    pub async fn send(&mut self, chunk: impl Into<Bytes>) -> bool {
        match &self.feed {
            Some(feed) => feed.send(chunk.into()).await.is_ok(),
            None => false,
        }
    }

    /// Whether there is an answer already.
    #[must_use]
    pub fn is_answered(&self) -> bool {
        self.exchange.is_finished()
    }

    /// Ends the body and reads the answer.
    ///
    /// # Panics
    /// When there is no whole answer in time.
    pub async fn finish(mut self) -> Answer {
        self.feed = None;
        self.answer().await
    }

    /// Reads the answer to a body that is not at its end.
    ///
    /// # Panics
    /// When there is no whole answer in time.
    pub async fn answer(mut self) -> Answer {
        let outcome = (&mut self.exchange).await.expect("the exchange does not panic");
        outcome.unwrap_or_else(|error| panic!("no answer: {error}"))
    }

    /// Breaks the connection off and waits until it is gone.
    pub async fn abort(mut self) {
        self.exchange.abort();
        let _ = (&mut self.exchange).await;
    }
}

impl Drop for Upload {
    fn drop(&mut self) {
        self.exchange.abort();
    }
}

pub(crate) fn channel() -> (mpsc::Sender<Bytes>, Fed) {
    let (feed, fed) = mpsc::channel(1);
    (feed, Fed(fed))
}

/// A body that is fed from outside.
pub(crate) struct Fed(mpsc::Receiver<Bytes>);

impl Body for Fed {
    type Data = Bytes;
    type Error = Infallible;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Infallible>>> {
        Poll::Ready(ready!(self.0.poll_recv(cx)).map(|chunk| Ok(Frame::data(chunk))))
    }
}
