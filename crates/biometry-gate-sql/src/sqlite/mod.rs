//! SQLite: a file on this machine, in the process.

mod migrate;
mod options;

use std::fmt;
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use async_trait::async_trait;
use biometry_gate::clock::{Clock as _, SystemClock};
use biometry_gate::store::shared::{RecordId, Records, Snapshot, Tag, Write};
use biometry_gate::store::{StoreError, StoreErrorKind, StoreScope};
use sqlx::query::Query;
use sqlx::sqlite::{SqliteArguments, SqlitePoolOptions};
use sqlx::{Sqlite, SqlitePool};

pub use self::options::SqliteOptions;
use crate::error::{ConnectError, ConnectErrorKind, store_error};
use crate::row::{Found, snapshot, ticks};
use crate::sweep::{BATCH, Pace};

/// Records in a file of SQLite's. Clones share their connections.
///
/// Every write is one statement that compares and sets, and is on the disk before it counts: see the
/// [crate](crate#what-it-promises).
#[derive(Clone)]
pub struct SqliteRecords {
    inner: Arc<Inner>,
}

struct Inner {
    /// One connection: a file has one writer at a time, and queueing for it here is fair.
    writer: SqlitePool,
    readers: SqlitePool,
    time_limit: Duration,
    scope: StoreScope,
    pace: Pace,
}

impl SqliteRecords {
    /// Opens the file, makes it where there is none, and brings its tables up to date. Several processes may do so at
    /// once.
    ///
    /// # Errors
    /// When the file cannot be opened within the options' connect limit, its tables are of a newer version, or its file
    /// system cannot keep a log beside it. The message says what to do.
    pub async fn open(options: SqliteOptions) -> Result<Self, ConnectError> {
        options.make_private_file()?;
        let writer = SqlitePoolOptions::new().max_connections(1).acquire_timeout(options.connect_limit);
        let readers =
            SqlitePoolOptions::new().max_connections(READERS).acquire_timeout(options.connect_limit);
        let inner = Inner {
            writer: writer.test_before_acquire(false).connect_lazy_with(options.writer()),
            readers: readers.test_before_acquire(false).connect_lazy_with(options.reader()),
            time_limit: options.time_limit,
            scope: options.scope,
            pace: Pace::new(),
        };
        let started = async {
            let mut connection =
                inner.writer.acquire().await.map_err(|error| ConnectError::unreachable(&error))?;
            migrate::run(&mut connection).await?;
            check(&mut connection).await
        };
        match tokio::time::timeout(options.connect_limit, started).await {
            Ok(outcome) => outcome.map(|()| Self { inner: Arc::new(inner) }),
            Err(_) => Err(ConnectError::new(
                ConnectErrorKind::Unreachable,
                "the database's file stayed locked: see which other process holds it",
            )),
        }
    }

    /// Removes records that have run out, 500 at the most, and answers how many. The store does so by itself, once a
    /// minute while it writes.
    ///
    /// # Errors
    /// When the file stays locked, or cannot be written.
    pub async fn sweep(&self) -> Result<u64, StoreError> {
        let removed = self.execute(sqlx::query(SWEEP).bind(i64::from(BATCH))).await?;
        self.inner.pace.note(removed);
        Ok(removed)
    }

    /// Closes the file. Whatever is asked afterwards is refused.
    pub async fn close(&self) {
        self.inner.readers.close().await;
        self.inner.writer.close().await;
    }

    async fn find(&self, id: &[u8]) -> Result<Found, StoreError> {
        let statement = sqlx::query_as::<_, Found>(LOAD).bind(id);
        self.bounded(statement.fetch_one(&self.inner.readers)).await
    }

    async fn execute(&self, statement: Query<'_, Sqlite, SqliteArguments>) -> Result<u64, StoreError> {
        let done = self.bounded(statement.execute(&self.inner.writer)).await?;
        Ok(done.rows_affected())
    }

