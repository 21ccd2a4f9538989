//! The tables in PostgreSQL, and how they came about.

use tokio_postgres::{Client, Error};

use super::session::Target;
use crate::error::ConnectError;
use crate::schema::missing;

/// Brings the tables up to date. A replica that comes second waits for the first one, and finds nothing left to do.
pub(super) async fn run(client: &Client, target: &Target) -> Result<(), ConnectError> {
    let fault = |error: Error| target.fault(&error);
    if missing(STEPS, version(client).await.map_err(fault)?)?.is_empty() {
        return Ok(());
    }
    client.batch_execute(ALONE).await.map_err(fault)?;
    let found = version(client).await.map_err(fault)?;
    let newest = i64::try_from(STEPS.len()).unwrap_or(i64::MAX);
    for step in missing(STEPS, found)? {
        client.batch_execute(step).await.map_err(fault)?;
    }
    client.execute(NOTE, &[&newest]).await.map_err(fault)?;
    Ok(client.batch_execute("COMMIT").await.map_err(fault)?)
}

async fn version(client: &Client) -> Result<i64, Error> {
    if !client.query_one(IS_THERE, &[]).await?.try_get::<_, bool>(0)? {
        return Ok(0);
    }
    let newest = "SELECT COALESCE(MAX(version), 0) FROM biometry_gate_schema";
    client.query_one(newest, &[]).await?.try_get(0)
}

/// Reads the catalogue itself: within a transaction, `to_regclass` may still remember that there was no such table.
const IS_THERE: &str = "\
SELECT EXISTS (
  SELECT FROM pg_catalog.pg_class WHERE relname = 'biometry_gate_schema' AND pg_catalog.pg_table_is_visible(oid))";

/// The lock's number is this crate's own; it is held until the transaction ends. Tables may take longer than records.
const ALONE: &str = "\
BEGIN;
SET LOCAL statement_timeout = '60s';
SET LOCAL lock_timeout = '60s';
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
