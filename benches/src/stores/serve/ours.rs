//! The gate on each of its stores.

use std::time::Duration;

use axum::Router;
use axum::routing::get;
use biometry_gate::policy::{Policy, Threshold};
use biometry_gate::store::near::NearCache;
use biometry_gate::store::shared::{Records, SharedStore, StoreKey};
use biometry_gate::store::{DecisionStore, MemoryStore};
use biometry_gate_redis::RedisRecords;
use biometry_gate_sql::{PostgresOptions, PostgresRecords, SqliteOptions, SqliteRecords};

use super::{CALLERS, PATIENCE, numbered, statement};
use crate::gate::Decisions;

pub(super) async fn router(kind: &str, place: &str, uses: usize) -> (Router, Vec<String>) {
    let decisions = decisions(kind, place, uses).await;
    let layer = decisions.gate.require(decisions.policy.name()).expect("the policy is the gate's");
    let router = Router::new().route("/statement", get(statement)).route_layer(layer);
    (router, numbered(decisions.live))
}

pub(super) async fn decisions(kind: &str, place: &str, uses: usize) -> Decisions {
    let policy = Policy::for_session("statement", Threshold::percent(70.0).expect("a percentage"))
        .max_age(Duration::from_secs(3600));
    let store = store(kind, place).await;
    if kind.ends_with("-once") {
        Decisions::fill_with(uses, policy.single_use(), store).await
    } else {
        Decisions::fill_with(CALLERS, policy, store).await
    }
}

async fn store(kind: &str, place: &str) -> DecisionStore {
    if place == "-" {
        return MemoryStore::new().into();
    }
    if place.starts_with("redis") {
        let records = RedisRecords::builder(place).time_limit(PATIENCE).connect().await.expect("a server");
        if kind == "ours-near" {
            let near = NearCache::following(shared(records.clone()), key(), records).await;
            return near.expect("a feed").into();
        }
        return shared(records).into();
    }
    if place.starts_with("postgres") {
        let options = PostgresOptions::parse(place).expect("an address").time_limit(PATIENCE);
        return shared(PostgresRecords::connect(options).await.expect("a server")).into();
    }
    let options = SqliteOptions::file(place).time_limit(PATIENCE);
    shared(SqliteRecords::open(options).await.expect("a file")).into()
}

fn shared(records: impl Records) -> SharedStore {
    SharedStore::new(records, key())
}

fn key() -> StoreKey {
    StoreKey::parse(b"not-a-secret-but-32-bytes-long!!").expect("a key")
}
