use std::collections::BTreeMap;
use std::pin::Pin;
use std::task::Context;

use tokio::time::{Instant, Sleep, sleep_until};

use super::frames::{DATA, Direction, Frame, HEADER, RST_STREAM, WINDOW_UPDATE};
use super::limits::Connections;
use crate::capture::Pacing;
use crate::lingering::Seat;

/// Requests of one HTTP/2 connection that were answered before they had arrived.
///
/// A server is done with such a request and resets its stream, to say that nothing more of it is wanted (RFC 9113,
/// section 8.1). Some clients take the reset for a failure and throw the answer away, and some look for the answer only when
/// they have sent everything. So the reset is kept back; the rest of the body is dropped before the server sees it, and the
/// client is given room to send it, for as much and as long as an upload may take.
#[derive(Debug, Default)]
pub(super) struct EarlyStreams {
    streams: BTreeMap<u32, Early>,
    arriving: Direction,
    /// The header of the frame that is arriving, as long as it is not known whether the server is to see it.
    held: Vec<u8>,
    is_holding: bool,
    /// Whether the frame that is arriving is dropped.
    is_dropping: bool,
    /// What was dropped, and the connection's window does not count again yet.
    dropped: u32,
    resets: Vec<u32>,
    timer: Option<Pin<Box<Sleep>>>,
}

#[derive(Debug)]
struct Early {
    left: u64,
    pacing: Pacing,
    seat: Seat,
    /// By how much the stream's window is to grow.
    room: u32,
}

impl EarlyStreams {
    pub(super) fn is_empty(&self) -> bool {
        self.streams.is_empty()
    }

    /// Keeps a stream's reset back, where there is room for another client that is heard out. Its status is not known here, so
    /// that it counts as a stranger's.
    pub(super) fn hear_out(&mut self, stream: u32, among: &Connections) -> bool {
        let Some(seat) = among.lingering().sit(true) else { return false };
        let limits = among.limits().uploads();
        let pacing = Pacing::new(limits, Instant::now());
        self.streams.insert(stream, Early { left: limits.largest(MOST_FILES), pacing, seat, room: ROOM });
        true
    }

    /// What the server is to see of what has arrived, where that is not all of it.
    pub(super) fn sift(&mut self, arrived: &[u8]) -> Option<Vec<u8>> {
        let is_at_work = !self.streams.is_empty() || self.is_holding || self.is_dropping;
        let mut passed = is_at_work.then(|| Vec::with_capacity(arrived.len()));
        let mut rest = arrived;
        while !rest.is_empty() {
            self.is_holding |= self.arriving.is_between() && is_at_work;
            let header = self.arriving.read_header(&mut rest);
            self.keep(header, &mut passed);
            let Some(frame) = self.arriving.frame() else { break };
            if !header.is_empty() {
                self.judge(frame, &mut passed);
            }
            let payload = self.arriving.read_payload(&mut rest);
            if let Some(passed) = passed.as_mut().filter(|_| !self.is_dropping) {
                passed.extend_from_slice(payload);
            }
            self.is_dropping &= !self.arriving.is_between();
        }
        passed
    }

    fn keep(&mut self, header: &[u8], passed: &mut Option<Vec<u8>>) {
        match passed {
            _ if self.is_holding => self.held.extend_from_slice(header),
            Some(passed) => passed.extend_from_slice(header),
            None => {}
        }
    }

    /// Decides on a frame whose header is whole. One whose header the server has begun to see is not dropped.
    fn judge(&mut self, frame: Frame, passed: &mut Option<Vec<u8>>) {
        let is_whole = std::mem::take(&mut self.is_holding);
        self.is_dropping = self.receive(frame) && is_whole;
        let held = std::mem::take(&mut self.held);
        if self.is_dropping {
            self.dropped = self.dropped.saturating_add(frame.length);
        } else if let Some(passed) = passed {
            passed.extend_from_slice(&held);
        }
    }

    /// Answers whether the frame is data of a stream that was answered.
    fn receive(&mut self, frame: Frame) -> bool {
        let Some(early) = self.streams.get_mut(&frame.stream) else { return false };
        let is_data = frame.kind == DATA;
        if is_data {
            early.pacing.receive(Instant::now(), u64::from(frame.length));
            early.left = early.left.saturating_sub(u64::from(frame.length));
            early.room = early.room.saturating_add(frame.length);
        }
        let is_too_much = early.left == 0;
        if frame.ends_stream() || frame.kind == RST_STREAM {
            self.streams.remove(&frame.stream);
        } else if is_too_much {
            self.cut(frame.stream);
        }
        is_data
    }

    fn cut(&mut self, stream: u32) {
        self.streams.remove(&stream);
        self.resets.push(stream);
    }

    /// Resets the streams whose clients have been heard out for long enough, and sees to it that the task comes back for the
    /// next of them.
    pub(super) fn poll(&mut self, cx: &mut Context<'_>) {
        while let Some(deadline) = self.cut_late(cx) {
            let timer = self.timer.get_or_insert_with(|| Box::pin(sleep_until(deadline)));
            if timer.deadline() != deadline {
                timer.as_mut().reset(deadline);
            }
            if timer.as_mut().poll(cx).is_pending() {
                return;
            }
        }
    }

    /// The next deadline, where there is one.
    fn cut_late(&mut self, cx: &mut Context<'_>) -> Option<Instant> {
        let now = Instant::now();
        let (mut late, mut next) = (Vec::new(), None);
        for (stream, early) in &mut self.streams {
            early.pacing.wait(now);
            if early.pacing.check(now).is_err() || early.seat.poll_gone(cx).is_ready() {
                late.push(*stream);
            } else {
                let deadline = early.pacing.deadline();
                next = Some(next.map_or(deadline, |next: Instant| next.min(deadline)));
            }
        }
        late.into_iter().for_each(|stream| self.cut(stream));
        next
    }

    /// The frames that are to be written: room for what was dropped, and resets.
    pub(super) fn frames(&mut self) -> Vec<u8> {
        let mut frames = Vec::new();
        if self.dropped >= LEAST_GROWTH || (self.dropped > 0 && self.streams.is_empty()) {
            frames.extend_from_slice(&frame(WINDOW_UPDATE, 0, std::mem::take(&mut self.dropped)));
        }
        for (stream, early) in &mut self.streams {
            if early.room >= LEAST_GROWTH {
                frames.extend_from_slice(&frame(WINDOW_UPDATE, *stream, std::mem::take(&mut early.room)));
            }
        }
        for stream in self.resets.drain(..) {
            frames.extend_from_slice(&frame(RST_STREAM, stream, NO_ERROR));
        }
        frames
    }
}

/// A frame whose payload is one number.
fn frame(kind: u8, stream: u32, number: u32) -> [u8; HEADER + 4] {
    let ([a, b, c, d], [e, f, g, h]) = (stream.to_be_bytes(), number.to_be_bytes());
    [0, 0, 4, kind, 0, a, b, c, d, e, f, g, h]
}

/// Of the largest form.
const MOST_FILES: u64 = 2;
/// How far a client that is heard out may be ahead: it may have used its window up.
const ROOM: u32 = 1_024 * 1_024;
/// Windows grow by as much at a time. The smallest window of a connection is four times that.
const LEAST_GROWTH: u32 = 16 * 1_024;
pub(super) const NO_ERROR: u32 = 0;
