use std::fmt;

use http::HeaderValue;

use crate::Body;

/// A file on its way to the platform: its bytes as a stream, its content type, and the extension of
/// the name it is given.
///
/// The bytes are passed on as they come, neither copied nor held. The name is made here
/// (`capture.webm`), so nothing a client wrote into its own form reaches the platform. Where the
/// body knows its exact length, the request announces one.
pub struct Upload {
    content_type: HeaderValue,
    extension: &'static str,
    body: Body,
}

impl Upload {
    /// A file of this content type. An extension of anything but ASCII letters and digits becomes
    /// `bin`.
    pub fn new(content_type: HeaderValue, extension: &'static str, body: Body) -> Self {
        let is_plain = !extension.is_empty() && extension.bytes().all(|byte| byte.is_ascii_alphanumeric());
        Self { content_type, extension: if is_plain { extension } else { "bin" }, body }
    }

    /// A WebM video, as Chromium and Firefox record it.
    pub fn webm(body: Body) -> Self {
        Self::new(HeaderValue::from_static("video/webm"), "webm", body)
    }

    /// An MP4 video, as Safari and mobile phones record it.
    pub fn mp4(body: Body) -> Self {
        Self::new(HeaderValue::from_static("video/mp4"), "mp4", body)
    }

    pub(crate) fn content_type(&self) -> &HeaderValue {
        &self.content_type
    }

    pub(crate) fn extension(&self) -> &'static str {
        self.extension
    }

    pub(crate) fn into_body(self) -> Body {
        self.body
    }
}

impl fmt::Debug for Upload {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Upload").field("content_type", &self.content_type).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_odd_extension_is_not_used() {
        for (extension, expected) in [("webm", "webm"), ("", "bin"), ("a\"b", "bin"), ("../x", "bin")] {
            let upload = Upload::new(HeaderValue::from_static("video/webm"), extension, Body::empty());
            assert_eq!(upload.extension(), expected);
        }
    }
}
