//! What keeps a store from answering.

use std::fmt;

/// The store could not do what was asked. The gate refuses with 503 `store-unavailable`, and logs the kind and the
/// cause.
///
/// Authors of databases make them; the kind says what the gate may conclude.
///
/// ```
/// use biometry_gate::store::{StoreError, StoreErrorKind};
///
/// let error = StoreError::new(StoreErrorKind::Unavailable).with_source("connection refused");
/// assert_eq!(error.kind(), StoreErrorKind::Unavailable);
/// assert_eq!(error.to_string(), "the store is unavailable");
/// ```
#[derive(Debug)]
pub struct StoreError {
    kind: StoreErrorKind,
    source: Option<Box<dyn std::error::Error + Send + Sync>>,
}

/// What kept the store from answering. New versions may add kinds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum StoreErrorKind {
    /// It cannot be reached, or it failed. A write may have happened or not.
    Unavailable,
    /// It did not answer in time. Whether it did what was asked is not known.
    Timeout,
    /// It has no room left for another subject. Raise [`MemoryStore::capacity`](super::MemoryStore::capacity), or give
    /// the database room.
    Full,
    /// What it holds cannot be read: a newer version wrote it, another secret sealed it, it was put back from an
    /// earlier state, or it is damaged. The gate never takes it for empty.
    Corrupt,
    /// Too many others wrote to the same record at the same time, so that every attempt was overtaken.
    Contended,
}

impl StoreError {
    /// An error of this kind, without a cause.
    pub fn new(kind: StoreErrorKind) -> Self {
        Self { kind, source: None }
    }

    /// Adds the cause. The gate logs it: it must not hold keys, subjects or phrases.
    #[must_use]
    pub fn with_source(mut self, source: impl Into<Box<dyn std::error::Error + Send + Sync>>) -> Self {
        self.source = Some(source.into());
        self
    }

    /// The cause in words, for the log.
    pub(crate) fn cause(&self) -> Option<tracing::field::DisplayValue<String>> {
        self.source.as_ref().map(|source| tracing::field::display(source.to_string()))
    }

    /// What kept the store from answering.
    pub fn kind(&self) -> StoreErrorKind {
        self.kind
    }
}

impl fmt::Display for StoreError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self.kind {
            StoreErrorKind::Unavailable => "the store is unavailable",
            StoreErrorKind::Timeout => "the store did not answer in time",
            StoreErrorKind::Full => "the store is full",
            StoreErrorKind::Corrupt => "the store holds a record that cannot be read",
            StoreErrorKind::Contended => "the store is contended",
        })
    }
}

impl std::error::Error for StoreError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        self.source.as_ref().map(|source| &**source as _)
    }
}
