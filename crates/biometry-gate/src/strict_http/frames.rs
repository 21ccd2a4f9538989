use std::collections::BTreeSet;
use std::io::IoSlice;

/// Follows the frames of one HTTP/2 connection (RFC 9113, section 4.1), so that it is known whether anything is under way.
#[derive(Debug, Default)]
pub(super) struct Frames {
    received: Direction,
    sent: Direction,
    /// Streams whose answer has not ended.
    open: BTreeSet<u32>,
    /// Streams whose request has not ended.
    arriving: BTreeSet<u32>,
    newest: u32,
    /// The stream whose header block goes on in the next frame.
    continued: Option<u32>,
    /// Whether that block is all there is of a request.
    is_all: bool,
}

/// What goes one way.
#[derive(Clone, Debug, Default)]
pub(super) struct Direction {
    header: [u8; HEADER],
    /// How much of the header is here.
    arrived: usize,
    /// What is left of the payload.
    left: usize,
}

#[derive(Clone, Copy)]
pub(super) struct Frame {
    pub(super) kind: u8,
    flags: u8,
    pub(super) stream: u32,
    /// Of the payload.
    pub(super) length: u32,
}

impl Frames {
    /// Whether no request is under way.
    pub(super) fn is_idle(&self) -> bool {
        self.open.is_empty()
    }

    /// Whether a request's head has begun and goes on.
    pub(super) fn is_in_head(&self) -> bool {
        self.continued.is_some() || (self.received.arrived == HEADER && self.received.kind() == HEADERS)
    }

    /// Whether more streams are open than any client needs.
    pub(super) fn are_too_many(&self) -> bool {
        self.open.len().max(self.arriving.len()) > MOST_STREAMS
    }

    /// Whether a request was answered before it had arrived.
    pub(super) fn is_early(&self, stream: u32) -> bool {
        self.arriving.contains(&stream) && !self.open.contains(&stream)
    }

    /// Whether what is written so far ends with a frame.
    pub(super) fn is_between(&self) -> bool {
        self.sent.is_between()
    }

    /// Where the first reset of a stream stands in what is to be written, if there is a whole one.
    pub(super) fn find_reset(&self, bytes: &[u8]) -> Option<usize> {
        self.sent.clone().find_reset(bytes)
    }

    /// Whether there is a reset in what is to be written.
    pub(super) fn has_reset(&self, bufs: &[IoSlice<'_>]) -> bool {
        let mut sent = self.sent.clone();
        bufs.iter().any(|buf| sent.find_reset(buf).is_some())
    }

    /// Answers whether something of a request is among these bytes.
    pub(super) fn receive(&mut self, bytes: &[u8]) -> bool {
        let (mut rest, mut is_request) = (bytes, false);
        while let Some(frame) = self.received.follow(&mut rest) {
            is_request |= matches!(frame.kind, DATA | HEADERS | CONTINUATION);
            if frame.kind == HEADERS {
                self.is_all = frame.ends_stream();
            }
            match (frame.kind, frame.flags & END_HEADERS != 0) {
                (RST_STREAM, _) => drop(self.open.remove(&frame.stream)),
                (HEADERS | CONTINUATION, false) => self.continued = Some(frame.stream),
                (HEADERS | CONTINUATION, true) => {
                    self.continued = None;
                    self.begin(frame.stream);
                }
                _ => {}
            }
            if frame.kind == RST_STREAM || frame.ends_stream() {
                self.arriving.remove(&frame.stream);
            }
        }
        is_request || (self.received.arrived == HEADER && self.received.kind() == DATA)
    }

    /// Streams are numbered upwards; what else has a head are trailers.
    fn begin(&mut self, stream: u32) {
        if stream > self.newest {
            self.newest = stream;
            self.open.insert(stream);
            if !self.is_all {
                self.arriving.insert(stream);
            }
        }
    }

    pub(super) fn send(&mut self, bytes: &[u8]) {
        let mut rest = bytes;
        while let Some(frame) = self.sent.follow(&mut rest) {
            if frame.ends_stream() || frame.kind == RST_STREAM {
                self.open.remove(&frame.stream);
            }
            if frame.kind == RST_STREAM {
                self.arriving.remove(&frame.stream);
            }
        }
    }
}

impl Frame {
    pub(super) fn ends_stream(self) -> bool {
        matches!(self.kind, DATA | HEADERS) && self.flags & END_STREAM != 0
    }
}

impl Direction {
    /// Whether the last frame is over and the next one has not begun.
    pub(super) fn is_between(&self) -> bool {
        self.arrived == 0
    }

    /// The next frame that ends in these bytes; they are used up where there is none.
    fn follow(&mut self, bytes: &mut &[u8]) -> Option<Frame> {
        self.read_header(bytes);
        let frame = self.frame()?;
        self.read_payload(bytes);
        self.is_between().then_some(frame)
    }

