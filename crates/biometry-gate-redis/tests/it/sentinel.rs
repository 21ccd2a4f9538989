//! A primary that sentinels name, and another one after a fail-over.

use biometry_gate::store::StoreErrorKind;
use biometry_gate_redis::ConnectErrorKind;
use biometry_gate_testkit::store_contract::values::{ana, reusable, single_use};
use biometry_gate_testkit::{PATIENCE, RedisServer};
use tokio::time::timeout;

use crate::people::{claim, pass, patient, store_at};

#[tokio::test(flavor = "multi_thread")]
async fn the_store_follows_the_primary_that_the_sentinels_name() {
    let mut primary = RedisServer::start().await;
    let replica = primary.replica().await;
    let sentinel = sentinel_of(&primary).await;
    sentinel.wait_for_replica_of("main").await;
    let url = format!("redis+sentinel://127.0.0.1:{}/main", sentinel.port());
    let store = store_at(&url).await;
    let made = pass(&store, &ana(), &reusable()).await;
    primary.wait_for(&replica).await;

    primary.kill().await;
    let asking = async {
        loop {
            match claim(&store, &ana(), &reusable()).await {
                Ok(claimed) => return claimed,
                Err(error) => assert_ne!(error.kind(), StoreErrorKind::Corrupt),
            }
            tokio::time::sleep(std::time::Duration::from_millis(20)).await;
        }
    };
    let found = timeout(PATIENCE * 2, asking).await.expect("the new primary is found");
    assert_eq!(found, Ok(made));
    pass(&store, &ana(), &single_use()).await;
    assert!(claim(&store, &ana(), &single_use()).await.unwrap().is_ok(), "and written to");
    assert!(replica.cli(&["info", "replication"]).await.contains("role:master"));
}

#[tokio::test]
async fn a_name_that_no_sentinel_knows_is_unreachable() {
    let primary = RedisServer::start().await;
    let sentinel = sentinel_of(&primary).await;
    let url = format!("redis+sentinel://127.0.0.1:{}/other", sentinel.port());
    let error = patient(&url).connect().await.unwrap_err();
    assert_eq!(error.kind(), ConnectErrorKind::Unreachable);
}

/// A sentinel that calls this primary `main`, and quickly believes that it is gone.
async fn sentinel_of(primary: &RedisServer) -> RedisServer {
    let sentinel = RedisServer::start_sentinel().await;
    sentinel.cli(&["sentinel", "monitor", "main", "127.0.0.1", &primary.port().to_string(), "1"]).await;
    sentinel.cli(&["sentinel", "set", "main", "down-after-milliseconds", "300"]).await;
    sentinel.cli(&["sentinel", "set", "main", "failover-timeout", "2000"]).await;
    sentinel
}
