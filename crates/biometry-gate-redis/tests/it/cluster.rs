//! The same on three nodes that are one cluster.

use std::sync::Arc;

use biometry_gate::clock::ManualClock;
use biometry_gate::principal::{HostSession, Principal};
use biometry_gate::store::{DecisionStore, StoreErrorKind};
use biometry_gate_redis::ConnectErrorKind;
use biometry_gate_testkit::store_contract::StoreHarness;
use biometry_gate_testkit::store_contract::values::limits;
use biometry_gate_testkit::{PATIENCE, RedisCluster};

use crate::contract::{Replicas, Shared};
use crate::people::{key, patient, store_at};

static CLUSTER: Shared<RedisCluster> = Shared::new();

struct OnACluster {
    replicas: Replicas,
    _cluster: Arc<RedisCluster>,
}

impl StoreHarness for OnACluster {
    async fn open(clock: Arc<ManualClock>) -> Self {
        let cluster = CLUSTER.get(RedisCluster::start).await;
        Self { replicas: Replicas::open(&cluster.url(), clock).await, _cluster: cluster }
    }

    fn replica(&self) -> DecisionStore {
        self.replicas.next()
    }
}

biometry_gate_testkit::store_contract!(OnACluster);

#[tokio::test]
async fn subjects_are_spread_over_the_nodes() {
    let cluster = RedisCluster::start().await;
    let store = store_at(&cluster.url()).await;
    for n in 0..32 {
        let owner = Principal::new(&format!("person-{n}"), HostSession::parse("browser").unwrap()).unwrap();
        store.reserve_start(&owner, &limits()).await.unwrap().unwrap();
    }
    for node in cluster.nodes() {
        assert_ne!(node.cli(&["dbsize"]).await, "0");
    }
}

#[tokio::test]
async fn a_slot_that_moves_takes_its_subjects_with_it() {
    let cluster = RedisCluster::start().await;
    let store = store_at(&cluster.url()).await;
    let ana = Principal::new("ana", HostSession::parse("browser").unwrap()).unwrap();
    store.reserve_start(&ana, &limits()).await.unwrap().unwrap();
    let key = format!("biometry-gate:{{{}}}", key().locate(ana.key()).to_hex());
    let moving = cluster.begin_to_move(&key).await;
    // In between it is on its way: the store is sent after it.
    store.reserve_start(&ana, &limits().starts(2, PATIENCE * 10)).await.unwrap().unwrap();
    moving.arrive().await;
    let third = store.reserve_start(&ana, &limits().starts(2, PATIENCE * 10)).await.unwrap();
    assert!(third.is_err(), "both starts are remembered");
}

#[tokio::test]
async fn a_write_that_no_replica_confirms_is_an_error_here_as_well() {
    let cluster = CLUSTER.get(RedisCluster::start).await;
    let waiting = patient(&cluster.url()).wait_replicas(1, PATIENCE / 100);
    let error = waiting.connect().await.unwrap_err();
    assert_eq!(error.kind(), ConnectErrorKind::Unfit);
    assert!(error.to_string().contains("replicas"), "{error}");
}

#[tokio::test]
async fn a_cluster_whose_nodes_hang_is_an_error_in_time() {
    let cluster = RedisCluster::start().await;
    let url = cluster.url();
    let records = biometry_gate_redis::RedisRecords::builder(&url).time_limit(PATIENCE / 5);
    let records = records.connect().await.unwrap();
    let store = crate::people::store(records);
    let ana = Principal::new("ana", HostSession::parse("browser").unwrap()).unwrap();
    store.reserve_start(&ana, &limits()).await.unwrap().unwrap();
    cluster.nodes().iter().for_each(biometry_gate_testkit::RedisServer::pause);
    let asked = tokio::time::timeout(PATIENCE, store.reserve_start(&ana, &limits())).await;
    assert_eq!(asked.expect("an answer").unwrap_err().kind(), StoreErrorKind::Timeout);
    cluster.nodes().iter().for_each(biometry_gate_testkit::RedisServer::resume);
}
