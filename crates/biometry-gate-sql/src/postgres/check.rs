//! Whether the database keeps what it has acknowledged, and takes what the store writes.

use std::time::Duration;

use biometry_gate::entropy::{Entropy as _, OsEntropy};
use biometry_gate::store::shared::Tag;
use tokio_postgres::SimpleQueryMessage;

use super::fault::BY_TRANSACTION;
use super::session::{Session, Target};
use crate::error::{ConnectError, ConnectErrorKind};
use crate::kept::{Change, Row};

/// What the database says of itself and of this session.
#[derive(Clone, Debug)]
struct Settings {
    commit: String,
    fsync: String,
    full_pages: String,
    standbys: String,
    reads_only: bool,
    isolation: String,
    statement_timeout: String,
}

/// # Errors
/// When the database could lose an acknowledged write, takes none, or does not keep a session's settings.
pub(super) async fn settings(
    session: &Session,
    target: &Target,
    time_limit: Duration,
    needs_standby: bool,
) -> Result<(), ConnectError> {
    let row = session.client.query_one(SETTINGS, &[]).await.map_err(|error| target.fault(&error))?;
    let settings = Settings {
        commit: row.get(0),
        fsync: row.get(1),
        full_pages: row.get(2),
        standbys: row.get(3),
        reads_only: row.get(4),
        isolation: row.get(5),
        statement_timeout: row.get(6),
    };
    judge(&settings, time_limit, needs_standby).map_err(|problem| not_durable(target, problem))
}

fn judge(settings: &Settings, time_limit: Duration, needs_standby: bool) -> Result<(), &'static str> {
    let limit = time_limit.as_millis().max(1).to_string();
    Err(if settings.reads_only {
        "it only reads: it is a standby, or the role's transactions are read-only; the address has to lead to the primary, \
         with a role that may write"
    } else if settings.isolation != "read committed" || settings.statement_timeout != limit {
        "a session does not keep its settings: a pooler in front of it drops them, or shares connections between \
         transactions; give the store a pool with pool_mode = session, or the server's own address"
    } else if !matches!(settings.commit.as_str(), "on" | "remote_apply") {
        "synchronous_commit is off although the session has set it to on, so a crash of the database could let a used \
         decision be used again: see what resets it"
    } else if settings.fsync != "on" || settings.full_pages != "on" {
        "fsync or full_page_writes is off, so a crash of the database's machine could let a used decision be used \
         again: set both to on in postgresql.conf"
    } else if needs_standby && settings.standbys.is_empty() {
        "no standby confirms commits, so a fail-over could let a used decision be used again: set \
         synchronous_standby_names"
    } else {
        return Ok(());
    })
}

/// # Errors
/// When a crash would empty the table, the role lacks a right, or a record cannot be written, changed and removed.
pub(super) async fn table(session: &Session, target: &Target, limit: Duration) -> Result<(), ConnectError> {
    let row = session.client.query_one(TABLE, &[]).await.map_err(|error| target.fault(&error))?;
    if !row.get::<_, bool>(0) {
        return Err(not_durable(
            target,
            "the table biometry_gate_records is UNLOGGED, so a crash of the database would empty it: ALTER TABLE \
             biometry_gate_records SET LOGGED",
        ));
    }
    if let Some(missing) = row.get::<_, Option<String>>(1) {
        let address = &target.address;
        return Err(ConnectError::new(
            ConnectErrorKind::Unreachable,
            format!(
                "PostgreSQL at {address}: the role lacks the right to {missing}: GRANT {missing} ON biometry_gate_records"
            ),
        ));
    }
    probe(session, target, limit).await
}

/// Writes, changes and removes a record of its own. Nothing of it stays, whatever happens.
async fn probe(session: &Session, target: &Target, limit: Duration) -> Result<(), ConnectError> {
    let fault = |error| target.fault(&error);
    let mut id = [0; ID];
    let mut tags = [0; 2 * Tag::LEN];
    if OsEntropy.fill(&mut id).and_then(|()| OsEntropy.fill(&mut tags)).is_err() {
        return Err(ConnectError::new(ConnectErrorKind::Unreachable, "this machine has no randomness"));
    }
    let (id, (seen, tag)) = (id.as_slice(), tags.split_at(Tag::LEN));
    let row = |tag| Row { tag, record: b"probe", keep: Some(60_000_000) };
    let limit = limit.as_millis().max(1);
    let begin = format!("BEGIN; SET LOCAL statement_timeout = {limit}; SET LOCAL lock_timeout = {limit}");
    session.client.batch_execute(&begin).await.map_err(fault)?;
    for change in [
        Change::Insert { id, row: row(seen) },
        Change::Update { id, seen, row: row(tag) },
        Change::Delete { id, seen: tag },
    ] {
        if session.execute(&change, target).await? != 1 {
            return Err(not_durable(
                target,
                "a record that was written a moment ago is not found: a trigger or a rule of \
                 its table stands in the way",
            ));
        }
    }
    session.client.batch_execute("COMMIT").await.map_err(fault)?;
    Ok(())
}

