//! PostgreSQL as it is deployed: behind names that move, far away, with few connections, and reconfigured while in use.

use std::time::Duration;

use biometry_gate::gate::Refused;
use biometry_gate::policy::Policy;
use biometry_gate::principal::{HostSession, Principal};
use biometry_gate::store::operations::Revocation;
use biometry_gate::store::{DecisionStore, StoreError, StoreErrorKind};
use biometry_gate_sql::{PostgresOptions, PostgresRecords};
use biometry_gate_testkit::{PATIENCE, PostgresServer, RoughNetwork, Weather};
use tokio::task::JoinSet;
use tokio::time::timeout;

use crate::people::{again, ana, claim, let_in_of_a_hundred, once, pass, store, three_starts};

fn options(address: std::net::SocketAddr) -> PostgresOptions {
    let url = format!("postgres://gate@{address}/postgres?options[search_path]=public");
    PostgresOptions::parse(&url).expect("an address").time_limit(PATIENCE).connect_limit(PATIENCE)
}

async fn open(options: PostgresOptions) -> DecisionStore {
    store(PostgresRecords::connect(options).await.expect("a server"))
}

fn cause(error: &StoreError) -> String {
    std::error::Error::source(error).map(ToString::to_string).unwrap_or_default()
}

/// Breaks every connection that exists.
fn cut(network: &RoughNetwork) {
    network.weather(Weather::Down);
    network.weather(Weather::Fair);
}

async fn eventually(store: &DecisionStore, policy: &Policy) -> Result<(), Refused> {
    let asking = async {
        loop {
            if let Ok(outcome) = claim(store, policy).await {
                return outcome;
            }
        }
    };
    timeout(PATIENCE, asking).await.expect("the store comes back")
}

