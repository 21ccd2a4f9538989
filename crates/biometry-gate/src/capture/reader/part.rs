//! What a part says about itself (RFC 7578, section 4.2).

use crate::capture::error::{CaptureError, CaptureErrorKind};
use crate::capture::params::{is_token, split_field, trim};
use crate::capture::reader::disposition::{Disposition, FileName};

/// A part's header block, read and reduced to what matters here. The file name is read and dropped.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct PartHead {
    /// The field's name.
    pub(crate) name: Box<str>,
    /// Whether the part calls itself a file.
    pub(crate) file_name: FileName,
    /// The length the part announces, which some clients do; checked against what comes.
    pub(super) length: Option<u64>,
}

/// Reads header fields one by one.
#[derive(Default)]
pub(super) struct PartHeadParser {
    fields: usize,
    disposition: Option<Disposition>,
    has_type: Option<()>,
    has_encoding: Option<()>,
    length: Option<u64>,
}

impl PartHeadParser {
    /// Takes the next line of the header block.
    pub(super) fn read_field(&mut self, line: &[u8]) -> Result<(), CaptureError> {
        self.fields += 1;
        if self.fields > MOST_FIELDS {
            return Err(framing("a part has too many header fields"));
        }
        let (name, value) = split_line(line).ok_or_else(|| framing("malformed header field in a part"))?;
        if name.eq_ignore_ascii_case(b"content-disposition") {
            return set_once(&mut self.disposition, Disposition::parse(value)?);
        }
        if name.eq_ignore_ascii_case(b"content-type") {
            check_type(value)?;
            return set_once(&mut self.has_type, ());
        }
        if name.eq_ignore_ascii_case(b"content-length") {
            let length = parse_length(value).ok_or_else(|| framing("malformed content-length in a part"))?;
            return set_once(&mut self.length, length);
        }
        if name.eq_ignore_ascii_case(b"content-transfer-encoding") {
            check_encoding(value)?;
            return set_once(&mut self.has_encoding, ());
        }
        if name.eq_ignore_ascii_case(b"content-encoding") {
            return Err(ENCODED);
        }
        Ok(())
    }

    /// The header block is over.
    pub(super) fn finish(self) -> Result<PartHead, CaptureError> {
        let Disposition { name, file_name } =
            self.disposition.ok_or_else(|| framing("a part without content-disposition"))?;
        Ok(PartHead { name, file_name, length: self.length })
    }
}

fn set_once<T>(slot: &mut Option<T>, value: T) -> Result<(), CaptureError> {
    match slot.replace(value) {
        None => Ok(()),
        Some(_) => Err(framing("a part repeats a header field")),
    }
}

/// A field's name and value. A line that continues the one before begins with a blank, and so has no name. A name never
/// begins with a hyphen: some readers look for delimiters here too.
fn split_line(line: &[u8]) -> Option<(&[u8], &[u8])> {
    let colon = memchr::memchr(b':', line)?;
    let (name, value) = (&line[..colon], &line[colon + 1..]);
    let is_name = name.first().is_some_and(|first| *first != b'-') && name.iter().all(|byte| is_token(*byte));
    let is_value = value.iter().all(|byte| *byte == b'\t' || (*byte >= 0x20 && *byte != 0x7f));
    (is_name && is_value).then(|| (name, trim(value)))
}

/// A part's type is a label that decides nothing, but for one that announces further parts.
fn check_type(value: &[u8]) -> Result<(), CaptureError> {
    let (media_type, _) = split_field(value);
    let is_below =
        |tree: &[u8]| media_type.get(..tree.len()).is_some_and(|start| start.eq_ignore_ascii_case(tree));
    if is_below(b"multipart/") || is_below(b"message/") {
        return Err(framing("a part holds further parts"));
    }
    Ok(())
}

/// The transfer encodings that leave the bytes as they are (RFC 2045, section 6.2).
fn check_encoding(value: &[u8]) -> Result<(), CaptureError> {
    let changes_nothing = |known: &&[u8]| value.eq_ignore_ascii_case(known);
    [&b"7bit"[..], b"8bit", b"binary"].iter().any(changes_nothing).then_some(()).ok_or(ENCODED)
}

fn parse_length(value: &[u8]) -> Option<u64> {
    let is_number = value.iter().all(u8::is_ascii_digit);
    is_number.then(|| std::str::from_utf8(value).ok()?.parse().ok()).flatten()
}

const ENCODED: CaptureError = framing("a part carries an encoding");
const MOST_FIELDS: usize = 8;

const fn framing(detail: &'static str) -> CaptureError {
    CaptureError::new(CaptureErrorKind::Framing, detail)
}

#[cfg(test)]
mod tests;
