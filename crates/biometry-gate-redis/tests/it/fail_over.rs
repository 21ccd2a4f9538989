//! What a fail-over brings back, as the crate's documentation says: with and without waiting for replicas.
//!
//! The replica is cut off before the write, not slowed down, so what it has not received is no matter of chance.

use std::time::Duration;

use biometry_gate::consent::Purpose;
use biometry_gate::gate::Refused;
use biometry_gate::store::DecisionStore;
use biometry_gate::store::StoreErrorKind;
use biometry_gate::store::operations::{Revocation, Settled};
use biometry_gate_testkit::store_contract::values::{ana, anas_phone, limits, receipt, reusable, single_use};
use biometry_gate_testkit::{PATIENCE, RedisServer};

use crate::people::{claim, fail, now, pass, patient, store, store_at};

#[tokio::test]
async fn what_the_replica_had_not_received_is_as_if_it_had_never_been() {
    let mut primary = RedisServer::start().await;
    let replica = primary.replica().await;
    let before = store_at(&primary.url()).await;
    before.record_consent(ana().key(), vec![receipt(false, true, now())]).await.unwrap();
    let used = pass(&before, &ana(), &single_use()).await;
    let revoked = pass(&before, &anas_phone(), &reusable()).await;
    primary.wait_for(&replica).await;
    cut_off(&replica).await;

    assert_eq!(claim(&before, &ana(), &single_use()).await.unwrap(), Ok(used.clone()));
    before.revoke(Revocation::HostSession(&anas_phone())).await.unwrap();
    fail(&before, &ana()).await;
    pass(&before, &ana(), &reusable()).await;
    primary.kill().await;

    let after = store_at(&replica.url()).await;
    assert_eq!(
        claim(&after, &ana(), &reusable()).await.unwrap(),
        Err(Refused::Absent),
        "what was made is lost"
    );
    assert_eq!(claim(&after, &ana(), &single_use()).await.unwrap(), Ok(used), "a second use");
    assert_eq!(claim(&after, &ana(), &single_use()).await.unwrap(), Err(Refused::Consumed), "and no third");
    assert_eq!(claim(&after, &anas_phone(), &reusable()).await.unwrap(), Ok(revoked), "it stands again");
    assert_eq!(attempts_left(&after).await, 4, "the failure was not counted: this one is the first");
    assert!(after.consent(ana().key()).await.unwrap().is_given(Purpose::Authorization));
}

#[tokio::test]
async fn a_withdrawal_that_the_replica_had_not_received_is_undone() {
    let mut primary = RedisServer::start().await;
    let replica = primary.replica().await;
    let before = store_at(&primary.url()).await;
    before.record_consent(ana().key(), vec![receipt(false, true, now())]).await.unwrap();
    let voided = pass(&before, &ana(), &reusable()).await;
    primary.wait_for(&replica).await;
    cut_off(&replica).await;
    before.record_consent(ana().key(), vec![receipt(false, false, now())]).await.unwrap();
    primary.kill().await;

    let after = store_at(&replica.url()).await;
    assert!(after.consent(ana().key()).await.unwrap().is_given(Purpose::Authorization));
    assert_eq!(claim(&after, &ana(), &reusable()).await.unwrap(), Ok(voided));
}

#[tokio::test]
async fn a_use_that_no_replica_confirms_lets_nobody_in() {
    let mut primary = RedisServer::start().await;
    let replica = primary.replica().await;
    let before = waiting_store(&primary, PATIENCE / 100).await;
    let once = pass(&store_at(&primary.url()).await, &ana(), &single_use()).await;
    primary.wait_for(&replica).await;
    cut_off(&replica).await;

    let unconfirmed = claim(&before, &ana(), &single_use()).await.unwrap_err();
    assert_eq!(unconfirmed.kind(), StoreErrorKind::Timeout);
    assert_eq!(
        claim(&before, &ana(), &single_use()).await.unwrap(),
        Err(Refused::Consumed),
        "the primary has consumed it, although the request was refused"
    );
    primary.kill().await;

    let after = store_at(&replica.url()).await;
    assert_eq!(claim(&after, &ana(), &single_use()).await.unwrap(), Ok(once), "the one use that succeeded");
    assert_eq!(claim(&after, &ana(), &single_use()).await.unwrap(), Err(Refused::Consumed));
}

#[tokio::test]
async fn a_use_that_the_promoted_replica_confirmed_is_not_brought_back() {
    let mut primary = RedisServer::start().await;
    let replica = primary.replica().await;
    let before = waiting_store(&primary, PATIENCE / 2).await;
    pass(&before, &ana(), &single_use()).await;
    let revoked = pass(&before, &anas_phone(), &reusable()).await;
    assert!(claim(&before, &ana(), &single_use()).await.unwrap().is_ok());
    before.revoke(Revocation::HostSession(&anas_phone())).await.unwrap();
    primary.kill().await;
    cut_off(&replica).await;

    let after = store_at(&replica.url()).await;
    assert_eq!(claim(&after, &ana(), &single_use()).await.unwrap(), Err(Refused::Consumed));
    assert_eq!(claim(&after, &anas_phone(), &reusable()).await.unwrap(), Err(Refused::Absent));
    assert!(!after.is_valid(&anas_phone(), &revoked).await.unwrap());
}

#[tokio::test]
async fn a_read_needs_no_replica() {
    let primary = RedisServer::start().await;
    let replica = primary.replica().await;
    let store = waiting_store(&primary, PATIENCE / 2).await;
    let made = pass(&store, &ana(), &reusable()).await;
    cut_off(&replica).await;
    assert_eq!(claim(&store, &ana(), &reusable()).await.unwrap(), Ok(made));
}

#[tokio::test]
async fn a_primary_that_was_cut_off_and_notices_refuses_to_be_read() {
    let primary = RedisServer::start().await;
    let replica = primary.replica().await;
    let store = store_at(&primary.url()).await;
    pass(&store, &ana(), &reusable()).await;
    primary.cli(&["config", "set", "min-replicas-to-write", "1"]).await;
    assert!(claim(&store, &ana(), &reusable()).await.unwrap().is_ok());
    cut_off(&replica).await;
    primary.cli(&["client", "kill", "type", "replica"]).await;
    let refused = claim(&store, &ana(), &reusable()).await.unwrap_err();
    assert_eq!(refused.kind(), StoreErrorKind::Unavailable);
}

#[tokio::test]
async fn a_primary_that_became_a_replica_is_not_believed() {
    let primary = RedisServer::start().await;
    let store = store_at(&primary.url()).await;
    pass(&store, &ana(), &reusable()).await;
    let other = RedisServer::start().await;
    primary.cli(&["replicaof", "127.0.0.1", &other.port().to_string()]).await;
    let refused = claim(&store, &ana(), &reusable()).await.unwrap_err();
    assert_eq!(refused.kind(), StoreErrorKind::Unavailable);
}

/// From now on it receives nothing, and is a primary of its own.
async fn cut_off(replica: &RedisServer) {
    assert_eq!(replica.cli(&["replicaof", "no", "one"]).await, "OK");
}

async fn waiting_store(primary: &RedisServer, time: Duration) -> DecisionStore {
    let waiting = patient(&primary.url()).wait_replicas(1, time);
    store(waiting.connect().await.expect("a primary with a replica"))
}

async fn attempts_left(store: &DecisionStore) -> u32 {
    match fail(store, &ana()).await {
        Settled::Retry { attempts_left, .. } => attempts_left,
        other => panic!("{other:?} with {:?}", limits()),
    }
}
