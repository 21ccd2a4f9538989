use std::fmt;
use std::task::{Context, Poll};

use super::error::{CaptureError, CaptureErrorKind};
use super::file_body::FileBody;
use super::form::Form;
use super::incoming::Item;
use super::progress::Progress;
use super::recall::Lent;
use super::start::{FileStart, OpenedFile};

/// The way from an upload's first file to its second one, to be gone once the first one has been read to its end.
///
/// Dropping it instead gives the upload up.
pub(crate) struct NextFile {
    form: Form,
    lent: Lent,
    progress: Progress,
    is_open: bool,
}

impl NextFile {
    pub(super) fn new(form: Form, lent: Lent, progress: Progress) -> Self {
        Self { form, lent, progress, is_open: false }
    }

    /// Reads until the first bytes of the second file say what it is.
    ///
    /// # Errors
    ///
    /// Every kind: see [`CaptureErrorKind`]. An error that ended the upload before is given again.
    pub(crate) async fn open(mut self) -> Result<OpenedFile, CaptureError> {
        let start = FileStart::read(&self.form, |cx| self.poll_item(cx)).await;
        self.is_open = true;
        match start {
            Ok(start) => Ok(start.into_file(FileBody::new(self.lent.clone(), self.progress.clone(), true))),
            Err(error) => {
                self.lent.forget_where_nothing_is_left(&error);
                self.progress.fail(error.clone());
                Err(self.progress.failure().unwrap_or(error))
            }
        }
    }

    fn poll_item(&self, cx: &mut Context<'_>) -> Poll<Result<Item, CaptureError>> {
        if let Some(failure) = self.progress.failure() {
            return Poll::Ready(Err(failure));
        }
        match self.lent.lock().as_mut() {
            Some(incoming) => incoming.poll_item(cx),
            None => Poll::Ready(Err(NOT_TAKEN)),
        }
    }
}

impl Drop for NextFile {
    fn drop(&mut self) {
        if !self.is_open {
            self.progress.fail(NOT_TAKEN);
        }
    }
}

impl fmt::Debug for NextFile {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("NextFile").field("progress", &self.progress).finish_non_exhaustive()
    }
}

const NOT_TAKEN: CaptureError =
    CaptureError::new(CaptureErrorKind::Abandoned, "the second file was not taken");
