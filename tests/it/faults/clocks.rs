//! Clocks that jump, and clocks that disagree.

use std::time::Duration;

use biometry_gate::store::shared::{SharedStore, StoreKey};
use biometry_gate_redis::RedisRecords;
use biometry_gate_testkit::{PATIENCE, RedisServer};
use serde_json::json;

use crate::harness::{Host, Setup, World};

on_every_host! {
    a_clock_that_is_set_back_makes_no_proof_last_longer,
    a_clock_that_jumps_ahead_ends_what_was_open,
    replicas_whose_clocks_disagree_agree_on_what_is_fresh,
}

const HOUR: Duration = Duration::from_secs(3600);

async fn a_clock_that_is_set_back_makes_no_proof_last_longer<H: Host>() {
    let world = World::open::<H>().await;
    let ana = world.consented("pass@example.com").await;
    ana.pass("statement").await;
    ana.statement().await.ok();
    world.clock.turn_back(HOUR);
    ana.statement().await.problem("step-up-required");
    world.clock.advance(HOUR);
    ana.statement().await.ok();
    world.clock.advance(Duration::from_secs(301));
    ana.statement().await.problem("step-up-required");
}

async fn a_clock_that_jumps_ahead_ends_what_was_open<H: Host>() {
    let world = World::open::<H>().await;
    let ana = world.consented("pass@example.com").await;
    ana.pass("statement").await;
    let challenge = ana.start("statement").await;
    world.clock.advance(HOUR * 24 * 365);
    ana.statement().await.problem("step-up-required");
    ana.verify(&challenge).await.problem("session-unknown");
    ana.pass("statement").await;
    ana.statement().await.ok();
}

async fn replicas_whose_clocks_disagree_agree_on_what_is_fresh<H: Host>() {
    let server = RedisServer::start().await;
    let on_one_store = async |setup: Setup| {
        let records =
            RedisRecords::builder(&server.url()).time_limit(PATIENCE).connect().await.expect("a store");
        let key = StoreKey::parse(b"a secret of these tests, long enough").expect("a key");
        let setup = setup.var("STORE_TIMEOUT_MS", PATIENCE.as_millis());
        let clock = setup.clock();
        setup.store(SharedStore::new(records, key).beside(clock)).open::<H>().await
    };
    // Neither of them has the time of the store, which is the machine's.
    let ahead = on_one_store(Setup::new()).await;
    let behind = on_one_store(Setup::apart_from(&ahead)).await;
    ahead.clock.advance(HOUR);
    behind.clock.turn_back(HOUR * 24 * 30);
    let ana = ahead.consented("pass@example.com").await;
    let elsewhere = ana.at(behind.address());
    ana.pass("statement").await;
    elsewhere.statement().await.ok();
    let challenge = elsewhere.start("statement").await;
    ana.verify(&challenge).await.granted();

    let refusal = elsewhere.transfer("Zoe", "1").await.problem("step-up-required");
    let start = json!({ "policy": "transfer", "intent": refusal["step_up"]["intent"]["id"] });
    let approval = crate::harness::Challenge::read(&ana.try_start(start).await.granted());
    elsewhere.verify(&approval).await.granted();
    ana.transfer("Zoe", "1").await.ok();
    assert_eq!(elsewhere.transfer("Zoe", "1").await.problem("step-up-required")["reason"], "consumed");
}
