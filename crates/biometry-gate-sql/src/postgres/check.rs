//! Whether the database keeps what it has acknowledged.

use sqlx::PgConnection;

use crate::error::{ConnectError, ConnectErrorKind};

/// # Errors
/// When the database could lose an acknowledged write, or takes none.
pub(super) async fn run(connection: &mut PgConnection, needs_standby: bool) -> Result<(), ConnectError> {
    let settings = sqlx::query_as::<_, Settings>(SETTINGS).fetch_one(connection).await;
    judge(&settings.map_err(|error| ConnectError::unreachable(&error))?, needs_standby)
}

/// `synchronous_commit`, `fsync`, `full_page_writes`, `synchronous_standby_names`, and whether it only reads.
type Settings = (String, String, String, String, bool);

fn judge(settings: &Settings, needs_standby: bool) -> Result<(), ConnectError> {
    let (commit, fsync, full_pages, standbys, reads_only) = settings;
    let problem = if *reads_only {
        "the database only reads: connect to the primary, with a role that may write"
    } else if commit == "off" {
        "synchronous_commit is off, so a crash of the database could let a used decision be used again: \
         set it to on for this role or database, ALTER ROLE … SET synchronous_commit = on for example"
    } else if fsync != "on" || full_pages != "on" {
        "fsync or full_page_writes is off, so a crash of the database's machine could let a used decision be used \
         again: set both to on in postgresql.conf"
    } else if needs_standby && (standbys.is_empty() || commit == "local") {
        "no standby confirms commits, so a fail-over could let a used decision be used again: \
         set synchronous_standby_names, and synchronous_commit to on or remote_apply"
    } else {
        return Ok(());
    };
    Err(ConnectError::new(ConnectErrorKind::NotDurable, problem))
}

const SETTINGS: &str = "\
SELECT current_setting('synchronous_commit'), current_setting('fsync'), current_setting('full_page_writes'),
  current_setting('synchronous_standby_names'),
  pg_is_in_recovery() OR current_setting('transaction_read_only') = 'on'";

#[cfg(test)]
mod tests {
    use super::*;

    fn problem(settings: [&str; 4], reads_only: bool, needs_standby: bool) -> Option<String> {
        let [commit, fsync, full_pages, standbys] = settings.map(str::to_owned);
        let settings = (commit, fsync, full_pages, standbys, reads_only);
        judge(&settings, needs_standby).err().map(|error| error.to_string())
    }

    #[test]
    fn what_keeps_its_word_is_taken() {
        for commit in ["on", "local", "remote_write", "remote_apply"] {
            assert_eq!(problem([commit, "on", "on", ""], false, false), None, "{commit}");
        }
        assert_eq!(problem(["on", "on", "on", "two"], false, true), None);
    }

    #[test]
    fn what_could_lose_a_commit_is_refused_with_the_setting_to_change() {
        for (settings, reads_only, needs_standby, named) in [
            (["off", "on", "on", ""], false, false, "synchronous_commit"),
            (["on", "off", "on", ""], false, false, "fsync"),
            (["on", "on", "off", ""], false, false, "full_page_writes"),
            (["on", "on", "on", ""], true, false, "primary"),
            (["on", "on", "on", ""], false, true, "synchronous_standby_names"),
            (["local", "on", "on", "two"], false, true, "synchronous_commit"),
        ] {
            let problem = problem(settings, reads_only, needs_standby).unwrap();
            assert!(problem.contains(named), "{settings:?}: {problem}");
        }
    }
}
