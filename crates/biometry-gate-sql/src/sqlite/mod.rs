//! SQLite: a file on this machine, in the process.

mod fault;
mod migrate;
mod options;

use std::fmt;
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use async_trait::async_trait;
use biometry_gate::clock::{Clock as _, SystemClock};
use biometry_gate::entropy::{Entropy as _, OsEntropy};
use biometry_gate::store::shared::{RecordId, Records, Snapshot, Tag, Write};
use biometry_gate::store::{StoreError, StoreErrorKind, StoreScope};
use sqlx::sqlite::SqlitePoolOptions;
use sqlx::{Connection as _, SqliteConnection, SqlitePool};
use tokio::time::{sleep, timeout};

pub use self::options::SqliteOptions;
use crate::error::{ConnectError, ConnectErrorKind, Fault};
use crate::kept::{Change, Database, Kept, Row};
use crate::row::{Found, ticks};

/// Records in a file of SQLite's. Clones share their connections.
///
/// Every write is one statement that compares and sets, and is on the disk before it counts: see the
/// [crate](crate#what-it-promises).
#[derive(Clone)]
pub struct SqliteRecords {
    inner: Arc<Kept<Sqlite>>,
}

struct Sqlite {
    /// One connection: a file has one writer at a time, and queueing for it here is fair.
    writer: SqlitePool,
    readers: SqlitePool,
    time_limit: Duration,
    scope: StoreScope,
    file: String,
}

impl SqliteRecords {
    /// Opens the file, makes it where there is none, and brings its tables up to date. A record of its own is written and
    /// removed on the way. Several processes may do so at once: one waits for the other.
    ///
    /// # Errors
    /// When the file cannot be opened and written within the options' connect limit, its tables are of a newer version, or
    /// its file system cannot keep a log beside it. The message says what to do.
    pub async fn open(options: SqliteOptions) -> Result<Self, ConnectError> {
        options.make_private_file()?;
        let writer = SqlitePoolOptions::new().max_connections(1).acquire_timeout(options.connect_limit);
        let readers =
            SqlitePoolOptions::new().max_connections(READERS).acquire_timeout(options.connect_limit);
        let sqlite = Sqlite {
            writer: writer.test_before_acquire(false).connect_lazy_with(options.writer()),
            readers: readers.test_before_acquire(false).connect_lazy_with(options.reader()),
            time_limit: options.time_limit,
            scope: options.scope,
            file: options.to_string(),
        };
        match timeout(options.connect_limit, sqlite.start()).await {
            Ok(outcome) => outcome.map(|()| Self { inner: Arc::new(Kept::new(sqlite, options.time_limit)) }),
            Err(_) => Err(ConnectError::new(
                ConnectErrorKind::Unreachable,
                format!(
                    "{options} stayed locked for {:?}: see which other process holds it",
                    options.connect_limit
                ),
            )),
        }
    }

    /// Removes at most 500 records that have run out, and answers how many. The store does so by itself, once a
    /// minute while it writes.
    ///
    /// # Errors
    /// When the file stays locked, or cannot be written.
    pub async fn sweep(&self) -> Result<u64, StoreError> {
        self.inner.sweep().await
    }

    /// Closes the file, and moves what is in its log into it: from then on the file alone is the whole state. Later requests
    /// are refused.
    pub async fn close(&self) {
        let Sqlite { writer, readers, .. } = &self.inner.database;
        // The last connection to close moves the log, and a reader may not write.
        readers.close().await;
        writer.close().await;
    }
}

impl Sqlite {
    /// Waits for other processes that make the tables, too: SQLite does not wait for a lock that it needs to change how it
    /// keeps its log.
    async fn start(&self) -> Result<(), ConnectError> {
        loop {
            match self.prepare().await {
                Err(Unprepared::Locked) => sleep(LOCK_PAUSE).await,
                Err(Unprepared::For(problem)) => return Err(problem),
                Ok(()) => return Ok(()),
            }
        }
    }