    async fn bounded<T>(&self, step: impl Future<Output = Result<T, sqlx::Error>>) -> Result<T, StoreError> {
        match tokio::time::timeout(self.inner.time_limit, step).await {
            Ok(outcome) => outcome.map_err(store_error),
            Err(_) => Err(StoreError::new(StoreErrorKind::Timeout)),
        }
    }

    fn sweep_when_due(&self) {
        if self.inner.pace.is_due() {
            let records = self.clone();
            // What it does not get done is done a minute later.
            tokio::spawn(async move { records.sweep().await });
        }
    }
}

#[async_trait]
impl Records for SqliteRecords {
    async fn load(&self, id: &RecordId) -> Result<Snapshot, StoreError> {
        snapshot(self.find(id.as_bytes()).await?, TICK)
    }

    async fn swap(&self, id: &RecordId, seen: Option<&Tag>, write: Write) -> Result<bool, StoreError> {
        let (id, seen) = (id.as_bytes().as_slice(), seen.map(|tag| tag.as_bytes().as_slice()));
        let until = now() + ticks(self.inner.time_limit, TICK);
        let written = match (seen, &write) {
            (None, Write::Put { record, keep }) => {
                let statement = sqlx::query(INSERT).bind(id).bind(until);
                let statement = statement.bind(record.tag().as_bytes().as_slice()).bind(record.bytes());
                self.execute(statement.bind(keep.map(|keep| ticks(keep, TICK)))).await?
            }
            (Some(seen), Write::Put { record, keep }) => {
                let statement = sqlx::query(UPDATE).bind(id).bind(until).bind(seen);
                let statement = statement.bind(record.tag().as_bytes().as_slice()).bind(record.bytes());
                self.execute(statement.bind(keep.map(|keep| ticks(keep, TICK)))).await?
            }
            (Some(seen), Write::Remove) => {
                self.execute(sqlx::query(DELETE).bind(id).bind(until).bind(seen)).await?
            }
            (None, Write::Remove) => return Ok(self.find(id).await?.1.is_none()),
        };
        self.sweep_when_due();
        Ok(written == 1)
    }

    fn scope(&self) -> StoreScope {
        self.inner.scope
    }
}

/// Whether the file keeps its log beside it, and every commit reaches the disk.
async fn check(connection: &mut sqlx::SqliteConnection) -> Result<(), ConnectError> {
    let unreachable = |error: sqlx::Error| ConnectError::unreachable(&error);
    let journal: String =
        sqlx::query_scalar("PRAGMA journal_mode").fetch_one(&mut *connection).await.map_err(unreachable)?;
    let synchronous: i64 =
        sqlx::query_scalar("PRAGMA synchronous").fetch_one(connection).await.map_err(unreachable)?;
    if journal == "wal" && synchronous >= FULL {
        return Ok(());
    }
    Err(ConnectError::new(
        ConnectErrorKind::NotDurable,
        "the database's file system cannot keep a write-ahead log: use a folder on a disk of this machine",
    ))
}

impl fmt::Debug for SqliteRecords {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SqliteRecords").field("scope", &self.inner.scope).finish_non_exhaustive()
    }
}

/// The machine's clock in the database's ticks, which SQLite reads, too.
fn now() -> i64 {
    let since = SystemClock.now().duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default();
    i64::try_from(since.as_millis()).unwrap_or(i64::MAX)
}

/// How fine the database's clock is.
const TICK: Duration = Duration::from_millis(1);
const READERS: u32 = 4;
const FULL: i64 = 2;

// `unixepoch` is the machine's clock, the same for every process on it; within one statement it stands still.
const LOAD: &str = "\
SELECT CAST(round(unixepoch('subsec') * 1000) AS INTEGER), kept.tag, kept.record
FROM (SELECT 1)
LEFT JOIN biometry_gate_records AS kept
  ON kept.id = ?1
  AND (kept.expires_at IS NULL OR kept.expires_at > CAST(round(unixepoch('subsec') * 1000) AS INTEGER))";

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
