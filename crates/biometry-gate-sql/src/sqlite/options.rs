use std::fmt;
use std::io;
use std::path::{Path, PathBuf};
use std::time::Duration;

use biometry_gate::store::StoreScope;
use sqlx::ConnectOptions as _;
use sqlx::sqlite::{SqliteConnectOptions, SqliteJournalMode, SqliteSynchronous};

use crate::error::{ConnectError, ConnectErrorKind};

/// Which file it is, who shares it, and how long to wait for it.
///
/// ```
/// use biometry_gate_sql::SqliteOptions;
///
/// let options = SqliteOptions::parse("sqlite:/var/lib/bank/gate.db")?;
/// # let _ = options;
/// # Ok::<(), biometry_gate_sql::ConnectError>(())
/// ```
#[derive(Clone)]
pub struct SqliteOptions {
    file: PathBuf,
    pub(super) scope: StoreScope,
    pub(super) time_limit: Duration,
    pub(super) connect_limit: Duration,
}

impl SqliteOptions {
    /// Reads `sqlite:` and the path of a file, absolute or from the current folder. What is kept in memory only would not
    /// survive a restart, and is refused.
    ///
    /// # Errors
    /// When it names no file.
    pub fn parse(url: &str) -> Result<Self, ConnectError> {
        let path = url.strip_prefix("sqlite:").map(|path| path.strip_prefix("//").unwrap_or(path));
        match path {
            Some(path) if !path.is_empty() && !path.starts_with(':') && !path.contains(['?', '%', '#']) => {
                Ok(Self::file(path))
            }
            _ => Err(ConnectError::new(
                ConnectErrorKind::Address,
                "expected sqlite: and the path of a file on a disk of this machine, without ?, % and #",
            )),
        }
    }

    /// The store in this file.
    pub fn file(path: impl AsRef<Path>) -> Self {
        Self {
            file: path.as_ref().to_owned(),
            scope: StoreScope::Process,
            time_limit: DEFAULT_TIME_LIMIT,
            connect_limit: DEFAULT_CONNECT_LIMIT,
        }
    }

    /// Says that all replicas of the host run on this machine and open this file, so that the store is shared by all of
    /// them ([`StoreScope::Shared`]). Without it the store counts as one process's own, and a gate that knows of several
    /// replicas refuses it: replicas on other machines would not see it. The file must not lie on a network file system.
    #[must_use]
    pub fn shared_on_this_machine(mut self) -> Self {
        self.scope = StoreScope::Shared;
        self
    }

    /// How long a statement may take, waiting for the file's one writer included; 250 ms by default.
    #[must_use]
    pub fn time_limit(mut self, limit: Duration) -> Self {
        self.time_limit = limit.max(Duration::from_millis(1));
        self
    }

    /// How long [`open`](super::SqliteRecords::open) may take altogether; 10 s by default.
    #[must_use]
    pub fn connect_limit(mut self, limit: Duration) -> Self {
        self.connect_limit = limit;
        self
    }

    /// Makes the file where there is none, for this user alone; SQLite gives its log the same permissions.
    pub(super) fn make_private_file(&self) -> Result<(), ConnectError> {
        let mut file = std::fs::OpenOptions::new();
        file.append(true).create(true);
        #[cfg(unix)]
        std::os::unix::fs::OpenOptionsExt::mode(&mut file, 0o600);
        file.open(&self.file).map(drop).map_err(|error| {
            let why = match error.kind() {
                io::ErrorKind::NotFound => "its folder does not exist: make it".to_owned(),
                io::ErrorKind::PermissionDenied | io::ErrorKind::ReadOnlyFilesystem => {
                    "this process may not write to it, or not to its folder, where SQLite keeps the log"
                        .to_owned()
                }
                io::ErrorKind::IsADirectory => "it is a folder: name a file in it".to_owned(),
                kind => kind.to_string(),
            };
            ConnectError::new(
                ConnectErrorKind::Unreachable,
                format!("{self} cannot be opened for writing: {why}"),
            )
        })
    }

    pub(super) fn writer(&self) -> SqliteConnectOptions {
        SqliteConnectOptions::new()
            .filename(&self.file)
            .journal_mode(SqliteJournalMode::Wal)
            .synchronous(SqliteSynchronous::Full)
            // Where a plain flush does not reach the disk.
            .pragma("fullfsync", "1")
            .pragma("cell_size_check", "1")
            // A statement does not wait for a lock longer than its operation does.
            .busy_timeout(self.time_limit)
            .disable_statement_logging()
    }

    pub(super) fn reader(&self) -> SqliteConnectOptions {
        self.writer().pragma("query_only", "1")
    }
}

/// Which file it is, for people.
impl fmt::Display for SqliteOptions {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "the SQLite file {}", self.file.display())
    }
}

impl fmt::Debug for SqliteOptions {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SqliteOptions")
            .field("scope", &self.scope)
            .field("time_limit", &self.time_limit)
            .field("connect_limit", &self.connect_limit)
            .finish_non_exhaustive()
    }
}

const DEFAULT_TIME_LIMIT: Duration = Duration::from_millis(250);
const DEFAULT_CONNECT_LIMIT: Duration = Duration::from_secs(10);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_is_a_file_and_memory_is_none() {
        for (url, path) in [
            ("sqlite:/var/lib/gate.db", "/var/lib/gate.db"),
            ("sqlite:///var/lib/gate.db", "/var/lib/gate.db"),
            ("sqlite:gate.db", "gate.db"),
        ] {
            assert_eq!(SqliteOptions::parse(url).unwrap().file, Path::new(path));
        }
        for url in ["", "sqlite:", "sqlite://", "sqlite::memory:", "sqlite:x?mode=memory", "file:x"] {
            assert_eq!(SqliteOptions::parse(url).unwrap_err().kind(), ConnectErrorKind::Address, "{url}");
        }
    }
}
