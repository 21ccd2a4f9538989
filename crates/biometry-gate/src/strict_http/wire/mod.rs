mod goodbye;
mod reading;
mod writing;

use std::task::Waker;

use bytes::Bytes;

use super::Io;
use super::answers::Answers;
use super::clock::Clock;
use super::early::EarlyStreams;
use super::follower::Follower;
use super::frames::Frames;
use super::limits::Connections;
use super::linger::Linger;

/// A checked connection: what goes in and out of it is followed, and waited for within bounds.
#[derive(Debug)]
pub(super) struct Wire<IO> {
    pub(super) inner: IO,
    among: Connections,
    follower: Follower,
    answers: Answers,
    /// Where the connection speaks HTTP/2.
    frames: Frames,
    /// Its requests that were answered before they had arrived.
    early: EarlyStreams,
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
    /// Whether the answer at hand has yet to say so.
    lacks_close: bool,
    /// Whether the client is gone and hears no goodbye.
    is_silent: bool,
    /// The answer to a refused request that the client has yet to get.
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
            early: EarlyStreams::default(),
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

    /// Whether the client may still be sending what the server will not read.
    fn is_interrupted(&self) -> bool {
        let has_more = self.follower.is_in_body() || !self.held.is_empty() || !self.passed.is_empty();
        self.is_over || has_more || !self.early.is_empty()
    }

    /// Whether the server sees nothing more.
    fn ends_here(&self) -> bool {
        self.is_over || (self.is_last && !self.follower.is_in_body())
    }
}
