use std::fmt;

use biometry_gate::store::{StoreError, StoreErrorKind};
use redis::{ErrorKind, RedisError};

use crate::advice::advice;

/// The records cannot be used: met at start-up, and from [`RedisRecords::check`](crate::RedisRecords::check).
///
/// `Display` and `Debug` say which server it is about, what is wrong and how to mend it. Neither shows a user or a
/// password.
#[derive(Clone, PartialEq, Eq)]
pub struct ConnectError {
    kind: ConnectErrorKind,
    message: String,
}

/// What keeps the records from being used. New versions may add kinds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum ConnectErrorKind {
    /// The address, or another setting, makes no sense. Nothing was connected to.
    Settings,
    /// The server did not answer in time, or does not let this client in. Trying again may help.
    Unreachable,
    /// The server is not fit to keep records: the message names the setting or the version to change.
    Unfit,
}

impl ConnectError {
    pub(crate) fn settings(message: impl Into<String>) -> Self {
        Self { kind: ConnectErrorKind::Settings, message: message.into() }
    }

    pub(crate) fn unfit(message: impl Into<String>) -> Self {
        Self { kind: ConnectErrorKind::Unfit, message: message.into() }
    }

    pub(crate) fn too_late() -> Self {
        let message =
            "it has not answered in time: see whether host and port are right, and whether it expects TLS";
        Self { kind: ConnectErrorKind::Unreachable, message: message.to_owned() }
    }

    /// The same, with the server that it is about.
    pub(crate) fn about(self, place: &str) -> Self {
        match self.kind {
            ConnectErrorKind::Settings => self,
            kind => Self { kind, message: format!("Redis at {place}: {}", self.message) },
        }
    }

    pub(crate) fn moved() -> Self {
        let message = "the cluster is being rearranged: try again".to_owned();
        Self { kind: ConnectErrorKind::Unreachable, message }
    }

    /// What keeps the records from being used.
    pub fn kind(&self) -> ConnectErrorKind {
        self.kind
    }
}

impl From<RedisError> for ConnectError {
    fn from(error: RedisError) -> Self {
        let kind = match error.kind() {
            ErrorKind::InvalidClientConfig | ErrorKind::EmptySentinelList => ConnectErrorKind::Settings,
            _ => ConnectErrorKind::Unreachable,
        };
        Self { kind, message: advice(&error) }
    }
}

impl fmt::Display for ConnectError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

/// Programs that print it with `Debug` when they end say the same.
impl fmt::Debug for ConnectError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl std::error::Error for ConnectError {}

/// What an error means for the gate.
pub(crate) fn store_error(error: &RedisError, place: &str) -> StoreError {
    let kind = match (error.kind(), error.code()) {
        _ if error.is_timeout() => StoreErrorKind::Timeout,
        (_, Some("OOM")) => StoreErrorKind::Full,
        (_, Some("WRONGTYPE")) | (ErrorKind::Parse | ErrorKind::UnexpectedReturnType, _) => {
            StoreErrorKind::Corrupt
        }
        _ => StoreErrorKind::Unavailable,
    };
    StoreError::new(kind).with_source(format!("Redis at {place}: {}", advice(error)))
}
