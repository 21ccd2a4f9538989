//! What a part says about itself (RFC 7578, section 4.2).

use crate::capture::error::{CaptureError, CaptureErrorKind};
use crate::capture::params::{Parameter, skip_spaces, split_field};

/// A part's header block, read and reduced to what matters here. The file name is read and dropped.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct PartHead {
    /// The field's name, of letters, digits, `_`, `-` and `.`.
    pub(crate) name: Box<str>,
    /// Whether the part calls itself a file.
    pub(crate) file_name: FileName,
    /// The length the part announces, which some clients do; checked against what comes.
    pub(super) length: Option<u64>,
}

/// A part's file name, as far as it is of interest.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum FileName {
    /// The part is a text field.
    Absent,
    /// A file control in which no file was chosen.
    Empty,
    /// The part is a file.
    Given,
}

/// Reads header fields one by one.
#[derive(Default)]
pub(super) struct PartHeadParser {
    fields: usize,
    disposition: Option<Disposition>,
    media: Option<Media>,
    length: Option<u64>,
}

struct Disposition {
    name: Box<str>,
    file_name: FileName,
}

/// A part's declared type: distrusted, but it must not make two readers disagree.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Media {
    /// `text/plain` in UTF-8: a text field for every reader.
    PlainText,
    /// Anything else that is not a container of further parts.
    Other,
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
            let disposition = parse_disposition(value)?;
            return set_once(&mut self.disposition, disposition);
        }
        if name.eq_ignore_ascii_case(b"content-type") {
            return set_once(&mut self.media, parse_media(value)?);
        }
        if name.eq_ignore_ascii_case(b"content-length") {
            let length = parse_length(value).ok_or_else(|| framing("malformed content-length in a part"))?;
            return set_once(&mut self.length, length);
        }
        // 7bit, 8bit and binary change nothing and are refused with the rest: RFC 7578, section 4.7, retired the field,
        // and what a reader does with it differs.
        if ENCODINGS.iter().any(|known| name.eq_ignore_ascii_case(known)) {
            return Err(framing("a part carries an encoding"));
        }
        Ok(())
    }

    /// The header block is over.
    pub(super) fn finish(self) -> Result<PartHead, CaptureError> {
        let Disposition { name, file_name } =
            self.disposition.ok_or_else(|| framing("a part without content-disposition"))?;
        if file_name == FileName::Absent && self.media == Some(Media::Other) {
            // Some readers take any type but text for a file, others go by the file name alone.
            return Err(
                CaptureErrorKind::FieldInvalid.because("a text part is not declared as plain utf-8 text")
            );
        }
        Ok(PartHead { name, file_name, length: self.length })
    }
}

fn set_once<T>(slot: &mut Option<T>, value: T) -> Result<(), CaptureError> {
    match slot.replace(value) {
        None => Ok(()),
        Some(_) => Err(framing("a part repeats a header field")),
    }
}

/// A field's name and value. A line that continues the one before begins with a blank, and so has no name.
fn split_line(line: &[u8]) -> Option<(&[u8], &[u8])> {
    let colon = memchr::memchr(b':', line)?;
    let (name, value) = (&line[..colon], &line[colon + 1..]);
    let is_name = name.first().is_some_and(u8::is_ascii_alphabetic) && name.iter().all(is_name_byte);
    let is_value = value.iter().all(|byte| *byte == b'\t' || (*byte >= 0x20 && *byte != 0x7f));
    (is_name && is_value).then(|| (name, skip_spaces(value)))
}

/// Fewer than a token may have. A name never begins with a hyphen: some readers look for delimiters here too.
fn is_name_byte(byte: &u8) -> bool {
    byte.is_ascii_alphanumeric() || b"-_".contains(byte)
}

