//! The readers of uploads alone.

use bytes::Bytes;
use http::HeaderMap;

use super::boundary::Boundary;
use super::error::{CaptureError, CaptureErrorKind};
use super::form::Form;
use super::head::open_head;
use super::limits::CaptureLimits;
use super::medium::Medium;
use super::reader::{FileName, Reader, Token};
use super::sniff::{Sniffed, sniff};

/// A part as it was read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Part {
    /// The field's name.
    pub name: String,
    /// Whether it has a file name.
    pub is_file: bool,
    /// Its data.
    pub data: Vec<u8>,
}

/// What ends a part's data under this Content-Type.
///
/// # Errors
///
/// The kind of refusal.
pub fn read_content_type(value: &[u8]) -> Result<Vec<u8>, String> {
    Boundary::parse(value).map(|boundary| boundary.delimiter().to_vec()).map_err(name_kind)
}

/// The length that the head of an upload announces, where it is one that may be read any further.
///
/// # Errors
///
/// The kind of refusal.
pub fn read_head(headers: &HeaderMap) -> Result<Option<u64>, String> {
    let form = Form::new("video", Medium::Video);
    open_head(headers, &form, &CaptureLimits::default()).map(|head| head.length).map_err(name_kind)
}

/// All parts of a body that arrives in these chunks. What every form refuses, whatever its fields, is refused here too:
/// text that is not UTF-8, and a file control in which no file was chosen.
///
/// # Errors
///
/// The kind of refusal.
pub fn read_multipart(
    content_type: &[u8],
    chunks: impl IntoIterator<Item = Bytes>,
) -> Result<Vec<Part>, String> {
    let boundary = Boundary::parse(content_type).map_err(name_kind)?;
    let longest = boundary.delimiter().len() as u64;
    let mut reader = Reader::new(&boundary, PARTS);
    let mut parts = Vec::new();
    let mut arrived = 0;
    for chunk in chunks {
        arrived += chunk.len() as u64;
        reader.push(chunk);
        pull(&mut reader, &mut parts).map_err(name_kind)?;
        assert!(arrived - reader.settled() < longest, "more is held back than a delimiter");
    }
    reader.finish();
    pull(&mut reader, &mut parts).map_err(name_kind)?;
    if parts.iter().any(|part| !part.is_file && str::from_utf8(&part.data).is_err()) {
        return Err("a text part is not utf-8".to_owned());
    }
    Ok(parts)
}

/// What the beginning of a file says: the end of a file's name, `unknown`, or `undecided`.
pub fn read_container(start: &[u8]) -> &'static str {
    match sniff(start) {
        Sniffed::Known(container) => container.extension(),
        Sniffed::Unknown => "unknown",
        Sniffed::Undecided => "undecided",
    }
}

fn pull(reader: &mut Reader, parts: &mut Vec<Part>) -> Result<(), CaptureError> {
    while let Some(token) = reader.next_token()? {
        match token {
            Token::PartStart(head) => {
                if head.file_name == FileName::Empty {
                    return Err(CaptureErrorKind::MissingFile.because("no file was chosen"));
                }
                let is_file = head.file_name == FileName::Given;
                parts.push(Part { name: head.name.into(), is_file, data: Vec::new() });
            }
            Token::Data(data) => {
                assert!(!data.is_empty(), "data without a byte");
                if let Some(part) = parts.last_mut() {
                    part.data.extend(data);
                }
            }
            Token::PartEnd | Token::End => {}
        }
    }
    Ok(())
}

fn name_kind(error: CaptureError) -> String {
    format!("{:?}: {error}", error.kind())
}

const PARTS: usize = 8;
