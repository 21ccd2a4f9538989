//! What SQLite's errors mean, and what to do about them.

use biometry_gate::store::StoreErrorKind;

use crate::error::Fault;

impl Fault {
    /// What an error of SQLite's comes to.
    pub(super) fn of_file(error: &sqlx::Error, file: &str) -> Self {
        let code = match error {
            sqlx::Error::Database(answer) => answer.code().and_then(|code| code.parse().ok()),
            _ => None,
        };
        let (kind, words) = match (code, error) {
            (Some(code), _) => (kind(code), format!("code {code}: {}", advice(code))),
            (None, sqlx::Error::PoolTimedOut) => {
                (StoreErrorKind::Timeout, "other steps of this process held it for too long".to_owned())
            }
            (None, sqlx::Error::PoolClosed) => {
                (StoreErrorKind::Unavailable, "the store is closed".to_owned())
            }
            (None, sqlx::Error::ColumnDecode { .. } | sqlx::Error::Decode(_)) => {
                (StoreErrorKind::Corrupt, "a row is not one of this store's".to_owned())
            }
            (None, sqlx::Error::Io(error)) => (StoreErrorKind::Unavailable, error.kind().to_string()),
            _ => (StoreErrorKind::Unavailable, "the connection to it has failed".to_owned()),
        };
        Self::new(kind, format!("{file}: {words}"))
    }
}

/// The lowest byte of a code says what it is.
fn kind(code: i64) -> StoreErrorKind {
    match code & 0xff {
        BUSY | LOCKED => StoreErrorKind::Timeout,
        FULL => StoreErrorKind::Full,
        CORRUPT | NOT_A_DATABASE => StoreErrorKind::Corrupt,
        _ => StoreErrorKind::Unavailable,
    }
}

fn advice(code: i64) -> &'static str {
    match code & 0xff {
        BUSY | LOCKED => "another process holds it: see which",
        FULL => "the disk is full",
        CORRUPT => {
            "it is damaged, or its log (-wal) was removed or belongs to another file: put a backup in its place"
        }
        NOT_A_DATABASE => "it is no database of SQLite's: name another file",
        CANNOT_OPEN => {
            "it cannot be opened: its folder has to be there, and this process has to have rights on both"
        }
        READ_ONLY => "this process may not write to it, or not to its folder, where SQLite keeps the log",
        IO if code == SHORT_READ => {
            "it was replaced while a process had it open: stop all of them, then start again"
        }
        IO => "the disk or the file system has failed",
        _ => "SQLite's documentation lists the codes",
    }
}

const BUSY: i64 = 5;
const LOCKED: i64 = 6;
const READ_ONLY: i64 = 8;
const IO: i64 = 10;
const SHORT_READ: i64 = 522;
const CORRUPT: i64 = 11;
const FULL: i64 = 13;
const CANNOT_OPEN: i64 = 14;
const NOT_A_DATABASE: i64 = 26;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_say_what_it_is() {
        for (code, kind_of) in [
            (5, StoreErrorKind::Timeout),
            (517, StoreErrorKind::Timeout),
            (13, StoreErrorKind::Full),
            (779, StoreErrorKind::Corrupt),
            (1, StoreErrorKind::Unavailable),
        ] {
            assert_eq!(kind(code), kind_of, "{code}");
        }
        assert!(advice(1544).contains("folder") && advice(522).contains("replaced"));
    }
}
