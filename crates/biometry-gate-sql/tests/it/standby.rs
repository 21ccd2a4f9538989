//! A standby that has to confirm what is acknowledged: what a fail-over to it loses, which is nothing.

use std::time::Duration;

use biometry_gate::gate::Refused;
use biometry_gate::store::StoreErrorKind;
use biometry_gate::store::operations::Revocation;
use biometry_gate_sql::{PostgresOptions, PostgresRecords};
use biometry_gate_testkit::store_contract::values::ben;
use biometry_gate_testkit::{PATIENCE, PostgresServer};

use crate::people::{again, ana, claim, once, pass, store, three_starts};

fn options(url: &str) -> PostgresOptions {
    let options = PostgresOptions::parse(url).expect("an address").max_connections(3);
    options.time_limit(PATIENCE).connect_limit(PATIENCE)
}

async fn connect(options: PostgresOptions) -> PostgresRecords {
    PostgresRecords::connect(options).await.expect("a server that keeps its word")
}

/// The address on a server of what another server's address names there.
fn on(server: &PostgresServer, schema: &str) -> PostgresOptions {
    options(&server.url_of("gate", schema))
}

#[tokio::test(flavor = "multi_thread")]
async fn a_fail_over_to_the_standby_that_confirmed_loses_nothing() {
    let mut primary = PostgresServer::start();
    let standby = primary.synchronous_standby();
    let records = connect(on(&primary, "public").require_synchronous_standby()).await;
    records.check().await.expect("it still keeps its word");
    let before = store(records);
    pass(&before, &once()).await;
    pass(&before, &again()).await;
    assert_eq!(claim(&before, &once()).await.unwrap(), Ok(()));
    for _ in 0..3 {
        before.reserve_start(&ben(), &three_starts()).await.unwrap().unwrap();
    }
    primary.kill();
    standby.promote();

    let after = store(connect(on(&standby, "public")).await);
    assert_eq!(claim(&after, &once()).await.unwrap(), Err(Refused::Consumed), "what was used is used");
    assert_eq!(claim(&after, &again()).await.unwrap(), Ok(()), "what was not is still there");
    assert!(after.reserve_start(&ben(), &three_starts()).await.unwrap().is_err(), "starts are counted");
    after.revoke(Revocation::Subject(ana().key())).await.unwrap();
    assert_eq!(claim(&after, &again()).await.unwrap(), Err(Refused::Absent), "and it is written to");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_the_standby_has_not_confirmed_lets_nobody_in() {
    let mut primary = PostgresServer::start();
    let standby = primary.synchronous_standby();
    let patient = store(connect(on(&primary, "public").require_synchronous_standby()).await);
    pass(&patient, &once()).await;
    let impatient = on(&primary, "public").time_limit(Duration::from_millis(300));
    let impatient = store(connect(impatient.connect_limit(PATIENCE)).await);
    // Whatever it has to read is read: only the standby keeps it waiting.
    while claim(&impatient, &again()).await.is_err() {}
    standby.pause();
    let error = claim(&impatient, &once()).await.unwrap_err();
    assert_eq!(error.kind(), StoreErrorKind::Timeout);
    standby.resume();
    let seen = claim(&patient, &once()).await.unwrap();
    primary.kill();
    standby.promote();

    let after = store(connect(on(&standby, "public")).await);
    let spent = [seen, claim(&after, &once()).await.unwrap()];
    let uses = spent.iter().filter(|outcome| outcome.is_ok()).count();
    assert!(uses <= 1 && spent[1] == Err(Refused::Consumed), "{spent:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_standby_itself_is_no_place_to_keep_records() {
    let primary = PostgresServer::start();
    connect(on(&primary, "public")).await;
    let standby = primary.synchronous_standby();
    let error = PostgresRecords::connect(on(&standby, "public")).await.expect_err("it only reads");
    assert!(error.to_string().contains("primary"), "{error}");
}
