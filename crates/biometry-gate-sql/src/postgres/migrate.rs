//! The tables in PostgreSQL, and how they came about.

use sqlx::{Connection as _, PgConnection};

use crate::error::ConnectError;
use crate::schema::missing;

/// Brings the tables up to date. Whoever comes second waits for the first one, and finds nothing left to do.
pub(super) async fn run(connection: &mut PgConnection) -> Result<(), ConnectError> {
    let found = version(connection).await.map_err(|error| ConnectError::unreachable(&error))?;
    if missing(STEPS, found)?.is_empty() {
        return Ok(());
    }
    let unreachable = |error: sqlx::Error| ConnectError::unreachable(&error);
    let mut transaction = connection.begin().await.map_err(unreachable)?;
    sqlx::raw_sql(ALONE).execute(&mut *transaction).await.map_err(unreachable)?;
    let found = version(&mut transaction).await.map_err(unreachable)?;
    let newest = i64::try_from(STEPS.len()).unwrap_or(i64::MAX);
    for step in missing(STEPS, found)? {
        sqlx::raw_sql(*step).execute(&mut *transaction).await.map_err(unreachable)?;
    }
    sqlx::query(NOTE).bind(newest).execute(&mut *transaction).await.map_err(unreachable)?;
    transaction.commit().await.map_err(unreachable)
}

async fn version(connection: &mut PgConnection) -> Result<i64, sqlx::Error> {
    if !sqlx::query_scalar::<_, bool>(IS_THERE).fetch_one(&mut *connection).await? {
        return Ok(0);
    }
    let newest = "SELECT COALESCE(MAX(version), 0) FROM biometry_gate_schema";
    sqlx::query_scalar(newest).fetch_one(connection).await
}

/// Reads the catalogue itself: within a transaction, `to_regclass` may still remember that there was no such table.
const IS_THERE: &str = "\
SELECT EXISTS (
  SELECT FROM pg_catalog.pg_class WHERE relname = 'biometry_gate_schema' AND pg_catalog.pg_table_is_visible(oid))";

/// The lock's number is this crate's own; it is held until the transaction ends. Tables may take longer than records.
const ALONE: &str = "\
SET LOCAL statement_timeout = '60s';
SELECT pg_advisory_xact_lock(7021583940561127);";

const NOTE: &str = "INSERT INTO biometry_gate_schema (version) VALUES ($1) ON CONFLICT DO NOTHING";

/// Never changed once published; what is new comes behind.
const STEPS: &[&str] = &["\
CREATE TABLE biometry_gate_schema (
  version BIGINT PRIMARY KEY,
  applied_at TIMESTAMPTZ NOT NULL DEFAULT now()
);
CREATE TABLE biometry_gate_records (
  id BYTEA PRIMARY KEY CHECK (octet_length(id) = 32),
  tag BYTEA NOT NULL CHECK (octet_length(tag) = 24),
  record BYTEA NOT NULL,
  expires_at TIMESTAMPTZ
);
CREATE INDEX biometry_gate_records_by_expiry ON biometry_gate_records (expires_at) WHERE expires_at IS NOT NULL;
COMMENT ON TABLE biometry_gate_records IS 'BiometryGate: sealed records of subjects, under keyed hashes of who they are';"];