fn parse_disposition(value: &[u8]) -> Result<Disposition, CaptureError> {
    let (kind, parameters) = split_field(value);
    if !kind.eq_ignore_ascii_case(b"form-data") {
        return Err(framing("a part is not form-data"));
    }
    let (mut name, mut plain, mut extended) = (None, None, None);
    for parameter in parameters.spaced() {
        let parameter = parameter.map_err(|_| framing("malformed content-disposition"))?;
        let slot = match parameter {
            _ if parameter.is("name") => &mut name,
            _ if parameter.is("filename") => &mut plain,
            _ if parameter.is("filename*") => &mut extended,
            Parameter { .. } => return Err(framing("unknown content-disposition parameter")),
        };
        if slot.replace(parameter.value).is_some() {
            return Err(framing("repeated content-disposition parameter"));
        }
    }
    let name = name.and_then(parse_name).ok_or_else(|| framing("a part without a readable name"))?;
    Ok(Disposition { name, file_name: judge_file_name(plain, extended)? })
}

/// A closed set of characters, none of which is ever escaped or encoded, so that a name can be read in one way only.
fn parse_name(value: &[u8]) -> Option<Box<str>> {
    let is_plain = |byte: &u8| byte.is_ascii_alphanumeric() || b"_-.".contains(byte);
    let is_name = (1..=LONGEST_NAME).contains(&value.len()) && value.iter().all(is_plain);
    is_name.then(|| std::str::from_utf8(value).ok().map(Box::from)).flatten()
}

/// Readers that know `filename*` prefer it, others never see it: it may only repeat what `filename` says.
fn judge_file_name(plain: Option<&[u8]>, extended: Option<&[u8]>) -> Result<FileName, CaptureError> {
    let repeated =
        extended.map(|extended| decode_extended(extended).ok_or_else(|| framing("malformed file name")));
    match (plain, repeated.transpose()?) {
        (plain, Some(repeated)) if plain != Some(&repeated[..]) => {
            Err(framing("a part's two file names differ"))
        }
        (None, _) => Ok(FileName::Absent),
        (Some(b""), _) => Ok(FileName::Empty),
        (Some(_), _) => Ok(FileName::Given),
    }
}

/// `utf-8'language'percent-encoded` (RFC 8187, section 3.2).
fn decode_extended(value: &[u8]) -> Option<Vec<u8>> {
    let mut pieces = value.splitn(3, |byte| *byte == b'\'');
    let (charset, _language, encoded) = (pieces.next()?, pieces.next()?, pieces.next()?);
    if !charset.eq_ignore_ascii_case(b"utf-8") {
        return None;
    }
    let mut decoded = Vec::with_capacity(encoded.len());
    let mut bytes = encoded.iter();
    while let Some(byte) = bytes.next() {
        decoded.push(match byte {
            b'%' => hex(*bytes.next()?)? << 4 | hex(*bytes.next()?)?,
            plain => *plain,
        });
    }
    Some(decoded)
}

fn hex(digit: u8) -> Option<u8> {
    char::from(digit).to_digit(16).and_then(|value| u8::try_from(value).ok())
}

fn parse_media(value: &[u8]) -> Result<Media, CaptureError> {
    let (media_type, mut parameters) = split_field(value);
    let is_below =
        |tree: &[u8]| media_type.get(..tree.len()).is_some_and(|start| start.eq_ignore_ascii_case(tree));
    if is_below(b"multipart/") || is_below(b"message/") {
        return Err(framing("a part holds further parts"));
    }
    let is_unicode = parameters.all(|parameter| {
        parameter
            .is_ok_and(|parameter| parameter.is("charset") && parameter.value.eq_ignore_ascii_case(b"utf-8"))
    });
    let is_plain = media_type.eq_ignore_ascii_case(b"text/plain") && is_unicode;
    Ok(if is_plain { Media::PlainText } else { Media::Other })
}

fn parse_length(value: &[u8]) -> Option<u64> {
    let is_number = value.iter().all(u8::is_ascii_digit);
    is_number.then(|| std::str::from_utf8(value).ok()?.parse().ok()).flatten()
}

fn framing(detail: &'static str) -> CaptureError {
    CaptureErrorKind::Framing.because(detail)
}

const ENCODINGS: &[&[u8]] = &[b"content-transfer-encoding", b"content-encoding"];
const MOST_FIELDS: usize = 8;
const LONGEST_NAME: usize = 64;

#[cfg(test)]
mod tests;
