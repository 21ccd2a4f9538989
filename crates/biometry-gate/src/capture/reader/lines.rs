use bytes::{Buf, Bytes};

use crate::capture::error::{CaptureError, CaptureErrorKind};

/// Collects a part's header block line by line, within its size.
///
/// Header lines are the one thing that is copied: they are short, and have to be in one piece to be read.
#[derive(Default)]
pub(super) struct Lines {
    line: Vec<u8>,
    block: usize,
}

impl Lines {
    /// A new header block begins.
    pub(super) fn restart(&mut self) {
        self.line.clear();
        self.block = 0;
    }

    /// The next whole line without its line break, or `None` where the chunk is used up.
    ///
    /// # Errors
    ///
    /// `Framing` where a line ends in anything but CRLF, or the block is longer than [`LONGEST_BLOCK`].
    pub(super) fn next_line(&mut self, chunk: &mut Bytes) -> Result<Option<&[u8]>, CaptureError> {
        if self.line.ends_with(b"\r\n") {
            self.line.clear();
        }
        let reach = chunk.len().min(LONGEST_BLOCK - self.block);
        let end = memchr::memchr(b'\n', &chunk[..reach]);
        let taken = end.map_or(reach, |at| at + 1);
        self.line.extend_from_slice(&chunk[..taken]);
        self.block += taken;
        chunk.advance(taken);
        match end {
            Some(_) => self.line.strip_suffix(b"\r\n").ok_or(BARE_LINE_FEED).map(Some),
            None if self.block == LONGEST_BLOCK => Err(TOO_LONG),
            None => Ok(None),
        }
    }
}

/// Bytes in one part's header block, line breaks included.
const LONGEST_BLOCK: usize = 4_096;

const BARE_LINE_FEED: CaptureError =
    CaptureError::new(CaptureErrorKind::Framing, "a header line ends in a bare line feed");
const TOO_LONG: CaptureError =
    CaptureError::new(CaptureErrorKind::Framing, "a part's header block is too long");

#[cfg(test)]
mod tests {
    use super::*;

    fn collect(chunks: &[&[u8]]) -> Result<Vec<Vec<u8>>, CaptureErrorKind> {
        let mut lines = Lines::default();
        let mut collected = Vec::new();
        for chunk in chunks {
            let mut chunk = Bytes::copy_from_slice(chunk);
            while collected.last().is_none_or(|line: &Vec<u8>| !line.is_empty()) {
                let Some(line) = lines.next_line(&mut chunk).map_err(|error| error.kind())? else { break };
                collected.push(line.to_vec());
            }
        }
        Ok(collected)
    }

    #[test]
    fn lines_come_out_whole_whatever_the_chunks() {
        let expected = Ok(vec![b"a: b".to_vec(), b"c".to_vec(), vec![]]);
        assert_eq!(collect(&[b"a: b\r\nc\r\n\r\n"]), expected);
        assert_eq!(collect(&[b"a: ", b"b\r", b"\nc\r\n\r", b"\n"]), expected);
    }

    #[test]
    fn a_bare_line_feed_is_refused() {
        assert_eq!(collect(&[b"a: b\n"]), Err(CaptureErrorKind::Framing));
        assert_eq!(collect(&[b"\n"]), Err(CaptureErrorKind::Framing));
    }

    #[test]
    fn the_block_has_a_size_whatever_the_chunks() {
        let line = [vec![b'a'; LONGEST_BLOCK - 4], b"\r\n\r\n".to_vec()].concat();
        assert_eq!(collect(&[&line]).map(|lines| lines.len()), Ok(2));
        let longer = [b"a", &line[..]].concat();
        assert_eq!(collect(&[&longer]), Err(CaptureErrorKind::Framing));
        let split: Vec<&[u8]> = longer.chunks(1).collect();
        assert_eq!(collect(&split), Err(CaptureErrorKind::Framing));
    }
}
