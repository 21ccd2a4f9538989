use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use super::error::{CaptureError, CaptureErrorKind};
use super::incoming::Incoming;
use super::progress::Progress;

/// An upload that a file's body reads from, until it is over or called back.
#[derive(Clone)]
pub(super) struct Lent(Arc<Mutex<Option<Incoming>>>);

impl Lent {
    pub(super) fn new(incoming: Incoming) -> Self {
        Self(Arc::new(Mutex::new(Some(incoming))))
    }

    pub(super) fn lock(&self) -> MutexGuard<'_, Option<Incoming>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Drops a client's body of which nothing more will come.
    pub(super) fn forget_where_nothing_is_left(&self, error: &CaptureError) {
        if !error.kind().leaves_a_rest() {
            *self.lock() = None;
        }
    }
}

/// The way back to a client's body while the file's body is in other hands.
///
/// Those hands may never open: an HTTP client whose peer has stopped reading keeps a request's body until the
/// connection dies, however long ago the request was given up. The client must not wait for that.
pub(crate) struct Recall {
    lent: Lent,
    progress: Progress,
}

impl Recall {
    pub(super) fn new(lent: Lent, progress: Progress) -> Self {
        Self { lent, progress }
    }

    /// Ends the upload where it has not ended, and drops the client's body. The file's body gives an error from now on.
    pub(crate) fn give_up(self) {
        self.progress.fail(CaptureErrorKind::Abandoned.because("the upload was given up"));
        let incoming = self.lent.lock().take();
        drop(incoming);
    }
}

impl fmt::Debug for Recall {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Recall").field("progress", &self.progress).finish_non_exhaustive()
    }
}
