use std::ops::ControlFlow;

/// Where in a chunked body (RFC 9112, section 7.1) the next byte belongs.
///
/// Stricter than hyper in one respect: no blanks behind a size.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Chunks {
    /// In a size, of this value and with this many digits so far.
    Size { value: u64, digits: u8 },
    /// In an extension of a chunk of this size.
    Extension(u64),
    /// Behind the carriage return of a chunk's line.
    SizeReturn(u64),
    /// In data, with so much to come.
    Data(u64),
    /// Behind data.
    DataEnd,
    /// Behind the carriage return behind data.
    DataReturn,
    /// At the start of a trailer's line, or of the empty line that ends the body.
    TrailerStart,
    /// In a trailer.
    Trailer,
    /// Behind a trailer's carriage return.
    TrailerReturn,
    /// Behind the last line's carriage return.
    LastReturn,
}

/// How following a body came to an end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Stop {
    /// The body is over.
    End,
    /// Here is what no chunked body has.
    Malformed,
}

impl Chunks {
    pub(super) const START: Self = Self::Size { value: 0, digits: 0 };

    /// Takes bytes of the body. Answers how many belong to it, and how it ended if it did.
    pub(super) fn follow(&mut self, bytes: &[u8]) -> (usize, Option<Stop>) {
        let mut taken = 0;
        while let Some(&byte) = bytes.get(taken) {
            if let Self::Data(left) = self {
                let step = (*left).min((bytes.len() - taken) as u64);
                *left -= step;
                // INVARIANT: a step is no longer than the slice.
                taken += step as usize;
                if *left == 0 {
                    *self = Self::DataEnd;
                }
                continue;
            }
            taken += 1;
            match self.step(byte) {
                ControlFlow::Continue(next) => *self = next,
                ControlFlow::Break(stop) => return (taken, Some(stop)),
            }
        }
        (taken, None)
    }

    fn step(self, byte: u8) -> ControlFlow<Stop, Self> {
        ControlFlow::Continue(match (self, byte) {
            (Self::Size { value, digits }, _) if byte.is_ascii_hexdigit() && digits < MOST_DIGITS => {
                let digit = char::from(byte).to_digit(16).unwrap_or_default();
                Self::Size { value: value << 4 | u64::from(digit), digits: digits + 1 }
            }
            (Self::Size { value, digits: 1.. }, b'\r') => Self::SizeReturn(value),
            (Self::Size { value, digits: 1.. }, b';') => Self::Extension(value),
            (Self::Extension(value), b'\r') => Self::SizeReturn(value),
            (Self::Extension(_) | Self::Trailer, b'\n') => return ControlFlow::Break(Stop::Malformed),
            (Self::Extension(_) | Self::Trailer, byte) if byte != b'\r' => self,
            (Self::SizeReturn(0), b'\n') => Self::TrailerStart,
            (Self::SizeReturn(size), b'\n') => Self::Data(size),
            (Self::DataEnd, b'\r') => Self::DataReturn,
            (Self::DataReturn, b'\n') => Self::START,
            (Self::TrailerStart, b'\r') => Self::LastReturn,
            (Self::TrailerStart, byte) if byte != b'\n' => Self::Trailer,
            (Self::Trailer, b'\r') => Self::TrailerReturn,
            (Self::TrailerReturn, b'\n') => Self::TrailerStart,
            (Self::LastReturn, b'\n') => return ControlFlow::Break(Stop::End),
            _ => return ControlFlow::Break(Stop::Malformed),
        })
    }
}

/// Of a size that 64 bits hold.
const MOST_DIGITS: u8 = 16;

#[cfg(test)]
mod tests {
    use super::*;

    fn follow(pieces: &[&[u8]]) -> (usize, Option<Stop>) {
        let mut chunks = Chunks::START;
        let mut taken = 0;
        for piece in pieces {
            let (more, stop) = chunks.follow(piece);
            taken += more;
            if stop.is_some() {
                return (taken, stop);
            }
        }
        (taken, None)
    }

    #[test]
    fn a_body_ends_in_the_same_place_however_it_is_cut() {
        let body = b"4;a=\"b;c\"\r\n1\r\n2\r\n00A\r\n0123456789\r\n0\r\nX: y\r\n\r\nGET /";
        let end = body.len() - 5;
        assert_eq!(follow(&[body]), (end, Some(Stop::End)));
        for at in 0..body.len() {
            let (one, other) = body.split_at(at);
            assert_eq!(follow(&[one, other]), (end, Some(Stop::End)), "{at}");
        }
        let bytes: Vec<_> = body.chunks(1).collect();
        assert_eq!(follow(&bytes), (end, Some(Stop::End)));
    }

    #[test]
    fn what_is_no_chunk_stops_there() {
        for (body, at) in [
            ("\r\n", 1),
            ("g", 1),
            ("-1", 1),
            ("1 \r\n", 2),
            ("1\n", 2),
            ("1;a\nb\r\n", 4),
            ("1;a\rb", 5),
            ("11111111111111111", 17),
            ("1\r\nab", 5),
            ("1\r\na\n", 5),
            ("0\r\n\n", 4),
            ("0\r\nX: y\n", 8),
            ("0\r\n\rx", 5),
        ] {
            assert_eq!(follow(&[body.as_bytes()]), (at, Some(Stop::Malformed)), "{body:?}");
        }
    }
}
