use std::fmt;

/// The store could not do what was asked. The gate refuses.
#[derive(Debug)]
pub struct StoreError {
    kind: StoreErrorKind,
    source: Option<Box<dyn std::error::Error + Send + Sync>>,
}

/// What kept the store from answering.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum StoreErrorKind {
    /// It cannot be reached, or it failed.
    Unavailable,
    /// It did not answer in time. Whether it did what was asked is not known.
    Timeout,
    /// It has no room left for another subject.
    Full,
    /// What it holds cannot be read: written by a newer version, or damaged.
    Corrupt,
    /// Too many others wrote at the same time.
    Contended,
}

impl StoreError {
    /// An error of this kind.
    pub fn new(kind: StoreErrorKind) -> Self {
        Self { kind, source: None }
    }

    /// Adds the cause. It may be logged: it must not hold keys, subjects or phrases.
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
