use std::fmt;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, OnceLock};
use std::time::Duration;

use tokio::sync::Notify;
use tokio::time::{Instant, timeout_at};

use super::error::{CaptureError, CaptureErrorKind};

/// How an upload is getting on, for the code that supervises it while the body itself is in other hands.
///
/// Whatever happens first, completion or a failure, is what stays.
#[derive(Clone)]
pub(crate) struct Progress(Arc<Shared>);

struct Shared {
    outcome: OnceLock<Result<(), CaptureError>>,
    settled: Notify,
    file_bytes: AtomicU64,
    is_waiting: AtomicBool,
    /// Nanoseconds in which bytes had been handed out and no more were asked for.
    taking: AtomicU64,
    end: Instant,
}

impl Progress {
    pub(super) fn new(end: Instant) -> Self {
        Self(Arc::new(Shared {
            outcome: OnceLock::new(),
            settled: Notify::new(),
            file_bytes: AtomicU64::new(0),
            is_waiting: AtomicBool::new(false),
            taking: AtomicU64::new(0),
            end,
        }))
    }

    /// The failure, if the upload has failed.
    pub(crate) fn failure(&self) -> Option<CaptureError> {
        self.0.outcome.get()?.as_ref().err().cloned()
    }

    /// Whether the file, everything behind it and the body's end have been seen and accepted.
    pub(crate) fn is_complete(&self) -> bool {
        matches!(self.0.outcome.get(), Some(Ok(())))
    }

    /// Bytes of the file handed out so far.
    pub(crate) fn file_bytes(&self) -> u64 {
        self.0.file_bytes.load(Ordering::Relaxed)
    }

    /// How long bytes were being taken before more were asked for.
    pub(crate) fn waited_for_taker(&self) -> Duration {
        Duration::from_nanos(self.0.taking.load(Ordering::Relaxed))
    }

    pub(crate) fn add_taking(&self, time: Duration) {
        let nanos = u64::try_from(time.as_nanos()).unwrap_or(u64::MAX);
        self.0.taking.fetch_add(nanos, Ordering::Relaxed);
    }

    /// Whether the client's body had nothing to give when last asked.
    #[cfg(test)]
    pub(crate) fn waiting_for_client(&self) -> bool {
        self.0.is_waiting.load(Ordering::Relaxed)
    }

    /// Waits until the upload is complete or has failed.
    ///
    /// A file body that is not asked for more cannot tell the time, so this does: an upload that is neither when its
    /// total time is over has [`Stalled`](CaptureErrorKind::Stalled).
    ///
    /// # Errors
    ///
    /// The failure.
    pub(crate) async fn settled(&self) -> Result<(), CaptureError> {
        let _ = timeout_at(self.0.end + GRACE, self.wait()).await;
        // A client that kept us waiting to the end has been blamed by the body, which the timer would have woken.
        self.fail(CaptureErrorKind::Stalled.because("the upload was not taken in time"));
        self.0.outcome.get().cloned().unwrap_or(Ok(()))
    }

    pub(super) fn complete(&self) {
        self.settle(Ok(()));
    }

    pub(super) fn fail(&self, error: CaptureError) {
        self.settle(Err(error));
    }

    pub(super) fn add_file_bytes(&self, bytes: usize) -> u64 {
        let bytes = bytes as u64;
        self.0.file_bytes.fetch_add(bytes, Ordering::Relaxed) + bytes
    }

    pub(super) fn set_waiting(&self, is_waiting: bool) {
        self.0.is_waiting.store(is_waiting, Ordering::Relaxed);
    }

    fn settle(&self, outcome: Result<(), CaptureError>) {
        if self.0.outcome.set(outcome).is_ok() {
            self.0.settled.notify_waiters();
        }
    }

    async fn wait(&self) {
        let mut settled = std::pin::pin!(self.0.settled.notified());
        settled.as_mut().enable();
        if self.0.outcome.get().is_none() {
            settled.await;
        }
    }
}

impl fmt::Debug for Progress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Progress")
            .field("outcome", &self.0.outcome)
            .field("file_bytes", &self.file_bytes())
            .finish_non_exhaustive()
    }
}

/// How long after the end of the total time the body, where it is asked, may say itself who was slow.
const GRACE: Duration = Duration::from_millis(250);
