//! Poolers in front of PostgreSQL: the kinds that work, and the kinds that are refused by name.

use std::time::Duration;

use biometry_gate::gate::Refused;
use biometry_gate::store::DecisionStore;
use biometry_gate::store::near::NearCache;
use biometry_gate::store::operations::Revocation;
use biometry_gate_sql::{ConnectErrorKind, PostgresOptions, PostgresRecords};
use biometry_gate_testkit::{PATIENCE, Pooler, PostgresServer};

use crate::people::{again, ana, claim, key, let_in_of_a_hundred, once, pass, store};

fn options(pooler: &Pooler, schema: &str) -> PostgresOptions {
    let url = format!("postgres://gate@{}/postgres?options[search_path]={schema}", pooler.address());
    PostgresOptions::parse(&url).expect("an address").time_limit(PATIENCE).connect_limit(PATIENCE)
}

#[tokio::test(flavor = "multi_thread")]
async fn pgbouncer_by_session_is_as_good_as_the_server_itself() {
    let server = PostgresServer::start();
    server.sql("CREATE SCHEMA apart");
    let pooler = Pooler::pgbouncer(&server, "session");
    let options = options(&pooler, "apart").announce_changes().max_connections(8);
    let records = PostgresRecords::connect(options).await.expect("a pool for sessions");
    let pooled = store(records.clone());
    let direct = PostgresOptions::parse(&server.url_of("gate", "apart")).unwrap().announce_changes();
    let direct = store(PostgresRecords::connect(direct.time_limit(PATIENCE)).await.unwrap());
    pass(&direct, &once()).await;
    assert_eq!(
        let_in_of_a_hundred(&[pooled.clone(), direct.clone()]).await,
        1,
        "both have one set of tables"
    );
    pass(&direct, &again()).await;
    let near: DecisionStore = NearCache::following(pooled, key(), records).await.expect("a feed").into();
    assert!(near.claim_decision(&ana(), &again(), None).await.unwrap().is_ok());
    direct.revoke(Revocation::Subject(ana().key())).await.unwrap();
    let forgotten = async {
        while near.claim_decision(&ana(), &again(), None).await.unwrap().is_ok() {
            tokio::task::yield_now().await;
        }
    };
    tokio::time::timeout(Duration::from_secs(2), forgotten).await.expect("announced through the pooler, too");
}

#[tokio::test(flavor = "multi_thread")]
async fn pgbouncer_by_transaction_or_statement_is_refused_by_name() {
    let server = PostgresServer::start();
    for mode in ["transaction", "statement"] {
        let pooler = Pooler::pgbouncer(&server, mode);
        let error = PostgresRecords::connect(options(&pooler, "public")).await.unwrap_err();
        assert!(error.to_string().contains("pool_mode = session"), "{mode}: {error}");
        assert!(matches!(error.kind(), ConnectErrorKind::NotDurable | ConnectErrorKind::Unreachable));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_pooler_that_takes_no_startup_parameter_is_named_with_the_way_to_write_it() {
    let server = PostgresServer::start();
    let pooler = Pooler::pgbouncer(&server, "session");
    let url = format!("postgres://gate@{}/postgres?options=-c%20search_path%3Dpublic", pooler.address());
    let options = PostgresOptions::parse(&url).unwrap().connect_limit(PATIENCE);
    let said = PostgresRecords::connect(options).await.unwrap_err().to_string();
    assert!(said.contains("08P01") && said.contains("options[setting]=value"), "{said}");
}

#[tokio::test(flavor = "multi_thread")]
async fn pgpool_with_a_lagging_standby_asks_the_primary() {
    let primary = PostgresServer::start();
    let direct = PostgresOptions::parse(&primary.url_of("gate", "public")).unwrap().time_limit(PATIENCE);
    let direct = store(PostgresRecords::connect(direct.connect_limit(PATIENCE)).await.unwrap());
    let standby = primary.standby();
    let pooler = Pooler::pgpool(&primary, &standby);
    let pooled =
        store(PostgresRecords::connect(options(&pooler, "public")).await.expect("a pool for sessions"));
    pass(&direct, &again()).await;
    assert_eq!(claim(&pooled, &again()).await.unwrap(), Ok(()));
    standby.sql("SELECT pg_wal_replay_pause()");
    direct.revoke(Revocation::Subject(ana().key())).await.unwrap();
    for _ in 0..10 {
        assert_eq!(claim(&pooled, &again()).await.unwrap(), Err(Refused::Absent));
    }
    pass(&pooled, &once()).await;
    assert_eq!(let_in_of_a_hundred(&[pooled, direct]).await, 1);
}
