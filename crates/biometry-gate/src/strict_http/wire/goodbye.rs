//! The end of a connection.

use std::io;
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use super::{Goodbye, Wire};
use crate::strict_http::Io;
use crate::strict_http::linger::Linger;

impl<IO: Io> Wire<IO> {
    /// The server is done with the connection: now the client learns why, and is heard out for a while.
    pub(in crate::strict_http) fn poll_shutdown(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        ready!(self.poll_words(cx))?;
        if !self.refusal.is_empty() {
            self.words = std::mem::take(&mut self.refusal);
            ready!(self.poll_words(cx))?;
        }
        if matches!(self.goodbye, Goodbye::NotYet) {
            ready!(Pin::new(&mut self.inner).poll_shutdown(cx))?;
            self.goodbye = self.begin_goodbye();
        }
        if let Goodbye::Lingering(linger) = &mut self.goodbye {
            ready!(linger.poll_end(&mut self.inner, &mut self.follower, cx));
            self.goodbye = Goodbye::Said;
        }
        Poll::Ready(Ok(()))
    }

    fn begin_goodbye(&self) -> Goodbye {
        if self.is_silent || !self.is_interrupted() {
            return Goodbye::Said;
        }
        let is_stranger = self.answers.status() == Some(401);
        match Linger::begin(&self.among, &self.follower, is_stranger) {
            Some(linger) => Goodbye::Lingering(Box::new(linger)),
            None => Goodbye::Said,
        }
    }
}
