use http::header::{
    CONTENT_ENCODING, CONTENT_LENGTH, CONTENT_TYPE, EXPECT, HeaderMap, HeaderName, TRANSFER_ENCODING,
};

use super::boundary::Boundary;
use super::error::{CaptureError, CaptureErrorKind};
use super::form::Form;
use super::limits::CaptureLimits;

/// A request head that may be followed by an upload.
#[derive(Clone, Debug)]
pub(crate) struct Head {
    pub(super) boundary: Boundary,
    pub(super) form: Form,
    pub(super) limits: CaptureLimits,
    /// The length the request announces, if it does.
    pub(super) length: Option<u64>,
}

/// Judges what the request head says of the body, before a byte of it is read.
///
/// # Errors
///
/// - `Framing`: both a length and a transfer encoding, a repeated or unreadable length, an encoding other than
///   `chunked`, a boundary that breaks the rules;
/// - `NotMultipart`: the type is another, missing, or given twice;
/// - `ContentEncoding`: there is one, whatever it says;
/// - `TooLarge`: the announced length is more than files and envelope may have together.
pub(crate) fn open_head(
    headers: &HeaderMap,
    form: &Form,
    limits: &CaptureLimits,
) -> Result<Head, CaptureError> {
    let length = parse_framing(headers)?;
    if headers.contains_key(CONTENT_ENCODING) {
        return Err(CaptureErrorKind::ContentEncoding.because("the body has a content-encoding"));
    }
    let content_type = single(headers, CONTENT_TYPE).map_err(|_| NOT_MULTIPART)?.ok_or(NOT_MULTIPART)?;
    let boundary = Boundary::parse(content_type)?;
    if length.is_some_and(|length| length > limits.largest(form.files() as u64)) {
        return Err(CaptureErrorKind::TooLarge.because("the announced length is too large"));
    }
    let form = form.taking_matroska(limits.takes_matroska());
    Ok(Head { boundary, form, limits: *limits, length })
}

/// Whether the client holds the body back until the server asks for it (RFC 9110, section 10.1.1). Servers tell it so as
/// soon as the body is read: a refused one must not be, not even to be dropped.
pub(super) fn awaits_go_ahead(headers: &HeaderMap) -> bool {
    headers.get_all(EXPECT).iter().any(|value| value.as_bytes().eq_ignore_ascii_case(b"100-continue"))
}

/// The announced length. A request with two ways of saying where it ends is one that two servers may end differently.
fn parse_framing(headers: &HeaderMap) -> Result<Option<u64>, CaptureError> {
    let length = single(headers, CONTENT_LENGTH)?;
    let coding = single(headers, TRANSFER_ENCODING)?;
    match (length, coding) {
        (Some(_), Some(_)) => Err(framing("both content-length and transfer-encoding")),
        (None, Some(coding)) if !coding.eq_ignore_ascii_case(b"chunked") => {
            Err(framing("unknown transfer-encoding"))
        }
        (Some(length), None) => {
            parse_length(length).map(Some).ok_or_else(|| framing("unreadable content-length"))
        }
        (None, _) => Ok(None),
    }
}

fn parse_length(value: &[u8]) -> Option<u64> {
    let is_number = !value.is_empty() && value.iter().all(u8::is_ascii_digit);
    is_number.then(|| std::str::from_utf8(value).ok()?.parse().ok()).flatten()
}

fn single(headers: &HeaderMap, name: HeaderName) -> Result<Option<&[u8]>, CaptureError> {
    let mut values = headers.get_all(name).iter();
    match (values.next(), values.next()) {
        (value, None) => Ok(value.map(http::HeaderValue::as_bytes)),
        (_, Some(_)) => Err(framing("a header field that may come once comes twice")),
    }
}

const NOT_MULTIPART: CaptureError =
    CaptureError::new(CaptureErrorKind::NotMultipart, "the request does not name one content type");

fn framing(detail: &'static str) -> CaptureError {
    CaptureErrorKind::Framing.because(detail)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::capture::medium::Medium;

    const MULTIPART: (&str, &str) = ("content-type", "multipart/form-data; boundary=x");

    fn open(fields: &[(&str, &str)]) -> Result<Option<u64>, CaptureErrorKind> {
        let mut headers = HeaderMap::new();
        for (name, value) in fields {
            headers.append(HeaderName::try_from(*name).expect("a name"), value.parse().expect("a value"));
        }
        let form = Form::new("video", Medium::Video);
        open_head(&headers, &form, &CaptureLimits::default())
            .map(|head| head.length)
            .map_err(|error| error.kind())
    }

    #[test]
    fn a_length_a_chunked_body_and_neither_are_fine() {
        assert_eq!(open(&[MULTIPART, ("content-length", "12")]), Ok(Some(12)));
        assert_eq!(open(&[MULTIPART, ("transfer-encoding", "Chunked")]), Ok(None));
        assert_eq!(open(&[MULTIPART]), Ok(None));
    }

    #[test]
    fn ambiguous_framing_is_refused_before_anything_else() {
        for fields in [
            &[("content-length", "12"), ("transfer-encoding", "chunked")][..],
            &[MULTIPART, ("content-length", "12"), ("content-length", "12")],
            &[MULTIPART, ("content-length", "+12")],
            &[MULTIPART, ("content-length", "12, 12")],
            &[MULTIPART, ("content-length", "")],
            &[MULTIPART, ("content-length", "99999999999999999999")],
            &[MULTIPART, ("transfer-encoding", "gzip, chunked")],
            &[MULTIPART, ("transfer-encoding", "chunked"), ("transfer-encoding", "chunked")],
        ] {
            assert_eq!(open(fields), Err(CaptureErrorKind::Framing), "{fields:?}");
        }
    }

    #[test]
    fn the_content_type_is_given_once_and_nothing_is_encoded() {
        assert_eq!(open(&[]), Err(CaptureErrorKind::NotMultipart));
        assert_eq!(open(&[MULTIPART, MULTIPART]), Err(CaptureErrorKind::NotMultipart));
        assert_eq!(open(&[MULTIPART, ("content-encoding", "gzip")]), Err(CaptureErrorKind::ContentEncoding));
        assert_eq!(
            open(&[MULTIPART, ("content-encoding", "identity")]),
            Err(CaptureErrorKind::ContentEncoding)
        );
    }

    #[test]
    fn an_announced_length_counts_against_file_and_envelope_together() {
        assert_eq!(open(&[MULTIPART, ("content-length", "52494336")]), Ok(Some(52_494_336)));
        assert_eq!(open(&[MULTIPART, ("content-length", "52494337")]), Err(CaptureErrorKind::TooLarge));
    }
}
