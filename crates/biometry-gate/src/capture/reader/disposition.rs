//! A part's Content-Disposition (RFC 7578, section 4.2): `name` decides, everything else is read over.

use crate::capture::error::{CaptureError, CaptureErrorKind};
use crate::capture::params::{Malformed, skip_blanks, split_field};

/// What a part is called, and whether it calls itself a file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Disposition {
    pub(super) name: Box<str>,
    pub(super) file_name: FileName,
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

impl Disposition {
    pub(super) fn parse(value: &[u8]) -> Result<Self, CaptureError> {
        let (kind, parameters) = split_field(value);
        if !kind.eq_ignore_ascii_case(b"form-data") {
            return Err(framing("a part is not form-data"));
        }
        let (mut name, mut file_name) = (None, FileName::Absent);
        for parameter in parameters {
            let parameter = match parameter {
                Ok(parameter) => parameter,
                Err(Malformed(rest)) => {
                    read_over(rest)?;
                    file_name = FileName::Given;
                    break;
                }
            };
            if parameter.extends("name") || (parameter.is("name") && name.replace(parameter.value).is_some())
            {
                return Err(framing("a part has two names"));
            }
            if parameter.extends("filename") {
                file_name = FileName::Given;
            }
            if parameter.is("filename") {
                check_escapes(parameter.value)?;
                file_name = file_name.or_named(parameter.value);
            }
        }
        let name = name.and_then(parse_name).ok_or(NO_NAME)?;
        Ok(Self { name, file_name })
    }
}

impl FileName {
    fn or_named(self, value: &[u8]) -> Self {
        if self == Self::Given || !value.is_empty() { Self::Given } else { Self::Empty }
    }
}

/// A file name may break the grammar: many clients write quotation marks as they are. No reading of
/// it may find another name in it.
fn read_over(rest: &[u8]) -> Result<(), CaptureError> {
    let names_a_file = rest.get(..FILE_NAME.len()).is_some_and(|start| start.eq_ignore_ascii_case(FILE_NAME));
    if !names_a_file {
        return Err(framing("malformed content-disposition"));
    }
    check_no_name(rest)
}

/// A backslash in front of a quote is a character of the name to some readers, and to others takes the quote into it.
fn check_escapes(file_name: &[u8]) -> Result<(), CaptureError> {
    match memchr::memmem::find(file_name, b"\\\"") {
        Some(at) => check_no_name(&file_name[at + 2..]),
        None => Ok(()),
    }
}

fn check_no_name(file_name: &[u8]) -> Result<(), CaptureError> {
    let mut rest = file_name;
    while let Some(at) = memchr::memchr(b';', rest) {
        rest = skip_blanks(&rest[at + 1..]);
        let behind = rest.get(..NAME.len()).filter(|start| start.eq_ignore_ascii_case(NAME));
        if behind.is_some() && matches!(rest.get(NAME.len()), Some(b'=' | b'*' | b' ' | b'\t')) {
            return Err(framing(
                "a part's file name is quoted in a way that could hide another field's name",
            ));
        }
    }
    Ok(())
}

/// Printable text without escapes, so that it can be read in one way only. The form says which names there are.
fn parse_name(value: &[u8]) -> Option<Box<str>> {
    let name = std::str::from_utf8(value).ok()?;
    let is_plain = !name.contains(|letter: char| letter.is_control() || letter == '\\');
    ((1..=LONGEST_NAME).contains(&value.len()) && is_plain).then(|| name.into())
}

const NO_NAME: CaptureError = framing("a part without a readable name");
const FILE_NAME: &[u8] = b"filename";
const NAME: &[u8] = b"name";
const LONGEST_NAME: usize = 64;

const fn framing(detail: &'static str) -> CaptureError {
    CaptureError::new(CaptureErrorKind::Framing, detail)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(parameters: &str) -> Result<(String, FileName), CaptureErrorKind> {
        Disposition::parse(format!("form-data; {parameters}").as_bytes())
            .map(|disposition| (disposition.name.into(), disposition.file_name))
            .map_err(|error| error.kind())
    }

    #[test]
    fn file_names_decide_nothing_however_they_are_written() {
        for file_name in [
            "filename=\"a.webm\"",
            "filename=a.webm",
            "filename=\"clip (1) n\u{e9}.mp4\"",
            "filename=\"say %22hi%22; 100%.mp4\"",
            "filename=\"say \\\"hi\\\"; 100%.mp4\"",
            "filename=\"say \"hi\"; 100%.mp4\"",
            "filename=\"C:\\clips\\\"",
            "filename=\"a.webm",
            "filename=clip (1).mp4",
            "filename=",
            "filename=\"a\"; filename=\"b\"",
            "filename*=utf-8''clip%20(1).mov",
            "filename*=b",
            "filename=\"VID.mov\"; filename*=utf-8''clip (1).mov",
            "filename=\"=?utf-8?B?dsOtZGVvLm1wNA==?=\"; filename*=utf-8''v%C3%ADdeo.mp4",
            "filename*0=\"a\"; filename*1=\".mp4\"",
            "filename=\"a; name=phrase\"",
            "filename=\"a\"; size=12; creation-date=\"Mon, 30 Nov 2026 06:57:26 +0000\"",
            "read-date=\"Mon, 30 Nov 2026 06:59:25 +0000\"; filename=a;",
        ] {
            let parsed = parse(&format!("name=\"video\"; {file_name}"));
            assert_eq!(parsed, Ok(("video".to_owned(), FileName::Given)), "{file_name}");
        }
        assert_eq!(parse("name=\"video\"; filename=\"\""), Ok(("video".to_owned(), FileName::Empty)));
        assert_eq!(parse("foo=bar ;name=video"), Ok(("video".to_owned(), FileName::Absent)));
    }

    #[test]
    fn a_name_that_another_reader_could_find_elsewhere_is_refused() {
        for parameters in [
            "name=\"a\"; name=\"a\"",
            "name=\"a\"; NAME=b",
            "name*=utf-8''a",
            "name=\"a\"; name*=utf-8''b",
            "name=\"a\"; name*0=b",
            "name=\"a\"; filename=\"say \"hi\"; name=\"b\"",
            "name=\"a\"; filename=\"b\\\"; name=\"c\"",
            "name=\"a\"; filename=\"b\\\"; name=c; x=\"",
            "name=\"a\"; filename=\"b; Name =c",
            "filename=\"say \"hi\".mp4\"; name=\"a\"",
            "name=\"a\"; size",
            "name=\"a\" size=1",
            "name=\"a\\b\"",
            "name=\"\"",
            "filename=\"a\"",
        ] {
            assert_eq!(parse(parameters), Err(CaptureErrorKind::Framing), "{parameters}");
        }
    }

    #[test]
    fn a_name_of_any_letters_is_readable() {
        for name in ["video[]", "a b", "\u{e4}", "a%22", "a.b_c-1"] {
            let parsed = parse(&format!("name=\"{name}\""));
            assert_eq!(parsed, Ok((name.to_owned(), FileName::Absent)), "{name}");
        }
    }

    #[test]
    fn a_name_has_a_length() {
        let named = |length| parse(&format!("name=\"{}\"", "a".repeat(length)));
        assert!(named(64).is_ok());
        assert_eq!(named(65), Err(CaptureErrorKind::Framing));
    }
}
