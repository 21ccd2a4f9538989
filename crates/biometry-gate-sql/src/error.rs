//! What can go wrong: at the start in words that help, later with a cause for the log.

use std::fmt;

use biometry_gate::store::{StoreError, StoreErrorKind};

/// The database cannot be used as it is.
///
/// The message says which server it is about, what is wrong and how to mend it. It holds no password and no user.
pub struct ConnectError {
    kind: ConnectErrorKind,
    problem: String,
}

/// What keeps a database from being used. New versions may add kinds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum ConnectErrorKind {
    /// Its address makes no sense, or has a parameter that is not known.
    Address,
    /// The way to it is not protected by TLS with a checked certificate.
    Insecure,
    /// It cannot be reached, it refuses the login, its rights do not suffice, or it did not answer in time.
    Unreachable,
    /// It could lose writes that it has acknowledged; the message names the setting to change.
    NotDurable,
    /// A newer version of this crate has arranged its tables. Update this replica.
    NewerSchema,
}

impl ConnectError {
    pub(crate) fn new(kind: ConnectErrorKind, problem: impl Into<String>) -> Self {
        Self { kind, problem: problem.into() }
    }

    /// What keeps it from being used.
    pub fn kind(&self) -> ConnectErrorKind {
        self.kind
    }
}

impl From<Fault> for ConnectError {
    fn from(fault: Fault) -> Self {
        Self::new(ConnectErrorKind::Unreachable, fault.message)
    }
}

impl fmt::Display for ConnectError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.problem)
    }
}

/// Programs that print it with `Debug` when they end say the same.
impl fmt::Debug for ConnectError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl std::error::Error for ConnectError {}

/// A step that the database did not take. The message is this crate's: a database's own words may quote what was sent.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Fault {
    pub(crate) kind: StoreErrorKind,
    pub(crate) message: String,
    pub(crate) connection: Connection,
}

/// What a fault means for the connection that it came over.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Connection {
    /// It is as good as before.
    Good,
    /// It is of no more use. The step did not happen.
    #[cfg(feature = "postgres")]
    Useless,
    /// It broke. Whether the step has happened is not known.
    #[cfg(feature = "postgres")]
    Broken,
}

impl Fault {
    pub(crate) fn new(kind: StoreErrorKind, message: impl Into<String>) -> Self {
        Self { kind, message: message.into(), connection: Connection::Good }
    }
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

impl std::error::Error for Fault {}

impl From<Fault> for StoreError {
    fn from(fault: Fault) -> Self {
        Self::new(fault.kind).with_source(fault)
    }
}
