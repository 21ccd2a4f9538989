//! An incremental reader of `multipart/form-data` (RFC 7578, RFC 2046 §5.1) that does no input itself.
//!
//! Bytes go in with [`Reader::push`], [`Event`]s come out of [`Reader::next`]. Nothing of a part's body is kept
//! beyond the few bytes that might begin a delimiter, so a capture of any size costs one chunk of memory.

mod head;
mod parameters;

use bytes::{Buf, Bytes, BytesMut};
use memchr::memmem::{self, Finder};

pub(crate) use head::PartHead;

/// What the reader met.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Event {
    /// A part begins.
    Part(PartHead),
    /// Some bytes of the part's body.
    Data(Bytes),
    /// The part is over.
    PartEnd,
    /// The closing delimiter; whatever follows is ignored.
    End,
}

/// The body is not what its content type says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Malformed;

/// The reader's place in a body.
#[derive(Debug)]
pub(crate) struct Reader {
    delimiter: Finder<'static>,
    buffer: BytesMut,
    step: Step,
}

#[derive(Debug, Clone, Copy)]
enum Step {
    Preamble,
    Delimited,
    Head,
    Body,
    Done,
}

impl Reader {
    /// A reader for the body that this content type announces.
    pub(crate) fn for_content_type(content_type: &str) -> Result<Self, Malformed> {
        let (kind, parameters) = parameters::split(content_type);
        if !kind.eq_ignore_ascii_case("multipart/form-data") {
            return Err(Malformed);
        }
        let boundary = parameters::find(&parameters, "boundary").ok_or(Malformed)?;
        if boundary.is_empty() || boundary.len() > MAX_BOUNDARY {
            return Err(Malformed);
        }
        Ok(Self::new(boundary))
    }

    fn new(boundary: &str) -> Self {
        let delimiter = Finder::new(format!("\r\n--{boundary}").as_bytes()).into_owned();
        // The first delimiter needs no line break before it; with one in front it looks like all others.
        Self { delimiter, buffer: BytesMut::from(&b"\r\n"[..]), step: Step::Preamble }
    }

    pub(crate) fn push(&mut self, bytes: &[u8]) {
        if !self.is_done() {
            self.buffer.extend_from_slice(bytes);
        }
    }

    /// Whether the closing delimiter was seen.
    pub(crate) fn is_done(&self) -> bool {
        matches!(self.step, Step::Done)
    }

    /// The next event, or `None` where more bytes are needed first.
    pub(crate) fn next(&mut self) -> Result<Option<Event>, Malformed> {
        loop {
            match self.step {
                Step::Preamble => match self.skip_preamble() {
                    true => self.step = Step::Delimited,
                    false => return Ok(None),
                },
                Step::Delimited => match self.read_delimiter_end()? {
                    Some(Step::Done) => return Ok(Some(self.finish())),
                    Some(step) => self.step = step,
                    None => return Ok(None),
                },
                Step::Head => return self.read_head(),
                Step::Body => return Ok(self.read_body()),
                Step::Done => return Ok(None),
            }
        }
    }

    fn skip_preamble(&mut self) -> bool {
        let found = self.delimiter.find(&self.buffer);
        let skipped = found.map_or_else(|| self.certain(), |at| at + self.delimiter.needle().len());
        self.buffer.advance(skipped);
        found.is_some()
    }

    fn read_delimiter_end(&mut self) -> Result<Option<Step>, Malformed> {
        if self.buffer.starts_with(b"--") {
            return Ok(Some(Step::Done));
        }
        let padding = self.buffer.iter().take_while(|byte| matches!(byte, b' ' | b'\t')).count();
        match self.buffer.get(padding..padding + 2) {
            Some(b"\r\n") => {
                // One line break stays, so that a part without headers ends like one with headers.
                self.buffer.advance(padding);
                Ok(Some(Step::Head))
            }
            Some(_) => Err(Malformed),
            None if padding > MAX_HEAD => Err(Malformed),
            None => Ok(None),
        }
    }

    fn read_head(&mut self) -> Result<Option<Event>, Malformed> {
        match memmem::find(&self.buffer, b"\r\n\r\n") {
            Some(at) if at <= MAX_HEAD => {
                let head = self.buffer.split_to(at + 4);
                self.step = Step::Body;
                PartHead::parse(&head).map(|head| Some(Event::Part(head)))
            }
            None if self.buffer.len() <= MAX_HEAD => Ok(None),
            Some(_) | None => Err(Malformed),
        }
    }

    fn read_body(&mut self) -> Option<Event> {
        match self.delimiter.find(&self.buffer) {
            Some(0) => {
                self.buffer.advance(self.delimiter.needle().len());
                self.step = Step::Delimited;
                Some(Event::PartEnd)
            }
            Some(at) => Some(Event::Data(self.buffer.split_to(at).freeze())),
            None => match self.certain() {
                0 => None,
                certain => Some(Event::Data(self.buffer.split_to(certain).freeze())),
            },
        }
    }

    fn finish(&mut self) -> Event {
        self.step = Step::Done;
        self.buffer = BytesMut::new();
        Event::End
    }

    /// How many of the buffered bytes cannot belong to a delimiter that is still arriving.
    fn certain(&self) -> usize {
        (self.buffer.len() + 1).saturating_sub(self.delimiter.needle().len())
    }
}

/// RFC 2046 §5.1.1 says 70; clients that go further are few, and harmless.
const MAX_BOUNDARY: usize = 200;
const MAX_HEAD: usize = 16 * 1024;

#[cfg(test)]
mod tests;
