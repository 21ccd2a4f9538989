//! PostgreSQL: every replica on one database.

mod check;
mod feed;
mod lease;
mod migrate;
mod options;

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use biometry_gate::store::shared::{RecordId, Records, Snapshot, Tag, Write};
use biometry_gate::store::{StoreError, StoreErrorKind};
use sqlx::postgres::{PgArguments, PgConnectOptions, PgPoolOptions};
use sqlx::query::Query;
use sqlx::{PgPool, Postgres};

use self::lease::Lease;
pub use self::options::PostgresOptions;
use crate::error::{ConnectError, ConnectErrorKind, store_error};
use crate::row::{Found, snapshot, ticks};
use crate::sweep::{BATCH, Pace};

/// Records in a PostgreSQL database. Clones share their connections.
///
/// Every write is one statement that compares and sets, and is on the disk before it counts: see the
/// [crate](crate#what-it-promises).
#[derive(Clone)]
pub struct PostgresRecords {
    inner: Arc<Inner>,
}

struct Inner {
    pool: PgPool,
    time_limit: Duration,
    needs_standby: bool,
    /// How to reach the database once more, to listen to it.
    connect: PgConnectOptions,
    announces: bool,
    pace: Pace,
}

impl PostgresRecords {
    /// Connects, brings the tables up to date, and [checks](Self::check) what the database promises.
    ///
    /// Several replicas may start at once: one of them changes the tables, the others wait for it. A role that may not
    /// change tables is enough where they are up to date.
    ///
    /// # Errors
    /// When the database cannot be reached or used within the options' connect limit, its tables are of a newer version,
    /// or it could lose what it has acknowledged. The message says what to do.
    pub async fn connect(options: PostgresOptions) -> Result<Self, ConnectError> {
        let records = Self::open(&options);
        let started = async {
            let mut connection =
                records.inner.pool.acquire().await.map_err(|error| ConnectError::unreachable(&error))?;
            migrate::run(&mut connection).await?;
            check::run(&mut connection, options.needs_standby).await
        };
        match tokio::time::timeout(options.connect_limit, started).await {
            Ok(outcome) => outcome.map(|()| records),
            Err(_) => Err(too_late(options.connect_limit)),
        }
    }

    fn open(options: &PostgresOptions) -> Self {
        let pool = PgPoolOptions::new()
            .max_connections(options.max_connections)
            .acquire_timeout(options.connect_limit)
            // A connection that was used a moment ago is most likely still there, and where it is not, the gate refuses.
            .test_before_acquire(false)
            .before_acquire(|connection, usage| {
                Box::pin(async move {
                    if usage.idle_for >= TESTED_AFTER {
                        sqlx::Connection::ping(connection).await?;
                    }
                    Ok(true)
                })
            })
            .connect_lazy_with(options.connection());
        let inner = Inner {
            pool,
            time_limit: options.time_limit,
            needs_standby: options.needs_standby,
            connect: options.connection(),
            announces: options.announces,
            pace: Pace::new(),
        };
        Self { inner: Arc::new(inner) }
    }

    /// Whether the database still promises what the store needs: commits that are on the disk when they are
    /// acknowledged (`synchronous_commit`, `fsync`, `full_page_writes`), and that it is no standby.
    ///
    /// # Errors
    /// When it does not, or cannot be reached. The message says which setting to change.
    pub async fn check(&self) -> Result<(), ConnectError> {
        let checked = async {
            let mut lease =
                Lease::of(&self.inner.pool).await.map_err(|error| ConnectError::unreachable(&error))?;
            let outcome = check::run(lease.connection(), self.inner.needs_standby).await;
            lease.give_back();
            outcome
        };
        let limit = self.inner.time_limit;
        tokio::time::timeout(limit, checked).await.unwrap_or_else(|_| Err(too_late(limit)))
    }

    /// Removes records that have run out, 500 at the most, and answers how many. The store does so by itself, once a
    /// minute while it writes.
    ///
    /// # Errors
    /// When the database does not answer in time.
    pub async fn sweep(&self) -> Result<u64, StoreError> {
        let removed = self.execute(sqlx::query(SWEEP).bind(i64::from(BATCH))).await?;
        self.inner.pace.note(removed);
        Ok(removed)
    }

    /// Closes the connections. Whatever is asked afterwards is refused.
    pub async fn close(&self) {
        self.inner.pool.close().await;
    }

    async fn find(&self, id: &[u8]) -> Result<Found, StoreError> {
        let statement = sqlx::query_as::<_, Found>(LOAD).bind(id);
        let found = async {
            let mut lease = Lease::of(&self.inner.pool).await?;
            let outcome = statement.fetch_one(lease.connection()).await;
            lease.give_back();
            outcome
        };
        self.bounded(found).await
    }

    /// Executes a statement that answers with a row for each row it has written. Its last value says whether to announce
    /// them.
    async fn write(&self, statement: Query<'_, Postgres, PgArguments>) -> Result<u64, StoreError> {
        self.execute(statement.bind(self.inner.announces)).await
    }

