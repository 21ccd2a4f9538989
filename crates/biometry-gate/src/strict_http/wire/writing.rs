//! What goes to the client: followed, and added to where an answer has to say that it is the connection's last.

use std::io::{self, IoSlice};
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use bytes::Bytes;

use super::Wire;
use crate::strict_http::clock::Awaited;
use crate::strict_http::{Io, frames};

impl<IO: Io> Wire<IO> {
    /// Looks at the first bytes of an answer. One that comes before the end of its request is the connection's last, and
    /// says so.
    fn begin_answer(&mut self, answer: &[u8]) {
        if self.follower.is_handed_over(answer) {
            self.judge_held();
        } else if self.follower.is_interrupted() && !answer.starts_with(b"HTTP/1.1 1") {
            self.is_last = true;
            self.lacks_close = !says_close(answer);
        }
    }

    pub(in crate::strict_http) fn poll_write(
        &mut self,
        cx: &mut Context<'_>,
        buf: &[u8],
    ) -> Poll<io::Result<usize>> {
        ready!(self.poll_words(cx))?;
        if self.follower.is_in_frames() && !self.is_settled {
            self.is_settled = true;
            if let Some(settings) = frames::settings_with_streams(buf) {
                self.words = Bytes::copy_from_slice(&settings);
                self.frames.send(&buf[..frames::HEADER]);
                return Poll::Ready(Ok(frames::HEADER));
            }
        }
        if self.follower.is_http1() && self.answers.is_between() {
            self.begin_answer(buf);
        }
        if self.keeps_back(buf) {
            return Poll::Ready(Ok(frames::RESET));
        }
        let buf = self.up_to_reset(buf);
        let line = if self.lacks_close { memchr::memchr(b'\n', buf) } else { None };
        let buf = line.map_or(buf, |end| &buf[..=end]);
        let written = ready!(self.poll_write_inner(cx, buf))?;
        self.sent(&buf[..written]);
        if line.is_some() && written == buf.len() {
            (self.lacks_close, self.words) = (false, Bytes::from_static(CLOSE));
        }
        Poll::Ready(Ok(written))
    }

    /// Whether these bytes begin with the reset of a stream whose client is heard out instead.
    fn keeps_back(&mut self, buf: &[u8]) -> bool {
        if !self.follower.is_in_frames() || self.frames.find_reset(buf) != Some(0) {
            return false;
        }
        let stream = frames::harmless_reset(buf).filter(|stream| self.frames.is_early(*stream));
        let is_kept = stream.is_some_and(|stream| self.early.hear_out(stream, &self.among));
        if is_kept {
            self.frames.send(&buf[..frames::RESET]);
        }
        is_kept
    }

    /// As much of these bytes as can be written before the next reset is looked at.
    fn up_to_reset<'a>(&self, buf: &'a [u8]) -> &'a [u8] {
        match self.follower.is_in_frames().then(|| self.frames.find_reset(buf)).flatten() {
            Some(0) => &buf[..frames::RESET],
            Some(at) => &buf[..at],
            None => buf,
        }
    }

    pub(in crate::strict_http) fn poll_write_vectored(
        &mut self,
        cx: &mut Context<'_>,
        bufs: &[IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        let is_start = self.follower.is_http1() && self.answers.is_between();
        let is_special = is_start || self.lacks_close || !self.words.is_empty();
        let in_frames = self.follower.is_in_frames();
        if is_special || (in_frames && (!self.is_settled || self.frames.has_reset(bufs))) {
            let first = bufs.iter().find(|buf| !buf.is_empty()).map_or(&[][..], |buf| buf);
            return self.poll_write(cx, first);
        }
        let written = Pin::new(&mut self.inner).poll_write_vectored(cx, bufs);
        let written = ready!(self.poll_progress(cx, written))?;
        let mut left = written;
        for buf in bufs {
            let length = left.min(buf.len());
            self.sent(&buf[..length]);
            left -= length;
        }
        Poll::Ready(Ok(written))
    }

    fn sent(&mut self, bytes: &[u8]) {
        if self.follower.is_in_frames() {
            self.frames.send(bytes);
        } else if self.follower.is_http1() {
            self.answers.follow(bytes, self.follower.unanswered());
        }
        self.begin_rest();
    }

    fn poll_write_inner(&mut self, cx: &mut Context<'_>, buf: &[u8]) -> Poll<io::Result<usize>> {
        let written = Pin::new(&mut self.inner).poll_write(cx, buf);
        self.poll_progress(cx, written)
    }

    /// A client that takes nothing is waited for, within bounds.
    fn poll_progress(
        &mut self,
        cx: &mut Context<'_>,
        written: Poll<io::Result<usize>>,
    ) -> Poll<io::Result<usize>> {
        if written.is_ready() {
            self.writing.stop();
            return written;
        }
        let longest = self.among.limits().write();
        ready!(self.writing.poll(cx, Awaited::Reader, longest));
        self.is_silent = true;
        Poll::Ready(Err(io::ErrorKind::TimedOut.into()))
    }

    /// Says what comes before anything else, and whatever has to be said of streams by then.
    pub(super) fn poll_words(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        loop {
            if self.words.is_empty() && self.is_settled && self.frames.is_between() {
                self.words = self.early.frames().into();
            }
            if self.words.is_empty() {
                return Poll::Ready(Ok(()));
            }
            let words = self.words.clone();
            let said = ready!(self.poll_write_inner(cx, &words))?;
            if said == 0 {
                return Poll::Ready(Err(io::ErrorKind::WriteZero.into()));
            }
            let _ = self.words.split_to(said);
        }
    }

    pub(in crate::strict_http) fn poll_flush(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        ready!(self.poll_words(cx))?;
        Pin::new(&mut self.inner).poll_flush(cx)
    }
}

/// Whether an answer's head says that the connection ends.
fn says_close(answer: &[u8]) -> bool {
    let lines = answer.split(|byte| *byte == b'\n').map(<[u8]>::trim_ascii_end);
    lines.take_while(|line| !line.is_empty()).any(|line| {
        let (name, value) = line.split_at_checked(CONNECTION.len()).unwrap_or_default();
        let options = &mut value.split(|byte| *byte == b',');
        name.eq_ignore_ascii_case(CONNECTION)
            && options.any(|option| option.trim_ascii().eq_ignore_ascii_case(b"close"))
    })
}

const CLOSE: &[u8] = b"connection: close\r\n";
const CONNECTION: &[u8] = b"connection:";
