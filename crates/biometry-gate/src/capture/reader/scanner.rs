use bytes::{Buf, Bytes};
use memchr::memmem::Finder;

/// Finds the delimiter in a body that arrives in chunks, without keeping any of it.
///
/// A possible beginning of a delimiter at the end of a chunk need not be held back as bytes: it *is* the
/// beginning of the delimiter, so a count is enough, and if it turns out to be data, a slice of the delimiter says
/// the same. Memory is therefore two boundaries, whatever the source does.
pub(super) struct Scanner {
    needle: Bytes,
    finder: Finder<'static>,
    /// How much of the needle the bytes so far end with.
    matched: usize,
    /// How much of `matched` never arrived: a region starts as if behind a line break.
    imagined: usize,
}

/// What the next bytes of a region are.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Scan {
    /// Not part of a delimiter; never empty.
    Data(Bytes),
    /// CRLF, two hyphens and the boundary.
    Delimiter,
    /// Two hyphens and the boundary at the very start of the region.
    Opening,
    /// The chunk is used up.
    Starved,
}

impl Scanner {
    pub(super) fn new(delimiter: Bytes) -> Self {
        let finder = Finder::new(&delimiter).into_owned();
        Self { needle: delimiter, finder, matched: LINE_BREAK, imagined: LINE_BREAK }
    }

    /// A new region begins: a preamble, a part's data.
    pub(super) fn restart(&mut self) {
        self.matched = LINE_BREAK;
        self.imagined = LINE_BREAK;
    }

    /// Two hyphens and the boundary.
    pub(super) fn dashed_boundary(&self) -> &[u8] {
        &self.needle[LINE_BREAK..]
    }

    /// How many bytes have been taken from chunks and neither handed out nor found to be a delimiter.
    pub(super) fn pending(&self) -> usize {
        self.matched - self.imagined
    }

    pub(super) fn scan(&mut self, chunk: &mut Bytes) -> Scan {
        if self.matched > 0
            && let Some(scan) = self.resume(chunk)
        {
            return scan;
        }
        match self.finder.find(chunk) {
            Some(0) => {
                chunk.advance(self.needle.len());
                Scan::Delimiter
            }
            Some(at) => Scan::Data(chunk.split_to(at)),
            None => self.release(chunk),
        }
    }

    /// Goes on where the last chunk ended inside what may be a delimiter; `None` where it was none and nothing of it
    /// has to be handed out.
    fn resume(&mut self, chunk: &mut Bytes) -> Option<Scan> {
        let missing = &self.needle[self.matched..];
        let agreeing = missing.iter().zip(chunk.iter()).take_while(|(wanted, byte)| wanted == byte).count();
        if agreeing == missing.len() {
            chunk.advance(agreeing);
            let found = if self.imagined > 0 { Scan::Opening } else { Scan::Delimiter };
            self.forget();
            return Some(found);
        }
        if agreeing == chunk.len() {
            chunk.clear();
            self.matched += agreeing;
            return Some(Scan::Starved);
        }
        let data = self.needle.slice(self.imagined..self.matched);
        self.forget();
        (!data.is_empty()).then_some(Scan::Data(data))
    }

    /// Hands the chunk out, except an end that may begin a delimiter.
    ///
    /// A boundary has no carriage return in it, so only the last one of the chunk can begin a delimiter that the
    /// chunk does not hold whole.
    fn release(&mut self, chunk: &mut Bytes) -> Scan {
        let reach = chunk.len().saturating_sub(self.needle.len() - 1);
        let candidate = memchr::memrchr(b'\r', &chunk[reach..]).map(|at| reach + at);
        let keep = candidate.filter(|at| self.needle.starts_with(&chunk[*at..])).unwrap_or(chunk.len());
        self.matched = chunk.len() - keep;
        let mut data = std::mem::take(chunk);
        data.truncate(keep);
        if data.is_empty() { Scan::Starved } else { Scan::Data(data) }
    }

    fn forget(&mut self) {
        self.matched = 0;
        self.imagined = 0;
    }
}

const LINE_BREAK: usize = 2;

#[cfg(test)]
mod tests {
    use super::*;

    fn scan_all(chunks: &[&'static str]) -> Vec<Scan> {
        let mut scanner = Scanner::new(Bytes::from_static(b"\r\n--b"));
        let mut scans = Vec::new();
        for chunk in chunks {
            let mut chunk = Bytes::from_static(chunk.as_bytes());
            loop {
                match scanner.scan(&mut chunk) {
                    Scan::Starved => break,
                    scan => scans.push(scan),
                }
            }
        }
        scans
    }

    fn data(text: &'static str) -> Scan {
        Scan::Data(Bytes::from_static(text.as_bytes()))
    }

    #[test]
    fn a_delimiter_is_found_whole_or_split_at_any_place() {
        assert_eq!(scan_all(&["ab\r\n--bcd"]), [data("ab"), Scan::Delimiter, data("cd")]);
        for at in 1.."ab\r\n--b".len() {
            let (one, other) = "ab\r\n--b".split_at(at);
            let scans = scan_all(&[one, other]);
            assert_eq!(scans.last(), Some(&Scan::Delimiter), "{at}");
        }
        assert_eq!(scan_all(&["\r", "\n", "-", "-", "b"]), [Scan::Delimiter]);
    }

    #[test]
    fn what_only_looks_like_a_delimiter_is_handed_out() {
        assert_eq!(scan_all(&["a\r\n--", "c"]), [data("a"), data("\r\n--"), data("c")]);
        assert_eq!(scan_all(&["a\r\n-", "\r\n--b"]), [data("a"), data("\r\n-"), Scan::Delimiter]);
        assert_eq!(scan_all(&["a\r", "\r\n--b"]), [data("a"), data("\r"), Scan::Delimiter]);
        assert_eq!(scan_all(&["a\r\n--xb"]), [data("a\r\n--xb")]);
    }

    #[test]
    fn a_delimiter_without_its_line_break_counts_only_at_the_start() {
        assert_eq!(scan_all(&["--b"]), [Scan::Opening]);
        assert_eq!(scan_all(&["-", "-", "b"]), [Scan::Opening]);
        assert_eq!(scan_all(&["-", "x--b"]), [data("-"), data("x--b")]);
        assert_eq!(scan_all(&["\r\n--b"]), [Scan::Delimiter]);
    }

    #[test]
    fn data_keeps_pointing_into_the_chunk_it_arrived_in() {
        let chunk = Bytes::from(b"0123456789\r\n".to_vec());
        let mut scanner = Scanner::new(Bytes::from_static(b"\r\n--b"));
        let Scan::Data(data) = scanner.scan(&mut chunk.clone()) else { panic!("data expected") };
        assert_eq!(data, chunk[..10]);
        assert_eq!(data.as_ptr(), chunk.as_ptr());
        assert_eq!(scanner.pending(), 2);
    }
}
