use std::fmt;

use biometry_gate::store::{StoreError, StoreErrorKind};
use redis::{ErrorKind, RedisError};

/// The records cannot be used. The message says why, and how to mend it; it shows neither the address nor a password.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ConnectError {
    kind: ConnectErrorKind,
    message: String,
}

/// What keeps the records from being used.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum ConnectErrorKind {
    /// The address, or another setting, makes no sense.
    Settings,
    /// Nobody answered in time, or somebody who does not let us in.
    Unreachable,
    /// The server is not fit to keep records: the message names its setting or version.
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
        Self { kind: ConnectErrorKind::Unreachable, message: "nobody has answered in time".to_owned() }
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
        Self { kind, message: Failure::of(&error).to_string() }
    }
}

impl fmt::Display for ConnectError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

impl std::error::Error for ConnectError {}

/// What went wrong, in words that hold no key, no record, no address and no password.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Failure {
    category: String,
    code: Option<String>,
}

impl Failure {
    pub(crate) fn of(error: &RedisError) -> Self {
        Self { category: error.category().to_owned(), code: error.code().map(str::to_owned) }
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.code {
            Some(code) => write!(f, "redis: {} ({code})", self.category),
            None => write!(f, "redis: {}", self.category),
        }
    }
}

impl std::error::Error for Failure {}

/// What an error means for the gate.
pub(crate) fn store_error(error: &RedisError) -> StoreError {
    let kind = match (error.kind(), error.code()) {
        _ if error.is_timeout() => StoreErrorKind::Timeout,
        (_, Some("OOM")) => StoreErrorKind::Full,
        (_, Some("WRONGTYPE")) | (ErrorKind::Parse | ErrorKind::UnexpectedReturnType, _) => {
            StoreErrorKind::Corrupt
        }
        _ => StoreErrorKind::Unavailable,
    };
    StoreError::new(kind).with_source(Failure::of(error))
}
