//! From a Content-Type field to the boundary between parts (RFC 2046, section 5.1.1; RFC 7578, section 4.1).

use bytes::Bytes;

use super::error::{CaptureError, CaptureErrorKind};
use super::params::split_field;

/// A boundary that keeps the rules: 1 to 70 of the characters RFC 2046 allows, no space at the end.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Boundary(Bytes);

impl Boundary {
    /// Reads the value of a Content-Type field.
    ///
    /// # Errors
    ///
    /// `NotMultipart` for any other type; `Framing` where the parameters are malformed, or the boundary is missing, given
    /// twice or breaks the rules. Other parameters decide nothing.
    pub(crate) fn parse(content_type: &[u8]) -> Result<Self, CaptureError> {
        let (media_type, parameters) = split_field(content_type);
        if !media_type.eq_ignore_ascii_case(b"multipart/form-data") {
            return Err(CaptureErrorKind::NotMultipart.because("the request is not multipart/form-data"));
        }
        let mut boundary = None;
        for parameter in parameters {
            let parameter = parameter.map_err(|_| malformed("malformed content-type parameters"))?;
            if parameter.extends("boundary")
                || (parameter.is("boundary") && boundary.replace(parameter.value).is_some())
            {
                return Err(malformed("the content type has two boundaries"));
            }
        }
        let boundary = boundary.ok_or_else(|| malformed("the content type has no boundary"))?;
        if !is_boundary(boundary) {
            return Err(malformed("the boundary breaks the rules of RFC 2046"));
        }
        Ok(Self(Bytes::copy_from_slice(boundary)))
    }

    /// CRLF, two hyphens and the boundary: what ends a part's data.
    pub(super) fn delimiter(&self) -> Bytes {
        [&b"\r\n--"[..], &self.0].concat().into()
    }
}

fn is_boundary(value: &[u8]) -> bool {
    (1..=LONGEST).contains(&value.len())
        && value.last() != Some(&b' ')
        && value.iter().all(|byte| is_bchar(*byte))
}

fn is_bchar(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || b"'()+_,-./:=? ".contains(&byte)
}

fn malformed(detail: &'static str) -> CaptureError {
    CaptureErrorKind::Framing.because(detail)
}

const LONGEST: usize = 70;

#[cfg(test)]
mod tests {
    use super::*;

    fn delimiter(content_type: &str) -> Result<String, CaptureErrorKind> {
        Boundary::parse(content_type.as_bytes())
            .map(|boundary| String::from_utf8(boundary.delimiter().to_vec()).expect("ascii"))
            .map_err(|error| error.kind())
    }

    #[test]
    fn what_clients_send_is_read() {
        for (content_type, boundary) in [
            ("multipart/form-data; boundary=----WebKitFormBoundaryabc", "----WebKitFormBoundaryabc"),
            ("multipart/form-data;boundary=x", "x"),
            ("Multipart/Form-Data; Boundary=x", "x"),
            ("multipart/form-data; boundary=\"a b:c?d=e(f)/g,h\"", "a b:c?d=e(f)/g,h"),
            ("multipart/form-data; charset=UTF-8; boundary=x", "x"),
            ("multipart/form-data; boundary=\"x\"; charset=\"utf-8\"", "x"),
            (
                "multipart/form-data; charset=ISO-8859-1; boundary=uhWsFhq_E6ibALXjK1Y5k4y",
                "uhWsFhq_E6ibALXjK1Y5k4y",
            ),
            ("multipart/form-data; boundary=x; charset=US-ASCII; charset=utf8", "x"),
            ("multipart/form-data; type=\"a/b\"; boundary=x", "x"),
            ("multipart/form-data ;\tboundary=x ;", "x"),
            ("multipart/form-data;; boundary=x", "x"),
        ] {
            assert_eq!(delimiter(content_type), Ok(format!("\r\n--{boundary}")), "{content_type}");
        }
        let longest = "b".repeat(70);
        assert!(delimiter(&format!("multipart/form-data; boundary={longest}")).is_ok());
    }

    #[test]
    fn another_type_is_not_multipart() {
        for content_type in
            ["", "text/plain", "multipart/mixed; boundary=x", "multipart/form-data, text/plain"]
        {
            assert_eq!(delimiter(content_type), Err(CaptureErrorKind::NotMultipart), "{content_type}");
        }
    }

    #[test]
    fn a_boundary_outside_the_rules_is_refused() {
        let too_long = format!("multipart/form-data; boundary={}", "b".repeat(71));
        for content_type in [
            "multipart/form-data",
            "multipart/form-data;",
            "multipart/form-data; boundary",
            "multipart/form-data; boundary=",
            "multipart/form-data; boundary=\"\"",
            "multipart/form-data; boundary=\"x \"",
            "multipart/form-data; boundary=\"x",
            "multipart/form-data; boundary=a:b",
            "multipart/form-data; boundary=a/b",
            "multipart/form-data; boundary=x; boundary=y",
            "multipart/form-data; boundary=x; boundary=x",
            "multipart/form-data; boundary=x; BOUNDARY=y",
            "multipart/form-data; boundary*=utf-8''x",
            "multipart/form-data; boundary=x; boundary*=utf-8''y",
            "multipart/form-data; boundary=x; type",
            "multipart/form-data; boundary*0=x; boundary*1=y",
            "multipart/form-data; boundary=x,y",
            "multipart/form-data; boundary=\"x\\y\"",
            "multipart/form-data; boundary=\"x\u{e9}\"",
            "multipart/form-data; boundary=x y",
            too_long.as_str(),
        ] {
            assert_eq!(delimiter(content_type), Err(CaptureErrorKind::Framing), "{content_type}");
        }
    }
}
