//! What PostgreSQL promises beyond the contract: what is acknowledged is kept, and nothing waits for ever.

use std::time::Duration;

use biometry_gate::gate::Refused;
use biometry_gate::policy::Policy;
use biometry_gate::principal::{HostSession, Principal};
use biometry_gate::store::operations::Revocation;
use biometry_gate::store::shared::{Records as _, Write};
use biometry_gate::store::{DecisionStore, StoreErrorKind, StoreScope};
use biometry_gate_sql::{ConnectError, ConnectErrorKind, PostgresOptions, PostgresRecords};
use biometry_gate_testkit::{PATIENCE, PostgresServer};
use tokio::task::JoinSet;

use crate::people::{again, ana, claim, key, let_in_of_a_hundred, once, pass, store, three_starts};

fn options(url: &str) -> PostgresOptions {
    PostgresOptions::parse(url).expect("an address").time_limit(PATIENCE).connect_limit(PATIENCE)
}

async fn connect(url: &str) -> PostgresRecords {
    PostgresRecords::connect(options(url)).await.expect("a server")
}

async fn refused(options: PostgresOptions) -> ConnectError {
    PostgresRecords::connect(options).await.expect_err("it must not start")
}

/// A connection of another program's, whose tables are those of the schema `public`.
async fn other(server: &PostgresServer) -> tokio_postgres::Client {
    let (folder, port) = server.socket();
    let mut config = tokio_postgres::Config::new();
    config.host_path(folder).port(port).user("gate").dbname("postgres");
    let (client, connection) = config.connect(tokio_postgres::NoTls).await.expect("a server");
    tokio::spawn(connection);
    client
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_acknowledged_is_still_so_after_the_database_was_killed() {
    let mut server = PostgresServer::start();
    let records = connect(&server.url()).await;
    let store = store(records);
    pass(&store, &once()).await;
    pass(&store, &again()).await;
    assert_eq!(claim(&store, &once()).await.unwrap(), Ok(()));
    for _ in 0..3 {
        store.reserve_start(&ana(), &three_starts()).await.unwrap().unwrap();
    }
    server.kill();
    assert!(claim(&store, &once()).await.is_err() && claim(&store, &again()).await.is_err());
    server.start_again();
    assert_eq!(after_restart(&store, &once()).await, Err(Refused::Consumed));
    assert_eq!(claim(&store, &again()).await.unwrap(), Ok(()), "what was not used is still there");
    assert!(store.reserve_start(&ana(), &three_starts()).await.unwrap().is_err(), "limits are as they were");
    store.revoke(Revocation::Subject(ana().key())).await.unwrap();
    server.kill();
    server.start_again();
    assert_eq!(after_restart(&store, &again()).await, Err(Refused::Absent), "revoked is revoked");
}

/// Each connection from before the restart fails at most once.
async fn after_restart(store: &DecisionStore, policy: &Policy) -> Result<(), Refused> {
    for _ in 0..20 {
        if let Ok(outcome) = claim(store, policy).await {
            return outcome;
        }
    }
    panic!("the store does not come back");
}

#[tokio::test(flavor = "multi_thread")]
async fn of_a_hundred_claims_at_two_replicas_one_is_let_in() {
    let server = PostgresServer::start();
    let url = server.url();
    let replicas = [store(connect(&url).await), store(connect(&url).await)];
    for _ in 0..3 {
        pass(&replicas[0], &once()).await;
        assert_eq!(let_in_of_a_hundred(&replicas).await, 1);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_row_that_was_tampered_with_is_refused() {
    let server = PostgresServer::start();
    let records = connect(&server.url_of("gate", "public")).await;
    let store = store(records);
    pass(&store, &again()).await;
    let before = server.sql("SELECT encode(record, 'hex') FROM biometry_gate_records");
    for damage in [
        "record = set_byte(record, 9, get_byte(record, 9) # 1)",
        "record = substring(record FOR 10)",
        "record = ''",
        // A format of a version to come.
        "record = set_byte(record, 0, 2)",
        "tag = substring(sha256(tag) FOR 24)",
    ] {
        server.sql(&format!("UPDATE biometry_gate_records SET {damage}"));
        let error = claim(&store, &again()).await.unwrap_err();
        assert_eq!(error.kind(), StoreErrorKind::Corrupt, "{damage}");
        let error = store.reserve_start(&ana(), &three_starts()).await.unwrap_err();
        assert_eq!(error.kind(), StoreErrorKind::Corrupt, "{damage}");
        server.sql(&format!("UPDATE biometry_gate_records SET record = decode('{before}', 'hex')"));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_database_learns_no_subjects_name() {
    let server = PostgresServer::start();
    let store = store(connect(&server.url_of("gate", "public")).await);
    pass(&store, &again()).await;
    let rows = server.sql("SELECT encode(id, 'escape'), encode(tag, 'escape'), encode(record, 'escape') FROM biometry_gate_records");
    for word in ["ana", "browser", "statement", "Pass", "dec_"] {
        assert!(!rows.contains(word), "{word}: {rows}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_database_that_stands_still_is_an_error_in_time_and_goes_on_afterwards() {
    let server = PostgresServer::start();
    let options = options(&server.url()).max_connections(2).time_limit(PATIENCE / 10);
    let store = store(PostgresRecords::connect(options.clone()).await.unwrap());
    let patient = self::store(PostgresRecords::connect(options.clone().time_limit(PATIENCE)).await.unwrap());
    pass(&patient, &again()).await;
    server.pause();
    for _ in 0..5 {
        let error = tokio::time::timeout(PATIENCE, claim(&store, &again())).await.expect("an answer in time");
        assert_eq!(error.unwrap_err().kind(), StoreErrorKind::Timeout);
    }
    let starting = refused(options.connect_limit(Duration::from_millis(200))).await;
    assert_eq!(starting.kind(), ConnectErrorKind::Unreachable);
    server.resume();
    assert_eq!(claim(&patient, &again()).await.unwrap(), Ok(()));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_locked_row_does_not_hold_up_others() {
    let server = PostgresServer::start();
    let url = server.url_of("gate", "public");
    let patient = store(connect(&url).await);
    pass(&patient, &once()).await;
    let options = options(&url).time_limit(PATIENCE / 5);
    let store = store(PostgresRecords::connect(options).await.unwrap());
    let holder = other(&server).await;
    holder.batch_execute("BEGIN; SELECT id FROM biometry_gate_records FOR UPDATE").await.unwrap();
    let error = claim(&store, &once()).await.unwrap_err();
    assert_eq!(error.kind(), StoreErrorKind::Timeout);
    let ben = Principal::new("ben", HostSession::parse("his-browser").unwrap()).unwrap();
    store.reserve_start(&ben, &three_starts()).await.unwrap().unwrap();
    holder.batch_execute("ROLLBACK").await.unwrap();
    assert_eq!(claim(&patient, &once()).await.unwrap(), Ok(()), "what was given up on did not happen");
}

#[tokio::test(flavor = "multi_thread")]
async fn replicas_that_start_at_once_make_the_tables_once() {
    let server = PostgresServer::start();
    for _ in 0..3 {
        let url = server.url();
        let mut starts = JoinSet::new();
        for _ in 0..6 {
            let options = options(&url);
            starts.spawn(async move { PostgresRecords::connect(options.max_connections(1)).await.map(drop) });
        }
        for started in starts.join_all().await {
            started.expect("every replica starts");
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn tables_of_a_newer_version_are_refused() {
    let server = PostgresServer::start();
    let url = server.url_of("gate", "public");
    connect(&url).await;
    assert_eq!(server.sql("SELECT version FROM biometry_gate_schema"), "1");
    server.sql("INSERT INTO biometry_gate_schema (version) VALUES (2)");
    let error = refused(options(&url)).await;
    assert_eq!(error.kind(), ConnectErrorKind::NewerSchema);
    assert!(error.to_string().contains("version 2"), "{error}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_database_that_could_forget_is_refused() {
    let server = PostgresServer::start();
    let url = server.url();
    let forgetful = format!("{url}&options[synchronous_commit]=off");
    let error = refused(options(&forgetful)).await;
    assert_eq!(error.kind(), ConnectErrorKind::NotDurable);
    assert!(error.to_string().contains("synchronous_commit"), "{error}");
    let error = refused(options(&url).require_synchronous_standby()).await;
    assert!(error.to_string().contains("synchronous_standby_names"), "{error}");
    let records = connect(&url).await;
    records.check().await.unwrap();
    assert_eq!(records.scope(), StoreScope::Shared);
    let error = refused(options(&format!("{url}&options[default_transaction_read_only]=on"))).await;
    assert!(error.to_string().contains("primary"), "{error}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_role_that_may_not_change_tables_is_enough_once_they_are_there() {
    let server = PostgresServer::start();
    server.sql("CREATE ROLE teller LOGIN");
    let url = server.url_of("teller", "public");
    let error = refused(options(&url)).await;
    assert_eq!(error.kind(), ConnectErrorKind::Unreachable);
    assert!(error.to_string().contains("42501"), "the code of a missing right: {error}");
    connect(&server.url_of("gate", "public")).await;
    server.sql("GRANT SELECT ON biometry_gate_schema TO teller");
    server.sql("GRANT SELECT, INSERT, UPDATE, DELETE ON biometry_gate_records TO teller");
    let store = store(connect(&url).await);
    pass(&store, &once()).await;
    assert_eq!(claim(&store, &once()).await.unwrap(), Ok(()));
}

#[tokio::test(flavor = "multi_thread")]
async fn what_has_run_out_is_absent_and_swept_in_batches() {
    let server = PostgresServer::start();
    let records = connect(&server.url_of("gate", "public")).await;
    let store = store(records.clone());
    store.reserve_start(&ana(), &three_starts()).await.unwrap().unwrap();
    let id = key().locate(ana().key());
    let found = records.load(&id).await.unwrap().record.expect("a record");
    let run_out = "UPDATE biometry_gate_records SET expires_at = now() - INTERVAL '1 second'";
    server.sql(run_out);
    assert!(records.load(&id).await.unwrap().record.is_none());
    let put = || Write::Put { record: found.clone(), keep: Some(Duration::from_secs(60)) };
    assert!(!records.swap(&id, Some(found.tag()), Write::Remove).await.unwrap(), "nothing is there");
    assert!(records.swap(&id, None, Write::Remove).await.unwrap());
    assert!(records.swap(&id, None, put()).await.unwrap(), "an expired record blocks no new one");
    assert!(records.swap(&id, None, put()).await.unwrap(), "the very same write, once more");
    assert!(!records.swap(&id, None, Write::Remove).await.unwrap());
    server.sql(
        "INSERT INTO biometry_gate_records (id, tag, record, expires_at) \
         SELECT sha256(n::text::bytea), substring(sha256(n::text::bytea) FOR 24), '', now() - INTERVAL '1 second' \
         FROM generate_series(1, 1200) AS n",
    );
    let removed =
        [records.sweep().await.unwrap(), records.sweep().await.unwrap(), records.sweep().await.unwrap()];
    assert_eq!((removed, records.sweep().await.unwrap()), ([500, 500, 200], 0));
    assert!(records.load(&id).await.unwrap().record.is_some(), "what still matters is left alone");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_database_that_is_not_there_is_an_error_without_the_password() {
    let folder = tempfile::tempdir().unwrap();
    let url = format!("postgres:///bank?host={}&user=gate&password=hunter2", folder.path().display());
    let error = refused(options(&url).connect_limit(Duration::from_millis(300))).await;
    assert_eq!(error.kind(), ConnectErrorKind::Unreachable);
    assert!(!format!("{error} {error:?}").contains("hunter2"));
}
