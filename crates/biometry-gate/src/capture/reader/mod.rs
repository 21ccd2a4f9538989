//! An incremental reader of `multipart/form-data` (RFC 7578, RFC 2046 section 5.1) that does no I/O.
//!
//! Chunks go in, tokens come out; data comes out as slices of the chunks that went in. The reader is strict: where
//! a lenient reader would have to guess, and another lenient reader might guess differently, it refuses.

mod disposition;
mod lines;
mod margin;
mod part;
mod scanner;
mod token;

use bytes::{Buf, Bytes};

pub(crate) use self::disposition::FileName;
pub(crate) use self::part::PartHead;
pub(crate) use self::token::Token;

use self::lines::Lines;
use self::margin::Margin;
use self::part::PartHeadParser;
use self::scanner::{Scan, Scanner};
use super::boundary::Boundary;
use super::error::{CaptureError, CaptureErrorKind};

/// Push a chunk, pull tokens until there are none, push the next one.
pub(crate) struct Reader {
    state: State,
    chunk: Bytes,
    has_ended: bool,
    failure: Option<CaptureError>,
    scanner: Scanner,
    lines: Lines,
    head: PartHeadParser,
    parts_left: usize,
    length_left: Option<u64>,
    margin: Margin,
    arrived: u64,
}

/// Where in the grammar the next byte belongs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum State {
    /// Before the first delimiter.
    Preamble,
    /// Behind a delimiter: a line break or two hyphens must follow.
    Junction,
    /// Behind a delimiter's carriage return.
    JunctionReturn,
    /// Behind a delimiter's first hyphen.
    JunctionHyphen,
    /// In a part's header block.
    Head,
    /// In a part's data.
    Data,
    /// Behind the closing delimiter.
    Closed,
    /// Behind the closing delimiter's carriage return.
    ClosedReturn,
    /// Behind the closing delimiter's line.
    Epilogue,
    /// [`Token::End`] has been given.
    Done,
}

/// What one step in one state led to.
enum Step {
    Token(Token),
    Onward,
    Starved,
}

impl Reader {
    /// A reader for a body with this boundary and at most `parts` parts.
    pub(crate) fn new(boundary: &Boundary, parts: usize) -> Self {
        Self {
            state: State::Preamble,
            chunk: Bytes::new(),
            has_ended: false,
            failure: None,
            scanner: Scanner::new(boundary.delimiter()),
            lines: Lines::default(),
            head: PartHeadParser::default(),
            parts_left: parts,
            length_left: None,
            margin: Margin::default(),
            arrived: 0,
        }
    }

    /// The next chunk. The one before must be used up: [`next_token`](Self::next_token) has said `None`.
    pub(crate) fn push(&mut self, chunk: Bytes) {
        debug_assert!(
            self.chunk.is_empty() && !self.has_ended,
            "a chunk is pushed only where one is asked for"
        );
        self.arrived += chunk.len() as u64;
        self.chunk = chunk;
    }

    /// The source ended without an error.
    pub(crate) fn finish(&mut self) {
        self.has_ended = true;
    }

    /// How many bytes have been read for good: handed out as data, or found to belong to the framing.
    pub(crate) fn settled(&self) -> u64 {
        self.arrived - self.chunk.len() as u64 - self.scanner.pending() as u64
    }

    /// The next token, or `None` where it takes another chunk to say.
    ///
    /// # Errors
    ///
    /// `Framing` where the body breaks the grammar or ends before its closing delimiter, and `TooManyParts`. An error
    /// stays: asked again, it is given again.
    pub(crate) fn next_token(&mut self) -> Result<Option<Token>, CaptureError> {
        if let Some(failure) = &self.failure {
            return Err(failure.clone());
        }
        let token = self.advance();
        self.failure = token.as_ref().err().cloned();
        token
    }

    fn advance(&mut self) -> Result<Option<Token>, CaptureError> {
        loop {
            match self.step()? {
                Step::Token(token) => return Ok(Some(token)),
                Step::Onward => {}
                Step::Starved if self.has_ended => return self.end(),
                Step::Starved => return Ok(None),
            }
        }
    }