    /// Takes what there is of a header, unless it is whole.
    pub(super) fn read_header<'a>(&mut self, bytes: &mut &'a [u8]) -> &'a [u8] {
        let (now, rest) = bytes.split_at(bytes.len().min(HEADER - self.arrived));
        self.header[self.arrived..self.arrived + now.len()].copy_from_slice(now);
        self.arrived += now.len();
        *bytes = rest;
        if self.arrived == HEADER && !now.is_empty() {
            let [a, b, c, ..] = self.header;
            self.left = usize::from(a) << 16 | usize::from(b) << 8 | usize::from(c);
        }
        now
    }

    /// Takes what there is of the payload behind a whole header.
    pub(super) fn read_payload<'a>(&mut self, bytes: &mut &'a [u8]) -> &'a [u8] {
        let (now, rest) = bytes.split_at(bytes.len().min(self.left));
        self.left -= now.len();
        *bytes = rest;
        if self.left == 0 {
            self.arrived = 0;
        }
        now
    }

    /// The frame at hand, once its header is whole.
    pub(super) fn frame(&self) -> Option<Frame> {
        let [e, f, g, kind, flags, a, b, c, d] = self.header;
        let (stream, length) = (u32::from_be_bytes([a & 0x7f, b, c, d]), u32::from_be_bytes([0, e, f, g]));
        (self.arrived == HEADER).then_some(Frame { kind, flags, stream, length })
    }

    fn find_reset(&mut self, bytes: &[u8]) -> Option<usize> {
        let mut rest = bytes;
        loop {
            if self.is_between() && rest.len() >= RESET && rest[3] == RST_STREAM {
                return Some(bytes.len() - rest.len());
            }
            self.follow(&mut rest)?;
        }
    }

    fn kind(&self) -> u8 {
        self.header[3]
    }
}

/// The stream of a whole reset that says that nothing is wrong.
pub(super) fn harmless_reset(frame: &[u8]) -> Option<u32> {
    let &[0, 0, 4, RST_STREAM, _, a, b, c, d, 0, 0, 0, 0] = frame.get(..RESET)? else { return None };
    Some(u32::from_be_bytes([a & 0x7f, b, c, d]))
}

/// A server's first frame, its settings, with the number of streams in it: [`ANNOUNCED`], where it names none. `None` where
/// these bytes are no such frame.
pub(super) fn settings_with_streams(first: &[u8]) -> Option<[u8; HEADER + SETTING]> {
    let (header, rest) = first.split_first_chunk::<HEADER>()?;
    let &[0, high, low, SETTINGS, 0, 0, 0, 0, 0] = header else { return None };
    let length = u16::from_be_bytes([high, low]);
    let payload = rest.get(..usize::from(length))?;
    let names_streams = payload.chunks(SETTING).any(|setting| setting.starts_with(&STREAMS.to_be_bytes()));
    let [high, low] = length.checked_add(SETTING as u16)?.to_be_bytes();
    let [a, b, c, d] = ANNOUNCED.to_be_bytes();
    let [id, name] = STREAMS.to_be_bytes();
    (!names_streams).then_some([0, high, low, SETTINGS, 0, 0, 0, 0, 0, id, name, a, b, c, d])
}

pub(super) const HEADER: usize = 9;
const SETTING: usize = 6;
/// Of a whole `RST_STREAM`.
pub(super) const RESET: usize = HEADER + 4;
pub(super) const DATA: u8 = 0;
const HEADERS: u8 = 1;
pub(super) const RST_STREAM: u8 = 3;
const SETTINGS: u8 = 4;
pub(super) const WINDOW_UPDATE: u8 = 8;
const CONTINUATION: u8 = 9;
const END_STREAM: u8 = 1;
const END_HEADERS: u8 = 4;
/// `SETTINGS_MAX_CONCURRENT_STREAMS`.
const STREAMS: u16 = 3;
/// What servers usually say.
const ANNOUNCED: u32 = 256;
/// A client may open streams before it has read the settings.
const MOST_STREAMS: usize = 1_024;

#[cfg(test)]
mod tests {
    use super::*;

    fn frame(kind: u8, flags: u8, stream: u8, payload: usize) -> Vec<u8> {
        let length = u8::try_from(payload).expect("a short frame");
        [&[0, 0, length, kind, flags, 0, 0, 0, stream][..], &vec![0; payload]].concat()
    }

    #[test]
    fn a_stream_is_under_way_from_its_head_to_the_end_of_its_answer() {
        let mut frames = Frames::default();
        frames.receive(&frame(SETTINGS, 0, 0, 12));
        assert!(frames.is_idle());
        let head = [frame(HEADERS, 0, 1, 20), frame(CONTINUATION, END_HEADERS, 1, 5)].concat();
        for byte in &head[..head.len() - 1] {
            frames.receive(&[*byte]);
        }
        assert!(frames.is_idle() && frames.is_in_head());
        frames.receive(&head[head.len() - 1..]);
        assert!(!frames.is_idle() && !frames.is_in_head());
        frames.send(&[frame(HEADERS, END_HEADERS, 1, 9), frame(DATA, 0, 1, 3)].concat());
        assert!(!frames.is_idle());
        frames.send(&frame(DATA, END_STREAM, 1, 0));
        assert!(frames.is_idle());
    }

    #[test]
    fn a_reset_from_either_side_ends_a_stream() {
        let mut frames = Frames::default();
        frames.receive(&[frame(HEADERS, END_HEADERS, 1, 1), frame(HEADERS, END_HEADERS, 3, 1)].concat());
        frames.receive(&frame(RST_STREAM, 0, 1, 4));
        frames.send(&frame(RST_STREAM, 0, 3, 4));
        assert!(frames.is_idle());
    }

    #[test]
    fn settings_without_a_number_of_streams_get_one() {
        let first = frame(SETTINGS, 0, 0, 6);
        let with = settings_with_streams(&first).expect("settings");
        assert_eq!(with, [0, 0, 12, 4, 0, 0, 0, 0, 0, 0, 3, 0, 0, 1, 0]);
        let named = [&[0, 0, 6, 4, 0, 0, 0, 0, 0][..], &[0, 3, 0, 0, 0, 200]].concat();
        assert_eq!(settings_with_streams(&named), None);
        assert_eq!(settings_with_streams(&frame(HEADERS, 0, 1, 0)), None);
        assert_eq!(settings_with_streams(&first[..8]), None);
    }
}
