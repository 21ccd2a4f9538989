//! What can go wrong: at start-up, with words for people; later, with a code at the most.

use std::fmt;

use biometry_gate::store::{StoreError, StoreErrorKind};

/// The database cannot be used as it is. The message says how to mend it, and holds neither addresses nor passwords.
#[derive(Debug)]
pub struct ConnectError {
    kind: ConnectErrorKind,
    problem: String,
}

/// What keeps a database from being used.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum ConnectErrorKind {
    /// Its address makes no sense.
    Address,
    /// The way to it is not protected.
    Insecure,
    /// It cannot be reached, it turns the caller away, or it did not answer in time.
    Unreachable,
    /// It could lose what it has acknowledged.
    NotDurable,
    /// A newer version of this crate has arranged its tables.
    NewerSchema,
}

impl ConnectError {
    pub(crate) fn new(kind: ConnectErrorKind, problem: impl Into<String>) -> Self {
        Self { kind, problem: problem.into() }
    }

    /// For steps of the start-up that the database did not take.
    pub(crate) fn unreachable(error: &sqlx::Error) -> Self {
        Self::new(ConnectErrorKind::Unreachable, format!("the database cannot be used: {}", Fault::of(error)))
    }

    /// What keeps it from being used.
    pub fn kind(&self) -> ConnectErrorKind {
        self.kind
    }
}

impl fmt::Display for ConnectError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.problem)
    }
}

impl std::error::Error for ConnectError {}

/// What is told of a database's error. Its own words are not: they may quote what was sent.
#[derive(Debug)]
struct Fault(String);

impl Fault {
    fn of(error: &sqlx::Error) -> Self {
        Self(match error {
            sqlx::Error::Database(answer) => match answer.code() {
                Some(code) => format!("it answers with code {code}"),
                None => "it answers with an error".to_owned(),
            },
            sqlx::Error::Io(error) => error.kind().to_string(),
            sqlx::Error::Tls(_) => {
                "no TLS connection could be agreed on, or this program has no TLS for it: the feature \
                                    `tls-ring` of biometry-gate-sql or a TLS feature of sqlx switches it on"
                    .to_owned()
            }
            sqlx::Error::PoolTimedOut => "no connection in time".to_owned(),
            sqlx::Error::PoolClosed | sqlx::Error::WorkerCrashed => "the connections are closed".to_owned(),
            sqlx::Error::Configuration(_) => "its address makes no sense".to_owned(),
            _ => "it does not answer as expected".to_owned(),
        })
    }
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for Fault {}

/// What the gate is told of a step that failed.
#[expect(clippy::needless_pass_by_value, reason = "the shape that `map_err` asks for")]
pub(crate) fn store_error(error: sqlx::Error) -> StoreError {
    StoreError::new(kind(&error)).with_source(Fault::of(&error))
}

fn kind(error: &sqlx::Error) -> StoreErrorKind {
    match error {
        sqlx::Error::PoolTimedOut => StoreErrorKind::Timeout,
        sqlx::Error::ColumnDecode { .. } | sqlx::Error::Decode(_) => StoreErrorKind::Corrupt,
        sqlx::Error::Database(answer) => {
            answer.code().map_or(StoreErrorKind::Unavailable, |code| of_code(&code))
        }
        _ => StoreErrorKind::Unavailable,
    }
}

/// PostgreSQL's codes have five characters; SQLite's are numbers whose lowest byte says what it is.
fn of_code(code: &str) -> StoreErrorKind {
    match (code, code.parse().map(|code: i64| code & 0xff)) {
        // Cancelled because of a time limit; a lock that was not to be had in time.
        ("57014" | "55P03", _) => StoreErrorKind::Timeout,
        // The disk is full.
        ("53100", _) => StoreErrorKind::Full,
        // Data that the server itself finds damaged.
        ("XX001" | "XX002", _) => StoreErrorKind::Corrupt,
        (code, Ok(primary)) if code.len() < 5 => of_sqlite(primary),
        _ => StoreErrorKind::Unavailable,
    }
}

fn of_sqlite(primary: i64) -> StoreErrorKind {
    const BUSY: i64 = 5;
    const LOCKED: i64 = 6;
    const CORRUPT: i64 = 11;
    const FULL: i64 = 13;
    const NOT_A_DATABASE: i64 = 26;
    match primary {
        BUSY | LOCKED => StoreErrorKind::Timeout,
        FULL => StoreErrorKind::Full,
        CORRUPT | NOT_A_DATABASE => StoreErrorKind::Corrupt,
        _ => StoreErrorKind::Unavailable,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_say_what_it_is() {
        for (code, kind) in [
            ("57014", StoreErrorKind::Timeout),
            ("55P03", StoreErrorKind::Timeout),
            ("53100", StoreErrorKind::Full),
            ("57P01", StoreErrorKind::Unavailable),
            ("42501", StoreErrorKind::Unavailable),
            ("5", StoreErrorKind::Timeout),
            ("517", StoreErrorKind::Timeout),
            ("13", StoreErrorKind::Full),
            ("779", StoreErrorKind::Corrupt),
            ("1", StoreErrorKind::Unavailable),
        ] {
            assert_eq!(of_code(code), kind, "{code}");
        }
    }
}