    async fn prepare(&self) -> Result<(), Unprepared> {
        let mut connection = self.writer.acquire().await.map_err(|error| self.unprepared(&error))?;
        migrate::run(&mut connection, |error| self.unprepared(&error)).await?;
        check(&mut connection).await.map_err(|error| self.unprepared(&error))??;
        probe(&mut connection).await.map_err(|error| self.unprepared(&error))
    }

    fn unprepared(&self, error: &sqlx::Error) -> Unprepared {
        let fault = self.fault(error);
        if fault.kind == StoreErrorKind::Timeout { Unprepared::Locked } else { Unprepared::For(fault.into()) }
    }

    fn fault(&self, error: &sqlx::Error) -> Fault {
        Fault::of_file(error, &self.file)
    }
}

/// Why the file is not ready for use.
enum Unprepared {
    /// Another process has locked it at the moment.
    Locked,
    For(ConnectError),
}

impl From<ConnectError> for Unprepared {
    fn from(problem: ConnectError) -> Self {
        Self::For(problem)
    }
}

impl Database for Sqlite {
    const TICK: Duration = Duration::from_millis(1);

    async fn find(&self, id: &[u8], beside: Option<&[u8]>) -> Result<Found, StoreError> {
        let found = sqlx::query_as::<_, Found>(LOAD).bind(id).bind(beside).fetch_one(&self.readers).await;
        Ok(found.map_err(|error| self.fault(&error))?)
    }

    async fn execute(&self, change: &Change<'_>) -> Result<u64, StoreError> {
        let until = now() + ticks(self.time_limit, Self::TICK);
        let statement = match *change {
            Change::Insert { id, row: Row { tag, record, keep } } => {
                sqlx::query(INSERT).bind(id).bind(until).bind(tag).bind(record).bind(keep)
            }
            Change::Update { id, seen, row: Row { tag, record, keep } } => {
                sqlx::query(UPDATE).bind(id).bind(until).bind(seen).bind(tag).bind(record).bind(keep)
            }
            Change::Delete { id, seen } => sqlx::query(DELETE).bind(id).bind(until).bind(seen),
            Change::Sweep { most } => sqlx::query(SWEEP).bind(most),
        };
        let done = statement.execute(&self.writer).await.map_err(|error| self.fault(&error))?;
        Ok(done.rows_affected())
    }
}

#[async_trait]
impl Records for SqliteRecords {
    async fn load(&self, id: &RecordId) -> Result<Snapshot, StoreError> {
        self.inner.load(id).await
    }

    async fn load_both(&self, id: &RecordId, beside: &RecordId) -> Result<[Snapshot; 2], StoreError> {
        self.inner.load_both(id, beside).await
    }

    async fn swap(&self, id: &RecordId, seen: Option<&Tag>, write: Write) -> Result<bool, StoreError> {
        self.inner.swap(id, seen, write).await
    }

    fn scope(&self) -> StoreScope {
        self.inner.database.scope
    }
}

/// Whether the file keeps its log beside it, and every commit reaches the disk.
async fn check(connection: &mut SqliteConnection) -> Result<Result<(), ConnectError>, sqlx::Error> {
    let journal: String = sqlx::query_scalar("PRAGMA journal_mode").fetch_one(&mut *connection).await?;
    let synchronous: i64 = sqlx::query_scalar("PRAGMA synchronous").fetch_one(connection).await?;
    if journal == "wal" && synchronous >= FULL {
        return Ok(Ok(()));
    }
    Ok(Err(ConnectError::new(
        ConnectErrorKind::NotDurable,
        "the database's file system cannot keep a write-ahead log: use a folder on a disk of this machine",
    )))
}

