//! What comes from the client: judged before the server sees it, and waited for within bounds.

use std::io;
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use bytes::Bytes;
use tokio::io::ReadBuf;

use super::Wire;
use crate::strict_http::clock::Awaited;
use crate::strict_http::follower::Judgement;
use crate::strict_http::head::{Why, forget_upgrade};
use crate::strict_http::{Io, refusal};

impl<IO: Io> Wire<IO> {
    /// Judges what is held, until there is something to hand out or more is needed.
    pub(super) fn judge_held(&mut self) {
        while self.passed.is_empty() && !self.held.is_empty() && !self.ends_here() {
            let was_in_frames = self.follower.is_in_frames();
            match self.follower.judge(&self.held) {
                Judgement::Wait => return,
                judgement => self.release(judgement),
            }
            if was_in_frames {
                let passed = self.passed.clone();
                self.passed = self.receive_frames(&passed).map_or(passed, Bytes::from);
            }
        }
    }

    fn release(&mut self, judgement: Judgement) {
        let length = match judgement {
            Judgement::Wait => return,
            Judgement::Pass(length) | Judgement::Last(length) => length,
            Judgement::PassWithoutUpgrade(length) => {
                forget_upgrade(&mut self.held[..length]);
                length
            }
            Judgement::Refuse(why) => {
                self.refuse(why);
                0
            }
        };
        self.is_over |= matches!(judgement, Judgement::Last(_));
        let rest = self.held.split_off(length);
        self.passed = std::mem::replace(&mut self.held, rest).into();
    }

    fn refuse(&mut self, why: Why) {
        self.refusal = refusal::render(why);
        self.is_over = true;
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
                Judgement::Wait | Judgement::PassWithoutUpgrade(_) | Judgement::Refuse(_) => 0,
            }
        } else {
            0
        };
        self.held.extend_from_slice(&arrived[passes..]);
        buf.set_filled(before + passes);
        if self.follower.is_in_frames() {
            let sifted = self.receive_frames(&buf.filled()[before..]);
            if let Some(sifted) = sifted {
                buf.set_filled(before);
                buf.put_slice(&sifted);
            }
        }
    }

    /// What the server is to see of it, where that is not everything.
    fn receive_frames(&mut self, bytes: &[u8]) -> Option<Vec<u8>> {
        if self.frames.receive(bytes) {
            self.reading.stop();
        }
        self.is_over |= self.frames.are_too_many();
        self.early.sift(bytes)
    }

    /// The client has nothing more to say. An unfinished head is for the server to judge.
    fn end(&mut self) {
        (self.is_over, self.is_silent) = (true, true);
        self.passed = std::mem::take(&mut self.held).into();
    }

    pub(in crate::strict_http) fn poll_read(
        &mut self,
        cx: &mut Context<'_>,
        buf: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        if buf.remaining() == 0 {
            return Poll::Ready(Ok(()));
        }
        loop {
            self.judge_held();
            if !self.passed.is_empty() {
                self.reading.stop();
                let length = self.passed.len().min(buf.remaining());
                buf.put_slice(&self.passed.split_to(length));
                return Poll::Ready(Ok(()));
            }
            if self.ends_here() {
                self.is_over = true;
                return Poll::Ready(Ok(()));
            }
            let before = buf.filled().len();
            match Pin::new(&mut self.inner).poll_read(cx, buf) {
                Poll::Ready(arrived) => arrived.inspect_err(|_| self.is_silent = true)?,
                Poll::Pending => {
                    self.early.poll(cx);
                    // What comes of it shows where the server writes.
                    let _ = self.poll_words(cx);
                    ready!(self.poll_patience(cx));
                    continue;
                }
            }
            if buf.filled().len() == before {
                self.end();
                continue;
            }
            self.take(buf, before);
            if buf.filled().len() > before {
                if !self.follower.is_in_frames() {
                    self.reading.stop();
                }
                return Poll::Ready(Ok(()));
            }
        }
    }

    /// Ready once the client has been waited for too long, and the server sees the end.
    fn poll_patience(&mut self, cx: &mut Context<'_>) -> Poll<()> {
        let Some(awaited) = self.awaited() else {
            self.reading.stop();
            self.reader = Some(cx.waker().clone());
            return Poll::Pending;
        };
        self.reader = None;
        ready!(self.poll_reading(cx, awaited));
        if awaited == Awaited::Head && self.follower.is_http1() {
            self.refuse(Why::Late);
        }
        self.is_silent |= awaited == Awaited::Request;
        self.is_over = true;
        Poll::Ready(())
    }

    fn poll_reading(&mut self, cx: &mut Context<'_>, awaited: Awaited) -> Poll<()> {
        let limits = *self.among.limits();
        let longest = if awaited == Awaited::Head { limits.head() } else { limits.idle() };
        self.reading.poll(cx, awaited, longest)
    }

    /// An answer may have ended. From then on the client is waited for, although no server has to read at once.
    pub(super) fn begin_rest(&mut self) {
        let Some(awaited) = self.awaited() else { return };
        let Some(reader) = self.reader.take() else { return };
        if self.poll_reading(&mut Context::from_waker(&reader), awaited).is_ready() {
            reader.wake();
        }
    }

    fn awaited(&self) -> Option<Awaited> {
        if self.follower.is_in_frames() {
            let is_idle = (self.frames.is_idle() && self.early.is_empty()).then_some(Awaited::Request);
            return if self.frames.is_in_head() { Some(Awaited::Head) } else { is_idle };
        }
        if self.follower.is_in_head() && !self.held.is_empty() {
            return Some(Awaited::Head);
        }
        (self.follower.is_at_rest() && self.answers.is_between()).then_some(Awaited::Request)
    }
}
