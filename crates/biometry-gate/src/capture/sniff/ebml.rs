//! WebM and Matroska: an EBML header whose `DocType` names the format (RFC 8794, section 11.2).

use super::{Container, Sniffed};

pub(super) fn judge(start: &[u8]) -> Sniffed {
    let Some(rest) = start.strip_prefix(MAGIC) else {
        return if MAGIC.starts_with(start) { Sniffed::Undecided } else { Sniffed::Unknown };
    };
    let mut header = Reader(rest);
    let Some(length) = header.read_size() else { return Sniffed::Undecided };
    match length.map(|length| rest_of_header(header.0, length)) {
        Some(elements) => judge_elements(elements),
        None => Sniffed::Unknown,
    }
}

/// The header's elements as far as they are here.
fn rest_of_header(bytes: &[u8], length: u64) -> Elements<'_> {
    match usize::try_from(length).ok().and_then(|length| bytes.get(..length)) {
        Some(whole) => Elements { reader: Reader(whole), is_whole: true },
        None => Elements { reader: Reader(bytes), is_whole: false },
    }
}

struct Elements<'a> {
    reader: Reader<'a>,
    is_whole: bool,
}

fn judge_elements(mut elements: Elements<'_>) -> Sniffed {
    let exhausted = if elements.is_whole { Sniffed::Unknown } else { Sniffed::Undecided };
    while let Some(id) = elements.reader.read_id() {
        let Some(size) = elements.reader.read_size() else { return exhausted };
        let Some(size) = size else { return Sniffed::Unknown };
        let Some(data) = elements.reader.take(size) else { return exhausted };
        if id == DOC_TYPE {
            return judge_doc_type(data);
        }
    }
    exhausted
}

fn judge_doc_type(data: &[u8]) -> Sniffed {
    // A string element may be padded with zero bytes (RFC 8794, section 7.4).
    let padding = data.iter().rev().take_while(|byte| **byte == 0).count();
    match &data[..data.len() - padding] {
        b"webm" => Sniffed::Known(Container::WebM),
        b"matroska" => Sniffed::Known(Container::Matroska),
        _ => Sniffed::Unknown,
    }
}

/// Reads variable-length integers (RFC 8794, section 4).
struct Reader<'a>(&'a [u8]);

impl<'a> Reader<'a> {
    /// An element's identifier, its length marker included.
    fn read_id(&mut self) -> Option<u64> {
        let (value, _) = self.read_vint()?;
        Some(value)
    }

    /// An element's size; `Some(None)` where it is declared unknown or is not readable.
    fn read_size(&mut self) -> Option<Option<u64>> {
        let (value, width) = self.read_vint()?;
        if width > 8 {
            return Some(None);
        }
        let mask = (1_u64 << (7 * width)) - 1;
        Some((value & mask != mask).then_some(value & mask))
    }

    /// A value with its marker, and how many bytes it took; a width above 8 means none was read.
    fn read_vint(&mut self) -> Option<(u64, u32)> {
        let width = self.0.first()?.leading_zeros() + 1;
        if width > 8 {
            return Some((0, width));
        }
        let (bytes, rest) = self.0.split_at_checked(width as usize)?;
        self.0 = rest;
        Some((bytes.iter().fold(0, |value, byte| value << 8 | u64::from(*byte)), width))
    }

    fn take(&mut self, size: u64) -> Option<&'a [u8]> {
        let (data, rest) = self.0.split_at_checked(usize::try_from(size).ok()?)?;
        self.0 = rest;
        Some(data)
    }
}

const MAGIC: &[u8] = b"\x1a\x45\xdf\xa3";
const DOC_TYPE: u64 = 0x4282;
