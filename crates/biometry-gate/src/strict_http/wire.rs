use std::io::{self, IoSlice};
use std::pin::Pin;
use std::task::{Context, Poll, Waker, ready};

use bytes::Bytes;
use tokio::io::ReadBuf;

use super::answers::Answers;
use super::clock::{Awaited, Clock};
use super::follower::{Follower, Judgement};
use super::frames::{self, Frames};
use super::head::{Why, forget_upgrade};
use super::limits::Connections;
use super::linger::Linger;
use super::{Io, refusal};

/// A checked connection: what goes in and out of it is followed, and waited for within bounds.
#[derive(Debug)]
pub(super) struct Wire<IO> {
    pub(super) inner: IO,
    among: Connections,
    follower: Follower,
    answers: Answers,
    /// Where the connection speaks HTTP/2.
    frames: Frames,
    /// Whether the server's settings have been written.
    is_settled: bool,
    /// What has arrived and is not judged: an unfinished head, or what came behind a request's end.
    held: Vec<u8>,
    /// What has been judged and not been asked for.
    passed: Bytes,
    /// Whether the server has seen the last byte it will see.
    is_over: bool,
    /// Whether the request at hand is the last one: it is answered before its end.
    is_last: bool,
    /// Whether the answer at hand still has to be told to say so.
    lacks_close: bool,
    /// Whether there is nobody to hear a goodbye.
    is_silent: bool,
    /// What the client still has to be told of a refused request.
    refusal: Bytes,
    /// What has to be written before anything else.
    words: Bytes,
    reading: Clock,
    writing: Clock,
    /// Reads the connection, and was sent away while a request was under way.
    reader: Option<Waker>,
    /// The goodbye to a client that was still sending, once it has begun.
    goodbye: Goodbye,
}

#[derive(Debug)]
enum Goodbye {
    NotYet,
    Lingering(Box<Linger>),
    Said,
}

impl<IO: Io> Wire<IO> {
    pub(super) fn new(inner: IO, among: Connections) -> Self {
        Self {
            inner,
            among,
            follower: Follower::new(),
            answers: Answers::default(),
            frames: Frames::default(),
            is_settled: false,
            held: Vec::new(),
            passed: Bytes::new(),
            is_over: false,
            is_last: false,
            lacks_close: false,
            is_silent: false,
            refusal: Bytes::new(),
            words: Bytes::new(),
            reading: Clock::default(),
            writing: Clock::default(),
            reader: None,
            goodbye: Goodbye::NotYet,
        }
    }

    /// Whether the client has something to hear that the server has not stayed for.
    pub(super) fn owes_a_goodbye(&self) -> bool {
        let has_news = !self.refusal.is_empty() || (self.is_last && self.is_interrupted());
        has_news && !self.is_silent && !matches!(self.goodbye, Goodbye::Said)
    }

    /// Whether the client may still be sending what nobody will read.
    fn is_interrupted(&self) -> bool {
        self.is_over || self.follower.is_in_body() || !self.held.is_empty() || !self.passed.is_empty()
    }

    /// Whether the server sees nothing more.
    fn ends_here(&self) -> bool {
        self.is_over || (self.is_last && !self.follower.is_in_body())
    }

    /// Judges what is held, until there is something to hand out or more is needed.
    fn judge_held(&mut self) {
        while self.passed.is_empty() && !self.held.is_empty() && !self.ends_here() {
            let was_in_frames = self.follower.is_in_frames();
            match self.follower.judge(&self.held) {
                Judgement::Wait => return,
                judgement => self.release(judgement),
            }
            if was_in_frames {
                let passed = self.passed.clone();
                self.receive_frames(&passed);
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
        if self.follower.is_in_frames() {
            self.receive_frames(&arrived[..passes]);
        }
        self.held.extend_from_slice(&arrived[passes..]);
        buf.set_filled(before + passes);
    }

    fn receive_frames(&mut self, bytes: &[u8]) {
        if self.frames.receive(bytes) {
            self.reading.stop();
        }
        self.is_over |= self.frames.are_too_many();
    }

    /// The client has nothing more to say. An unfinished head is for the server to judge.
    fn end(&mut self) {
        (self.is_over, self.is_silent) = (true, true);
        self.passed = std::mem::take(&mut self.held).into();
    }

    pub(super) fn poll_read(&mut self, cx: &mut Context<'_>, buf: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
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
    fn begin_rest(&mut self) {
        let Some(awaited) = self.awaited() else { return };
        let Some(reader) = self.reader.take() else { return };
        if self.poll_reading(&mut Context::from_waker(&reader), awaited).is_ready() {
            reader.wake();
        }
    }

    fn awaited(&self) -> Option<Awaited> {
        if self.follower.is_in_frames() {
            let is_idle = self.frames.is_idle().then_some(Awaited::Request);
            return if self.frames.is_in_head() { Some(Awaited::Head) } else { is_idle };
        }
        if self.follower.is_in_head() && !self.held.is_empty() {
            return Some(Awaited::Head);
        }
        (self.follower.is_at_rest() && self.answers.is_between()).then_some(Awaited::Request)
    }

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

    pub(super) fn poll_write(&mut self, cx: &mut Context<'_>, buf: &[u8]) -> Poll<io::Result<usize>> {
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
        let line = if self.lacks_close { memchr::memchr(b'\n', buf) } else { None };
        let buf = line.map_or(buf, |end| &buf[..=end]);
        let written = ready!(self.poll_write_inner(cx, buf))?;
        self.sent(&buf[..written]);
        if line.is_some() && written == buf.len() {
            (self.lacks_close, self.words) = (false, Bytes::from_static(CLOSE));
        }
        Poll::Ready(Ok(written))
    }

    pub(super) fn poll_write_vectored(
        &mut self,
        cx: &mut Context<'_>,
        bufs: &[IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        let is_start = self.follower.is_http1() && self.answers.is_between();
        let is_special = is_start || self.lacks_close || !self.words.is_empty();
        if is_special || (self.follower.is_in_frames() && !self.is_settled) {
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

    /// Says what comes before anything else.
    fn poll_words(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        while !self.words.is_empty() {
            let words = self.words.clone();
            let said = ready!(self.poll_write_inner(cx, &words))?;
            if said == 0 {
                return Poll::Ready(Err(io::ErrorKind::WriteZero.into()));
            }
            let _ = self.words.split_to(said);
        }
        Poll::Ready(Ok(()))
    }

    pub(super) fn poll_flush(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        ready!(self.poll_words(cx))?;
        Pin::new(&mut self.inner).poll_flush(cx)
    }

    /// The server is done with the connection: now the client learns why, and is heard out for a while.
    pub(super) fn poll_shutdown(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
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