#[tokio::test(flavor = "multi_thread")]
async fn a_use_that_a_lagging_standby_has_not_received_lets_nobody_in() {
    let primary = PostgresServer::start_on_loopback();
    let here = open(options(primary.address())).await;
    let network = RoughNetwork::to(primary.address()).await;
    let there = open(options(network.address())).await;
    pass(&here, &again()).await;
    assert_eq!(claim(&there, &again()).await.unwrap(), Ok(()));
    let standby = primary.standby();
    standby.sql("SELECT pg_wal_replay_pause()");
    here.revoke(Revocation::Subject(ana().key())).await.unwrap();

    network.lead_to(standby.address());
    cut(&network);
    for _ in 0..6 {
        let error = claim(&there, &again()).await.expect_err("a standby is not asked");
        assert_eq!(error.kind(), StoreErrorKind::Unavailable);
        let cause = cause(&error);
        assert!(cause.contains("25006") || cause.contains("standby"), "{cause}");
        assert!(claim(&there, &once()).await.is_err());
    }
    // The name leads to the primary again; connections that lead to the standby would stay.
    network.lead_to(primary.address());
    assert_eq!(claim(&there, &again()).await.unwrap(), Err(Refused::Absent), "at once");
    there.reserve_start(&ana(), &three_starts()).await.unwrap().unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_connection_that_takes_longer_than_a_step_is_there_for_later_steps() {
    let server = PostgresServer::start_on_loopback();
    let network = RoughNetwork::to(server.address()).await;
    network.weather(Weather::SlowStart(Duration::from_millis(600)));
    let store = open(options(network.address()).time_limit(Duration::from_millis(300))).await;
    let patient = open(options(server.address())).await;
    pass(&patient, &again()).await;
    for _ in 0..2 {
        server.sql(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'biometry-gate'",
        );
        assert_eq!(eventually(&store, &again()).await, Ok(()));
        let open =
            server.sql("SELECT count(*) FROM pg_stat_activity WHERE application_name = 'biometry-gate'");
        assert!(open.parse::<u32>().unwrap() <= 20, "no more than both stores may have: {open}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_database_that_is_far_away_is_usable_at_once() {
    let server = PostgresServer::start_on_loopback();
    let network = RoughNetwork::to(server.address()).await;
    let patient = open(options(server.address())).await;
    pass(&patient, &again()).await;
    network.weather(Weather::Distance(Duration::from_millis(60)));
    let store = open(options(network.address()).time_limit(Duration::from_millis(1500))).await;
    for _ in 0..6 {
        assert_eq!(claim(&store, &again()).await.unwrap(), Ok(()));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_role_with_few_connections_is_slower_and_refuses_nobody() {
    let server = PostgresServer::start_on_loopback();
    let owner = open(options(server.address())).await;
    pass(&owner, &again()).await;
    server.sql("GRANT SELECT ON biometry_gate_schema TO PUBLIC");
    server.sql("GRANT SELECT, INSERT, UPDATE, DELETE ON biometry_gate_records TO PUBLIC");
    for limit in [2, 3, 5] {
        let role = format!("teller_{limit}");
        server.sql(&format!("CREATE ROLE {role} LOGIN CONNECTION LIMIT {limit}"));
        let url = format!("postgres://{role}@{}/postgres", server.address());
        let options = PostgresOptions::parse(&url).unwrap().time_limit(PATIENCE).connect_limit(PATIENCE);
        let store = open(options.clone()).await;
        for n in 0..6 {
            let owner =
                Principal::new(&format!("person-{limit}-{n}"), HostSession::parse("browser").unwrap())
                    .unwrap();
            store.reserve_start(&owner, &three_starts()).await.unwrap().unwrap();
        }
        let mut claims = JoinSet::new();
        for _ in 0..30 {
            let store = store.clone();
            claims.spawn(async move { claim(&store, &again()).await });
        }
        for outcome in claims.join_all().await {
            assert_eq!(outcome.unwrap(), Ok(()), "with {limit} connections");
        }
    }
    server.sql("CREATE ROLE turned_away LOGIN CONNECTION LIMIT 0");
    let url = format!("postgres://turned_away@{}/postgres", server.address());
    let options = PostgresOptions::parse(&url).unwrap().connect_limit(PATIENCE);
    let error = PostgresRecords::connect(options).await.unwrap_err().to_string();
    assert!(error.contains("53300") && error.contains("max_connections"), "{error}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_without_durable_commits_does_not_forget_a_use() {
    let mut server = PostgresServer::start();
    let url = server.url_of("gate", "public");
    let options =
        PostgresOptions::parse(&url).unwrap().time_limit(PATIENCE).connect_limit(PATIENCE).max_connections(3);
    let before = open(options.clone()).await;
    for round in 0..3 {
        pass(&before, &once()).await;
        server.sql("ALTER SYSTEM SET synchronous_commit = off");
        server.sql("SELECT pg_reload_conf()");
        assert_eq!(eventually(&before, &once()).await, Ok(()), "round {round}");
        server.kill();
        server.start_again();
        let after = open(options.clone()).await;
        assert_eq!(claim(&after, &once()).await.unwrap(), Err(Refused::Consumed), "round {round}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_outage_of_the_network_is_over_with_it() {
    let server = PostgresServer::start_on_loopback();
    let network = RoughNetwork::to(server.address()).await;
    let store = open(options(network.address()).time_limit(PATIENCE / 20)).await;
    pass(&store, &again()).await;
    for weather in [Weather::Down, Weather::Partition] {
        network.weather(weather);
        assert!(claim(&store, &again()).await.is_err());
        network.weather(Weather::Fair);
        assert_eq!(eventually(&store, &again()).await, Ok(()), "{weather:?}");
    }
    network.swallow();
    assert_eq!(eventually(&store, &again()).await, Ok(()), "over a new connection");
    pass(&store, &once()).await;
    assert_eq!(let_in_of_a_hundred(std::slice::from_ref(&store)).await, 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_check_takes_one_round_trip_and_a_single_use_takes_two() {
    let server = PostgresServer::start_on_loopback();
    let network = RoughNetwork::to(server.address()).await;
    let store = open(options(network.address()).max_connections(1)).await;
    for (policy, round_trips) in [(again(), 1), (once(), 2)] {
        // The first one prepares the statements.
        for is_counted in [false, true] {
            pass(&store, &policy).await;
            let before = network.round_trips();
            assert_eq!(claim(&store, &policy).await.unwrap(), Ok(()));
            let taken = network.round_trips() - before;
            assert!(!is_counted || taken == round_trips, "{taken} {}", policy.name());
        }
    }
}