    fn step(&mut self) -> Result<Step, CaptureError> {
        match self.state {
            State::Preamble => self.skip_preamble(),
            State::Junction => self.expect(&[(b'\r', State::JunctionReturn), (b'-', State::JunctionHyphen)]),
            State::JunctionReturn => self.expect_part(),
            State::JunctionHyphen => self.expect(&[(b'-', State::Closed)]),
            State::Head => self.read_head(),
            State::Data => self.read_data(),
            State::Closed => self.expect(&[(b'\r', State::ClosedReturn)]),
            State::ClosedReturn => self.expect(&[(b'\n', State::Epilogue)]),
            State::Epilogue => self.skip_epilogue(),
            State::Done => Ok(Step::Starved),
        }
    }

    fn skip_preamble(&mut self) -> Result<Step, CaptureError> {
        match self.scanner.scan(&mut self.chunk) {
            Scan::Data(dropped) => {
                self.margin.add(&dropped)?;
                Ok(Step::Onward)
            }
            Scan::Delimiter | Scan::Opening => {
                self.margin.finish(self.scanner.dashed_boundary())?;
                self.state = State::Junction;
                Ok(Step::Onward)
            }
            Scan::Starved => Ok(Step::Starved),
        }
    }

    fn expect_part(&mut self) -> Result<Step, CaptureError> {
        let step = self.expect(&[(b'\n', State::Head)])?;
        if self.state == State::Head {
            self.parts_left = self.parts_left.checked_sub(1).ok_or(TOO_MANY_PARTS)?;
            self.lines.restart();
            self.head = PartHeadParser::default();
        }
        Ok(step)
    }

    fn read_head(&mut self) -> Result<Step, CaptureError> {
        match self.lines.next_line(&mut self.chunk)? {
            None => Ok(Step::Starved),
            Some(b"") => {
                let head = std::mem::take(&mut self.head).finish()?;
                self.state = State::Data;
                self.scanner.restart();
                self.length_left = head.length;
                Ok(Step::Token(Token::PartStart(head)))
            }
            Some(line) => {
                self.head.read_field(line)?;
                Ok(Step::Onward)
            }
        }
    }

    fn read_data(&mut self) -> Result<Step, CaptureError> {
        match self.scanner.scan(&mut self.chunk) {
            Scan::Data(data) => {
                self.count_down(data.len())?;
                Ok(Step::Token(Token::Data(data)))
            }
            Scan::Delimiter if self.length_left.is_some_and(|left| left > 0) => Err(WRONG_LENGTH),
            Scan::Delimiter => {
                self.state = State::Junction;
                Ok(Step::Token(Token::PartEnd))
            }
            // Some readers take this for an empty part, others for data.
            Scan::Opening => Err(NO_LINE_BREAK),
            Scan::Starved => Ok(Step::Starved),
        }
    }

    fn count_down(&mut self, length: usize) -> Result<(), CaptureError> {
        if let Some(left) = &mut self.length_left {
            *left = left.checked_sub(length as u64).ok_or(WRONG_LENGTH)?;
        }
        Ok(())
    }

    fn skip_epilogue(&mut self) -> Result<Step, CaptureError> {
        self.margin.add(&std::mem::take(&mut self.chunk))?;
        Ok(Step::Starved)
    }

    /// Takes one byte, which must be one of these.
    fn expect(&mut self, choices: &[(u8, State)]) -> Result<Step, CaptureError> {
        let Some(byte) = self.chunk.first().copied() else { return Ok(Step::Starved) };
        self.chunk.advance(1);
        let (_, state) = choices.iter().find(|(wanted, _)| *wanted == byte).ok_or(BROKEN_DELIMITER)?;
        self.state = *state;
        Ok(Step::Onward)
    }

    fn end(&mut self) -> Result<Option<Token>, CaptureError> {
        match self.state {
            State::Closed | State::Epilogue => {
                self.margin.finish(self.scanner.dashed_boundary())?;
                self.state = State::Done;
                Ok(Some(Token::End))
            }
            State::Done => Ok(None),
            _ => Err(TRUNCATED),
        }
    }
}

const BROKEN_DELIMITER: CaptureError = framing("a delimiter is not followed by a line break or two hyphens");
const NO_LINE_BREAK: CaptureError = framing("a part's delimiter does not begin with a line break of its own");
const WRONG_LENGTH: CaptureError = framing("a part is not as long as it announced");
const TRUNCATED: CaptureError = framing("the body ends before its closing delimiter");
const TOO_MANY_PARTS: CaptureError = CaptureError::new(CaptureErrorKind::TooManyParts, "too many parts");

const fn framing(detail: &'static str) -> CaptureError {
    CaptureError::new(CaptureErrorKind::Framing, detail)
}

#[cfg(test)]
mod tests;
