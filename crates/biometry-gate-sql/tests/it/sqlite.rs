//! What a file of SQLite's promises beyond the contract: it survives, it is private, and nothing waits for ever.

use std::path::{Path, PathBuf};
use std::time::Duration;

use biometry_gate::gate::Refused;
use biometry_gate::store::operations::Revocation;
use biometry_gate::store::shared::{Records as _, Write};
use biometry_gate::store::{StoreErrorKind, StoreScope};
use biometry_gate_sql::{ConnectErrorKind, SqliteOptions, SqliteRecords};
use biometry_gate_testkit::PATIENCE;
use sqlx::{Connection as _, SqliteConnection};
use tempfile::TempDir;
use tokio::task::JoinSet;

use crate::people::{again, ana, claim, key, let_in_of_a_hundred, once, pass, store, three_starts};

/// A folder with a file in it, that is still to be made.
fn file() -> (TempDir, PathBuf) {
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("gate.db");
    (folder, file)
}

fn options(file: &Path) -> SqliteOptions {
    SqliteOptions::file(file).time_limit(PATIENCE).connect_limit(PATIENCE)
}

async fn open(file: &Path) -> SqliteRecords {
    SqliteRecords::open(options(file)).await.expect("a file")
}

/// A connection of another process.
async fn other(file: &Path) -> SqliteConnection {
    SqliteConnection::connect(&format!("sqlite:{}", file.display())).await.expect("a file")
}

#[tokio::test(flavor = "multi_thread")]
async fn decisions_and_limits_survive_a_restart() {
    let (_folder, file) = file();
    let records = open(&file).await;
    let before = store(records.clone());
    pass(&before, &once()).await;
    pass(&before, &again()).await;
    assert_eq!(claim(&before, &once()).await.unwrap(), Ok(()));
    for _ in 0..3 {
        before.reserve_start(&ana(), &three_starts()).await.unwrap().unwrap();
    }
    records.close().await;
    assert!(claim(&before, &again()).await.is_err(), "closed is closed");

    let after = store(open(&file).await);
    assert_eq!(claim(&after, &once()).await.unwrap(), Err(Refused::Consumed));
    assert_eq!(claim(&after, &again()).await.unwrap(), Ok(()));
    assert!(after.reserve_start(&ana(), &three_starts()).await.unwrap().is_err());
    after.revoke(Revocation::Subject(ana().key())).await.unwrap();
    assert_eq!(claim(&store(open(&file).await), &again()).await.unwrap(), Err(Refused::Absent));
}