/// Whether two sessions have connections of their own, each for as long as it lasts.
///
/// # Errors
/// When a pooler hands connections out for single transactions.
pub(super) async fn sessions(one: &Session, other: &Session, target: &Target) -> Result<(), ConnectError> {
    let fault = |error| target.fault(&error);
    let own = process(one, target).await?;
    let others = process(other, target).await?;
    let mut is_shared = own == others;
    // While one holds a connection, a pooler gives the other one another.
    for (holder, held, asker, asked) in
        [(one, &own, other, &others), (other, &others, one, &own)].into_iter().cycle().take(ROUNDS)
    {
        holder.client.batch_execute("BEGIN").await.map_err(fault)?;
        is_shared |= process(holder, target).await? != *held || process(asker, target).await? != *asked;
        holder.client.batch_execute("COMMIT").await.map_err(fault)?;
    }
    if is_shared { Err(not_durable(target, BY_TRANSACTION)) } else { Ok(()) }
}

/// The process that serves a session, asked without a statement that would have to be closed later.
async fn process(session: &Session, target: &Target) -> Result<String, ConnectError> {
    let answers = session.client.simple_query("SELECT pg_backend_pid()").await;
    let process =
        answers.map_err(|error| target.fault(&error))?.into_iter().find_map(|answer| match answer {
            SimpleQueryMessage::Row(row) => row.get(0).map(str::to_owned),
            _ => None,
        });
    process.ok_or_else(|| not_durable(target, BY_TRANSACTION))
}

fn not_durable(target: &Target, problem: &str) -> ConnectError {
    let address = &target.address;
    ConnectError::new(ConnectErrorKind::NotDurable, format!("PostgreSQL at {address}: {problem}"))
}

/// How long a record's id is.
const ID: usize = 32;

const ROUNDS: usize = 6;

const SETTINGS: &str = "\
SELECT current_setting('synchronous_commit'), current_setting('fsync'), current_setting('full_page_writes'),
  current_setting('synchronous_standby_names'),
  pg_is_in_recovery() OR current_setting('transaction_read_only') = 'on',
  current_setting('default_transaction_isolation'),
  (SELECT setting FROM pg_settings WHERE name = 'statement_timeout')";

const TABLE: &str = "\
SELECT
  (SELECT relpersistence = 'p' FROM pg_class WHERE oid = 'biometry_gate_records'::regclass),
  (SELECT string_agg(privilege, ', ') FROM unnest(ARRAY['SELECT', 'INSERT', 'UPDATE', 'DELETE']) AS privilege
   WHERE NOT has_table_privilege('biometry_gate_records', privilege))";

#[cfg(test)]
mod tests {
    use super::*;

    const LIMIT: Duration = Duration::from_millis(250);

    fn fit() -> Settings {
        let text = str::to_owned;
        Settings {
            commit: text("on"),
            fsync: text("on"),
            full_pages: text("on"),
            standbys: text("one"),
            reads_only: false,
            isolation: text("read committed"),
            statement_timeout: text("250"),
        }
    }

    #[test]
    fn a_database_that_keeps_its_word_is_fit() {
        assert_eq!(judge(&fit(), LIMIT, true), Ok(()));
        let alone = Settings { standbys: String::new(), ..fit() };
        assert_eq!(judge(&alone, LIMIT, false), Ok(()));
    }

    #[test]
    fn a_setting_that_could_lose_a_write_is_named() {
        let text = str::to_owned;
        for (settings, word) in [
            (Settings { reads_only: true, ..fit() }, "primary"),
            (Settings { commit: text("off"), ..fit() }, "synchronous_commit"),
            (Settings { commit: text("local"), ..fit() }, "synchronous_commit"),
            (Settings { fsync: text("off"), ..fit() }, "fsync"),
            (Settings { full_pages: text("off"), ..fit() }, "full_page_writes"),
            (Settings { standbys: String::new(), ..fit() }, "synchronous_standby_names"),
            (Settings { isolation: text("serializable"), ..fit() }, "pool_mode"),
            (Settings { statement_timeout: text("0"), ..fit() }, "pool_mode"),
        ] {
            let problem = judge(&settings, LIMIT, true).unwrap_err();
            assert!(problem.contains(word), "{problem}");
        }
    }
}
