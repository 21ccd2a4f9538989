use std::error::Error;
use std::fmt;
use std::io;
use std::sync::Arc;

use http_body_util::LengthLimitError;

use super::pacing::Pace;

/// Why an upload was refused or broke off.
///
/// The text is fixed at compile time, so it cannot carry a name, a phrase or a byte of the upload.
/// It is cheap to clone: the body that failed and the code that supervises it both keep one.
#[derive(Clone, Debug)]
pub(crate) struct CaptureError {
    kind: CaptureErrorKind,
    detail: &'static str,
    /// The form's name for the field at fault.
    field: Option<&'static str>,
    more: More,
}

/// What else there is to say.
#[derive(Clone, Debug)]
enum More {
    Nothing,
    /// What was asked of a client that was too slow.
    Pace(Pace),
    /// The media types that would have been taken.
    Accepted(Vec<&'static str>),
    Source(Arc<dyn Error + Send + Sync>),
}

impl CaptureError {
    /// An error of this kind, with a fixed explanation.
    pub(crate) const fn new(kind: CaptureErrorKind, detail: &'static str) -> Self {
        Self { kind, detail, field: None, more: More::Nothing }
    }

    /// The client's body ended in an error: it broke off, or the host takes no more of it.
    pub(crate) fn aborted(source: Box<dyn Error + Send + Sync>) -> Self {
        let error = if is_limit_of_the_host(&*source) {
            CaptureErrorKind::TooLarge.because("the upload is larger than a limit of the host")
        } else {
            CaptureErrorKind::Aborted.because("the client's body broke off")
        };
        Self { more: More::Source(Arc::from(source)), ..error }
    }

    /// The client was slower than it may be.
    pub(super) const fn too_slow(detail: &'static str, pace: Pace) -> Self {
        Self { kind: CaptureErrorKind::TooSlow, detail, field: None, more: More::Pace(pace) }
    }

    /// The file is none of those that this field takes.
    pub(super) const fn not_media(field: Option<&'static str>, accepted: Vec<&'static str>) -> Self {
        let detail = "the file is not of an allowed container";
        Self { kind: CaptureErrorKind::Media, detail, field, more: More::Accepted(accepted) }
    }

    /// Names the field at fault.
    pub(super) fn of(mut self, field: &'static str) -> Self {
        self.field = Some(field);
        self
    }

    /// What was asked of a client that was too slow.
    pub(crate) const fn pace(&self) -> Option<Pace> {
        match self.more {
            More::Pace(pace) => Some(pace),
            _ => None,
        }
    }

    /// The media types that the field would have taken.
    pub(crate) fn accepted(&self) -> Option<&[&'static str]> {
        match &self.more {
            More::Accepted(accepted) => Some(accepted),
            _ => None,
        }
    }

    /// What went wrong, for choosing an answer.
    pub(crate) const fn kind(&self) -> CaptureErrorKind {
        self.kind
    }
}

impl fmt::Display for CaptureError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.field {
            Some(field) => write!(f, "{}: {field}", self.detail),
            None => f.write_str(self.detail),
        }
    }
}

impl Error for CaptureError {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        match &self.more {
            More::Source(source) => Some(&**source),
            _ => None,
        }
    }
}

/// Whether a body ends because the host has put a limit around it: tower-http's `RequestBodyLimitLayer`, for example.
pub(crate) fn is_limit_of_the_host(error: &(dyn Error + 'static)) -> bool {
    let mut cause = Some(error);
    while let Some(error) = cause {
        if error.is::<LengthLimitError>() {
            return true;
        }
        // An error of I/O does not show what it was made of as its source, but that one's source.
        let within = error.downcast_ref::<io::Error>().and_then(io::Error::get_ref);
        cause = within.map_or_else(|| error.source(), |within| Some(within as &(dyn Error + 'static)));
    }
    false
}

/// The ways an upload can fail.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub(crate) enum CaptureErrorKind {
    /// The request is not `multipart/form-data`, or does not say so exactly once.
    NotMultipart,
    /// The request carries a `Content-Encoding`; nothing is ever decompressed here.
    ContentEncoding,
    /// The file's first bytes are not those of a container the form allows.
    Media,
    /// The file or everything around it is larger than allowed, announced or counted.
    TooLarge,
    /// The HTTP or multipart framing is broken, ambiguous or not closed. A 400, where the kinds below are a 422.
    Framing,
    /// More parts than allowed.
    TooManyParts,
    /// A part whose name is not in the form.
    UnknownField,
    /// A part whose name came before, a second file included.
    DuplicateField,
    /// The file is not there, or the form control was submitted without one.
    MissingFile,
    /// The file is there and has no bytes.
    EmptyFile,
    /// A text part is longer than allowed.
    TextTooLong,
    /// The phrase sent is not the one that was issued. Only [`TextFields`](super::TextFields) says so.
    PhraseMismatch,
    /// The client names another subject. Only [`TextFields`](super::TextFields) says so.
    SubjectConflict,
    /// A part that cannot be what its name says: a text with a file name, a file without one, text that is not
    /// UTF-8, or a value the form's rules refuse.
    FieldInvalid,
    /// The client was silent or slow for longer than allowed while it was being waited for.
    TooSlow,
    /// The time ran out while the reader of the file was the slow side. Not the client's fault.
    Stalled,
    /// The client went away: its body broke off before its end.
    Aborted,
    /// The reader of the file stopped before its end. Not the client's fault.
    Abandoned,
}

impl CaptureErrorKind {
    /// Whether more of the upload may come.
    pub(super) const fn leaves_a_rest(self) -> bool {
        !matches!(self, Self::Aborted | Self::TooSlow)
    }

    /// An error of this kind.
    pub(crate) const fn because(self, detail: &'static str) -> CaptureError {
        CaptureError::new(self, detail)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_error_shows_its_fixed_text_and_keeps_its_source() {
        let error = CaptureErrorKind::Framing.because("bare line feed");
        assert_eq!(error.to_string(), "bare line feed");
        assert!(error.source().is_none());

        let aborted = CaptureError::aborted("connection reset".into());
        assert_eq!(aborted.kind(), CaptureErrorKind::Aborted);
        assert_eq!(aborted.source().expect("kept").to_string(), "connection reset");
    }

    #[test]
    fn an_error_names_the_field_at_fault() {
        let error = CaptureErrorKind::FieldInvalid.because("a text field is not UTF-8").of("phrase");
        assert_eq!(error.to_string(), "a text field is not UTF-8: phrase");
    }

    #[tokio::test]
    async fn a_limit_that_the_host_has_put_around_a_body_is_no_broken_connection() {
        let limited = http_body_util::Limited::new(http_body_util::Full::new(bytes::Bytes::from("four")), 3);
        let error = http_body_util::BodyExt::collect(limited).await.expect_err("too much");
        let error = CaptureError::aborted(std::io::Error::other(error).into());
        assert_eq!(error.kind(), CaptureErrorKind::TooLarge);
    }
}