#[tokio::test(flavor = "multi_thread")]
async fn of_a_hundred_claims_at_two_handles_one_is_let_in() {
    let (_folder, file) = file();
    let handles = [store(open(&file).await), store(open(&file).await)];
    for _ in 0..3 {
        pass(&handles[0], &once()).await;
        assert_eq!(let_in_of_a_hundred(&handles).await, 1);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_row_that_was_tampered_with_is_refused() {
    let (_folder, file) = file();
    let store = store(open(&file).await);
    pass(&store, &again()).await;
    let mut other = other(&file).await;
    for damage in [
        "UPDATE biometry_gate_records SET record = substr(record, 1, 10)",
        "UPDATE biometry_gate_records SET record = x''",
        "UPDATE biometry_gate_records SET tag = zeroblob(24)",
    ] {
        sqlx::query(damage).execute(&mut other).await.unwrap();
        let error = claim(&store, &again()).await.unwrap_err();
        assert_eq!(error.kind(), StoreErrorKind::Corrupt, "{damage}");
        let error = store.reserve_start(&ana(), &three_starts()).await.unwrap_err();
        assert_eq!(error.kind(), StoreErrorKind::Corrupt, "{damage}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_file_that_another_process_writes_is_an_error_in_time_and_can_be_read() {
    let (_folder, file) = file();
    let patient = store(open(&file).await);
    pass(&patient, &once()).await;
    let hasty = SqliteRecords::open(SqliteOptions::file(&file).time_limit(Duration::from_millis(100))).await;
    let hasty = store(hasty.unwrap());
    let mut other = other(&file).await;
    let held = other.begin_with("BEGIN IMMEDIATE").await.unwrap();
    let error = tokio::time::timeout(PATIENCE, claim(&hasty, &once())).await.expect("an answer in time");
    assert_eq!(error.unwrap_err().kind(), StoreErrorKind::Timeout);
    assert_eq!(claim(&patient, &again()).await.unwrap(), Err(Refused::Absent), "looking needs no writer");
    held.rollback().await.unwrap();
    assert_eq!(claim(&patient, &once()).await.unwrap(), Ok(()), "what was given up on did not happen");
}

#[tokio::test(flavor = "multi_thread")]
async fn processes_that_start_at_once_make_the_tables_once() {
    for _ in 0..3 {
        let (_folder, file) = file();
        let mut starts = JoinSet::new();
        for _ in 0..6 {
            let options = options(&file);
            starts.spawn(async move { SqliteRecords::open(options).await.map(drop) });
        }
        for started in starts.join_all().await {
            started.expect("every process starts");
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn tables_of_a_newer_version_are_refused() {
    let (_folder, file) = file();
    open(&file).await.close().await;
    let newer = "INSERT INTO biometry_gate_schema (version) VALUES (2)";
    sqlx::query(newer).execute(&mut other(&file).await).await.unwrap();
    let error = SqliteRecords::open(options(&file)).await.unwrap_err();
    assert_eq!(error.kind(), ConnectErrorKind::NewerSchema);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_no_database_is_refused() {
    let (folder, file) = file();
    std::fs::write(&file, "not a database, but long enough to be looked at as one: ".repeat(100)).unwrap();
    let error = SqliteRecords::open(options(&file)).await.unwrap_err();
    assert_eq!(error.kind(), ConnectErrorKind::Unreachable);
    let nowhere = folder.path().join("no-such-folder").join("gate.db");
    assert_eq!(
        SqliteRecords::open(options(&nowhere)).await.unwrap_err().kind(),
        ConnectErrorKind::Unreachable
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn what_has_run_out_is_absent_and_swept_in_batches() {
    let (_folder, file) = file();
    let records = open(&file).await;
    let store = store(records.clone());
    store.reserve_start(&ana(), &three_starts()).await.unwrap().unwrap();
    let id = key().locate(ana().key());
    let found = records.load(&id).await.unwrap().record.expect("a record");
    let mut other = other(&file).await;
    let run_out = "UPDATE biometry_gate_records SET expires_at = unixepoch() * 1000 - 1000";
    sqlx::query(run_out).execute(&mut other).await.unwrap();
    assert!(records.load(&id).await.unwrap().record.is_none());
    let put = || Write::Put { record: found.clone(), keep: Some(Duration::from_secs(60)) };
    assert!(!records.swap(&id, Some(found.tag()), Write::Remove).await.unwrap(), "nothing is there");
    assert!(records.swap(&id, None, Write::Remove).await.unwrap());
    assert!(records.swap(&id, None, put()).await.unwrap(), "an expired record blocks no new one");
    assert!(records.swap(&id, None, put()).await.unwrap(), "the very same write, once more");
    assert!(!records.swap(&id, None, Write::Remove).await.unwrap());
    let many = "\
        WITH RECURSIVE numbers (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM numbers WHERE n < 1200) \
        INSERT INTO biometry_gate_records (id, tag, record, expires_at) \
        SELECT randomblob(32), randomblob(24), x'', unixepoch() * 1000 - 1000 FROM numbers";
    sqlx::query(many).execute(&mut other).await.unwrap();
    let removed =
        [records.sweep().await.unwrap(), records.sweep().await.unwrap(), records.sweep().await.unwrap()];
    assert_eq!((removed, records.sweep().await.unwrap()), ([500, 500, 200], 0));
    assert!(records.load(&id).await.unwrap().record.is_some(), "what still matters is left alone");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_databases_time_is_the_machines() {
    let (_folder, file) = file();
    let records = open(&file).await;
    let id = key().locate(ana().key());
    let clock = biometry_gate::clock::SystemClock;
    let before = biometry_gate::clock::Clock::now(&clock) - Duration::from_millis(1);
    let now = records.load(&id).await.unwrap().now;
    assert!(before <= now && now <= biometry_gate::clock::Clock::now(&clock) + Duration::from_millis(1));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_file_is_its_owners_alone_and_by_default_one_processs() {
    use std::os::unix::fs::PermissionsExt as _;
    let (folder, file) = file();
    let records = open(&file).await;
    pass(&store(records.clone()), &again()).await;
    for entry in folder.path().read_dir().unwrap() {
        let mode = entry.as_ref().unwrap().metadata().unwrap().permissions().mode();
        assert_eq!(mode & 0o077, 0, "{entry:?}");
    }
    assert_eq!(store(records).scope(), StoreScope::Process);
    let shared = SqliteRecords::open(options(&file).shared_on_this_machine()).await.unwrap();
    assert_eq!(store(shared).scope(), StoreScope::Shared);
}
