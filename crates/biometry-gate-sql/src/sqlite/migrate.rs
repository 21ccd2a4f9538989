//! The tables in SQLite, and how they came about.

use sqlx::{Connection as _, SqliteConnection};

use crate::error::ConnectError;
use crate::schema::missing;

/// Brings the tables up to date. A process that comes second waits for the first one, and finds nothing left to do.
pub(super) async fn run<E: From<ConnectError>>(
    connection: &mut SqliteConnection,
    fault: impl Fn(sqlx::Error) -> E,
) -> Result<(), E> {
    let found = version(connection).await.map_err(&fault)?;
    if missing(STEPS, found)?.is_empty() {
        return Ok(());
    }
    // Takes the file's one write lock at once, so that what is read next cannot be outdated.
    let mut transaction = connection.begin_with("BEGIN IMMEDIATE").await.map_err(&fault)?;
    let found = version(&mut transaction).await.map_err(&fault)?;
    let newest = i64::try_from(STEPS.len()).unwrap_or(i64::MAX);
    for step in missing(STEPS, found)? {
        sqlx::raw_sql(*step).execute(&mut *transaction).await.map_err(&fault)?;
    }
    sqlx::query(NOTE).bind(newest).execute(&mut *transaction).await.map_err(&fault)?;
    transaction.commit().await.map_err(&fault)
}

async fn version(connection: &mut SqliteConnection) -> Result<i64, sqlx::Error> {
    let there = "SELECT COUNT(*) FROM sqlite_schema WHERE type = 'table' AND name = 'biometry_gate_schema'";
    if sqlx::query_scalar::<_, i64>(there).fetch_one(&mut *connection).await? == 0 {
        return Ok(0);
    }
    let newest = "SELECT COALESCE(MAX(version), 0) FROM biometry_gate_schema";
    sqlx::query_scalar(newest).fetch_one(connection).await
}

const NOTE: &str = "INSERT INTO biometry_gate_schema (version) VALUES (?1) ON CONFLICT DO NOTHING";

/// Never changed once published; what is new comes behind.
const STEPS: &[&str] = &["\
CREATE TABLE biometry_gate_schema (
  version INTEGER PRIMARY KEY,
  applied_at TEXT NOT NULL DEFAULT CURRENT_TIMESTAMP
) STRICT;
CREATE TABLE biometry_gate_records (
  id BLOB PRIMARY KEY NOT NULL CHECK (length(id) = 32),
  tag BLOB NOT NULL CHECK (length(tag) = 24),
  record BLOB NOT NULL,
  expires_at INTEGER
) STRICT;
CREATE INDEX biometry_gate_records_by_expiry ON biometry_gate_records (expires_at) WHERE expires_at IS NOT NULL;"];
