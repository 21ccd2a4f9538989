//! What the database is asked, and how.

use tokio::sync::OnceCell;
use tokio_postgres::types::ToSql;
use tokio_postgres::{Client, Error, Statement};

use crate::kept::{Change, Row};

/// The statements of one session, each prepared when it is first used.
#[derive(Default)]
pub(super) struct Statements {
    load: OnceCell<Statement>,
    insert: OnceCell<Statement>,
    update: OnceCell<Statement>,
    delete: OnceCell<Statement>,
    sweep: OnceCell<Statement>,
}

impl Statements {
    pub(super) async fn load(&self, client: &Client) -> Result<&Statement, Error> {
        self.load.get_or_try_init(|| client.prepare(LOAD)).await
    }

    /// Makes a change, and announces it if asked to; answers how many rows it has changed.
    pub(super) async fn execute(
        &self,
        client: &Client,
        change: &Change<'_>,
        announces: bool,
    ) -> Result<u64, Error> {
        let (cell, text) = match change {
            Change::Insert { .. } => (&self.insert, INSERT),
            Change::Update { .. } => (&self.update, UPDATE),
            Change::Delete { .. } => (&self.delete, DELETE),
            Change::Sweep { .. } => (&self.sweep, SWEEP),
        };
        let statement = cell.get_or_try_init(|| client.prepare(text)).await?;
        let arguments: &[&(dyn ToSql + Sync)] = match change {
            Change::Insert { id, row: Row { tag, record, keep } } => &[id, tag, record, keep, &announces],
            Change::Update { id, seen, row: Row { tag, record, keep } } => {
                &[id, seen, tag, record, keep, &announces]
            }
            Change::Delete { id, seen } => &[id, seen, &announces],
            Change::Sweep { most } => &[most],
        };
        client.execute(statement, arguments).await
    }
}

// A standby may not have heard of a revocation: what it answers does not count. Both functions are volatile, so that a
// pooler that spreads reads over standbys sends this one to the primary.
const LOAD: &str = "\
SELECT (EXTRACT(EPOCH FROM clock_timestamp()) * 1000000)::bigint, kept.tag, kept.record, beside.tag, beside.record,
  pg_is_in_recovery()
FROM (SELECT 1) AS always
LEFT JOIN biometry_gate_records AS kept
  ON kept.id = $1 AND (kept.expires_at IS NULL OR kept.expires_at > clock_timestamp())
LEFT JOIN biometry_gate_records AS beside
  ON beside.id = $2 AND (beside.expires_at IS NULL OR beside.expires_at > clock_timestamp())";

// A write and its announcement are one step: what is announced has happened, and what has happened is announced.

// A record that has run out counts as none, and one that carries the new tag was written by this very statement before.
const INSERT: &str = "\
WITH written AS (
  INSERT INTO biometry_gate_records AS kept (id, tag, record, expires_at)
  VALUES ($1, $2, $3, clock_timestamp() + $4::bigint * INTERVAL '1 microsecond')
  ON CONFLICT (id) DO UPDATE
  SET tag = excluded.tag, record = excluded.record, expires_at = excluded.expires_at
  WHERE kept.expires_at <= clock_timestamp() OR kept.tag = excluded.tag
  RETURNING kept.id, kept.tableoid)
SELECT CASE WHEN $5::boolean THEN pg_notify('biometry_gate_' || tableoid::text, encode(id, 'hex')) END FROM written";

const UPDATE: &str = "\
WITH written AS (
  UPDATE biometry_gate_records
  SET tag = $3, record = $4, expires_at = clock_timestamp() + $5::bigint * INTERVAL '1 microsecond'
  WHERE id = $1 AND tag IN ($2, $3) AND (expires_at IS NULL OR expires_at > clock_timestamp())
  RETURNING id, tableoid)
SELECT CASE WHEN $6::boolean THEN pg_notify('biometry_gate_' || tableoid::text, encode(id, 'hex')) END FROM written";

const DELETE: &str = "\
WITH written AS (
  DELETE FROM biometry_gate_records
  WHERE id = $1 AND tag = $2 AND (expires_at IS NULL OR expires_at > clock_timestamp())
  RETURNING id, tableoid)
SELECT CASE WHEN $3::boolean THEN pg_notify('biometry_gate_' || tableoid::text, encode(id, 'hex')) END FROM written";

// What another replica is writing at the moment is left alone, and what was written since is looked at once more.
const SWEEP: &str = "\
DELETE FROM biometry_gate_records
WHERE expires_at <= clock_timestamp() AND id IN (
  SELECT id FROM biometry_gate_records WHERE expires_at <= clock_timestamp()
  ORDER BY expires_at LIMIT $1 FOR UPDATE SKIP LOCKED)";