    async fn execute(&self, statement: Query<'_, Postgres, PgArguments>) -> Result<u64, StoreError> {
        let done = async {
            let mut lease = Lease::of(&self.inner.pool).await?;
            let outcome = statement.execute(lease.connection()).await;
            lease.give_back();
            outcome
        };
        Ok(self.bounded(done).await?.rows_affected())
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
impl Records for PostgresRecords {
    async fn load(&self, id: &RecordId) -> Result<Snapshot, StoreError> {
        snapshot(self.find(id.as_bytes()).await?, TICK)
    }

    async fn swap(&self, id: &RecordId, seen: Option<&Tag>, write: Write) -> Result<bool, StoreError> {
        let (id, seen) = (id.as_bytes().as_slice(), seen.map(|tag| tag.as_bytes().as_slice()));
        let written = match (seen, &write) {
            (None, Write::Put { record, keep }) => {
                let statement = sqlx::query(INSERT).bind(id).bind(record.tag().as_bytes().as_slice());
                let statement = statement.bind(record.bytes()).bind(keep.map(|keep| ticks(keep, TICK)));
                self.write(statement).await?
            }
            (Some(seen), Write::Put { record, keep }) => {
                let statement = sqlx::query(UPDATE).bind(id).bind(seen);
                let statement = statement.bind(record.tag().as_bytes().as_slice()).bind(record.bytes());
                let statement = statement.bind(keep.map(|keep| ticks(keep, TICK)));
                self.write(statement).await?
            }
            (Some(seen), Write::Remove) => self.write(sqlx::query(DELETE).bind(id).bind(seen)).await?,
            (None, Write::Remove) => return Ok(self.find(id).await?.1.is_none()),
        };
        self.sweep_when_due();
        Ok(written == 1)
    }
}

impl fmt::Debug for PostgresRecords {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("PostgresRecords")
            .field("connections", &self.inner.pool.size())
            .finish_non_exhaustive()
    }
}

fn too_late(limit: Duration) -> ConnectError {
    ConnectError::new(
        ConnectErrorKind::Unreachable,
        format!("the database did not answer within {limit:?}: see whether it runs and can be reached"),
    )
}

/// How fine the database's clock is.
const TICK: Duration = Duration::from_micros(1);
/// A connection that lay idle for so long is tested before it is used.
const TESTED_AFTER: Duration = Duration::from_secs(1);

const LOAD: &str = "\
SELECT (EXTRACT(EPOCH FROM clock_timestamp()) * 1000000)::bigint, kept.tag, kept.record
FROM (SELECT 1) AS always
LEFT JOIN biometry_gate_records AS kept
  ON kept.id = $1 AND (kept.expires_at IS NULL OR kept.expires_at > clock_timestamp())";

// A write and its announcement are one step: what is announced has happened, and what has happened is announced.

// A record that has run out counts as none, and one that carries the new tag was written by this very statement before.
const INSERT: &str = "\
WITH written AS (
  INSERT INTO biometry_gate_records AS kept (id, tag, record, expires_at)
  VALUES ($1, $2, $3, clock_timestamp() + $4 * INTERVAL '1 microsecond')
  ON CONFLICT (id) DO UPDATE
  SET tag = excluded.tag, record = excluded.record, expires_at = excluded.expires_at
  WHERE kept.expires_at <= clock_timestamp() OR kept.tag = excluded.tag
  RETURNING kept.id, kept.tableoid)
SELECT CASE WHEN $5 THEN pg_notify('biometry_gate_' || tableoid::text, encode(id, 'hex')) END FROM written";

const UPDATE: &str = "\
WITH written AS (
  UPDATE biometry_gate_records
  SET tag = $3, record = $4, expires_at = clock_timestamp() + $5 * INTERVAL '1 microsecond'
  WHERE id = $1 AND tag IN ($2, $3) AND (expires_at IS NULL OR expires_at > clock_timestamp())
  RETURNING id, tableoid)
SELECT CASE WHEN $6 THEN pg_notify('biometry_gate_' || tableoid::text, encode(id, 'hex')) END FROM written";

const DELETE: &str = "\
WITH written AS (
  DELETE FROM biometry_gate_records
  WHERE id = $1 AND tag = $2 AND (expires_at IS NULL OR expires_at > clock_timestamp())
  RETURNING id, tableoid)
SELECT CASE WHEN $3 THEN pg_notify('biometry_gate_' || tableoid::text, encode(id, 'hex')) END FROM written";

// What somebody is writing at the moment is left alone, and what was written since is looked at once more.
const SWEEP: &str = "\
DELETE FROM biometry_gate_records
WHERE expires_at <= clock_timestamp() AND id IN (
  SELECT id FROM biometry_gate_records WHERE expires_at <= clock_timestamp()
  ORDER BY expires_at LIMIT $1 FOR UPDATE SKIP LOCKED)";