/// Writes a record of its own and removes it again.
async fn probe(connection: &mut SqliteConnection) -> Result<(), sqlx::Error> {
    let mut bytes = [0; ID + Tag::LEN];
    OsEntropy.fill(&mut bytes).map_err(|_| sqlx::Error::WorkerCrashed)?;
    let (id, tag) = bytes.split_at(ID);
    let mut transaction = connection.begin_with("BEGIN IMMEDIATE").await?;
    let put = sqlx::query(INSERT).bind(id).bind(i64::MAX).bind(tag).bind(b"probe".as_slice()).bind(60_000);
    put.execute(&mut *transaction).await?;
    sqlx::query(DELETE).bind(id).bind(i64::MAX).bind(tag).execute(&mut *transaction).await?;
    transaction.commit().await
}

impl fmt::Debug for SqliteRecords {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SqliteRecords").field("scope", &self.inner.database.scope).finish_non_exhaustive()
    }
}

/// The machine's clock in the database's ticks, which SQLite reads, too.
fn now() -> i64 {
    let since = SystemClock.now().duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default();
    i64::try_from(since.as_millis()).unwrap_or(i64::MAX)
}

const READERS: u32 = 4;
const LOCK_PAUSE: Duration = Duration::from_millis(5);
/// How long a record's id is.
const ID: usize = 32;
const FULL: i64 = 2;

// `unixepoch` is the machine's clock, the same for every process on it; within one statement it stands still.
const LOAD: &str = "\
SELECT CAST(round(unixepoch('subsec') * 1000) AS INTEGER), kept.tag, kept.record, beside.tag, beside.record
FROM (SELECT 1)
LEFT JOIN biometry_gate_records AS kept
  ON kept.id = ?1
  AND (kept.expires_at IS NULL OR kept.expires_at > CAST(round(unixepoch('subsec') * 1000) AS INTEGER))
LEFT JOIN biometry_gate_records AS beside
  ON beside.id = ?2
  AND (beside.expires_at IS NULL OR beside.expires_at > CAST(round(unixepoch('subsec') * 1000) AS INTEGER))";

// A statement that waits for the file goes on waiting after its caller has given up, and the lock may come to it then: no
// write happens after `?2`, the end of its time.

// A record that has run out counts as none, and one that carries the new tag was written by this very statement before.
const INSERT: &str = "\
INSERT INTO biometry_gate_records (id, tag, record, expires_at)
SELECT ?1, ?3, ?4, CAST(round(unixepoch('subsec') * 1000) AS INTEGER) + ?5
WHERE CAST(round(unixepoch('subsec') * 1000) AS INTEGER) <= ?2
ON CONFLICT (id) DO UPDATE
SET tag = excluded.tag, record = excluded.record, expires_at = excluded.expires_at
WHERE biometry_gate_records.expires_at <= CAST(round(unixepoch('subsec') * 1000) AS INTEGER)
  OR biometry_gate_records.tag = excluded.tag";

const UPDATE: &str = "\
UPDATE biometry_gate_records
SET tag = ?4, record = ?5, expires_at = CAST(round(unixepoch('subsec') * 1000) AS INTEGER) + ?6
WHERE id = ?1 AND tag IN (?3, ?4)
  AND CAST(round(unixepoch('subsec') * 1000) AS INTEGER) <= ?2
  AND (expires_at IS NULL OR expires_at > CAST(round(unixepoch('subsec') * 1000) AS INTEGER))";

const DELETE: &str = "\
DELETE FROM biometry_gate_records
WHERE id = ?1 AND tag = ?3
  AND CAST(round(unixepoch('subsec') * 1000) AS INTEGER) <= ?2
  AND (expires_at IS NULL OR expires_at > CAST(round(unixepoch('subsec') * 1000) AS INTEGER))";

const SWEEP: &str = "\
DELETE FROM biometry_gate_records WHERE id IN (
  SELECT id FROM biometry_gate_records
  WHERE expires_at <= CAST(round(unixepoch('subsec') * 1000) AS INTEGER)
  ORDER BY expires_at LIMIT ?1)";
