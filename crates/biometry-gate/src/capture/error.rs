use std::error::Error;
use std::fmt;
use std::sync::Arc;

use super::pacing::Pace;

/// Why an upload was refused or broke off.
///
/// The text is fixed at compile time, so it cannot carry a name, a phrase or a byte of the upload.
/// It is cheap to clone: the body that failed and the code that supervises it both keep one.
#[derive(Clone, Debug)]
pub(crate) struct CaptureError {
    kind: CaptureErrorKind,
    detail: &'static str,
    pace: Option<Pace>,
    source: Option<Arc<dyn Error + Send + Sync>>,
}

impl CaptureError {
    /// An error of this kind, with a fixed explanation for the operator.
    pub(crate) const fn new(kind: CaptureErrorKind, detail: &'static str) -> Self {
        Self { kind, detail, pace: None, source: None }
    }

    /// The client's body ended in an error.
    pub(crate) fn aborted(source: Box<dyn Error + Send + Sync>) -> Self {
        let detail = "the client's body broke off";
        Self { kind: CaptureErrorKind::Aborted, detail, pace: None, source: Some(Arc::from(source)) }
    }

    /// The client was slower than it may be.
    pub(super) const fn too_slow(detail: &'static str, pace: Pace) -> Self {
        Self { kind: CaptureErrorKind::TooSlow, detail, pace: Some(pace), source: None }
    }

    /// What was asked of a client that was too slow.
    pub(crate) const fn pace(&self) -> Option<Pace> {
        self.pace
    }

    /// What went wrong, for choosing an answer.
    pub(crate) const fn kind(&self) -> CaptureErrorKind {
        self.kind
    }
}

impl fmt::Display for CaptureError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.detail)
    }
}

impl Error for CaptureError {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        self.source.as_deref().map(|source| source as &(dyn Error + 'static))
    }
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
    /// The time ran out while whoever takes the file was the slow side. Not the client's fault.
    Stalled,
    /// The client went away: its body broke off before its end.
    Aborted,
    /// Whoever took the file stopped taking it before its end. Not the client's fault.
    Abandoned,
}

impl CaptureErrorKind {
    /// Whether the client may still be sending, so that it has to be read on for a while to see the answer.
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
}
