//! The network between the bank and its Redis.

use std::net::{Ipv4Addr, SocketAddr};
use std::time::Duration;

use biometry_gate::audit::EventKind;
use biometry_gate::store::shared::{SharedStore, StoreKey};
use biometry_gate_redis::RedisRecords;
use biometry_gate_testkit::{PATIENCE, RedisServer, RoughNetwork, Weather};
use serde_json::json;

use crate::harness::{Host, Member, Setup, World, eventually};

on_every_host! {
    a_partition_closes_every_door_in_time_and_changes_nothing,
    a_network_that_is_down_closes_every_door_and_comes_back,
    a_use_without_an_acknowledgement_lets_nobody_in,
    a_pass_without_an_acknowledgement_is_reported_as_none,
    an_upload_under_way_during_a_partition_leaves_no_half_record,
    a_withdrawal_during_a_partition_is_not_reported_as_done,
}

/// A bank whose way to its store can be spoilt.
struct Far {
    world: World,
    network: RoughNetwork,
    _server: RedisServer,
}

impl Far {
    async fn open<H: Host>() -> Self {
        let server = RedisServer::start().await;
        let network = RoughNetwork::to(SocketAddr::from((Ipv4Addr::LOCALHOST, server.port()))).await;
        let records = RedisRecords::builder(&format!("redis://{}", network.address())).time_limit(IN_TIME);
        let records = records.connect().await;
        let key = StoreKey::parse(b"a secret of these tests, long enough").expect("a key");
        let setup = Setup::new().var("STORE_TIMEOUT_MS", IN_TIME.as_millis());
        let store = SharedStore::new(records.expect("a store"), key).beside(setup.clock());
        Self { world: setup.store(store).open::<H>().await, network, _server: server }
    }

    /// Lets what goes on behind the answers come to its end, so that nothing but the test asks the store.
    async fn is_still(&self) {
        assert!(self.world.gate().drain(PATIENCE).await);
    }

    /// Fair weather again, and the store answers.
    async fn clears_up(&self, member: &Member) {
        self.network.weather(Weather::Fair);
        eventually("the store answers again", async || {
            member.browser.get("/biometry/session").send().await.status == 200
        })
        .await;
    }
}

async fn a_partition_closes_every_door_in_time_and_changes_nothing<H: Host>() {
    let far = Far::open::<H>().await;
    let ana = far.world.consented("pass@example.com").await;
    ana.approve("Zoe", "1").await;
    ana.pass("statement").await;
    far.network.weather(Weather::Partition);
    every_door_is_closed(&ana).await;
    assert_eq!(far.world.audit.count(EventKind::GateAllowed), 0);
    far.clears_up(&ana).await;
    let statement = ana.statement().await.ok();
    assert_eq!(statement["entries"], json!([]), "nothing was run");
    ana.transfer("Zoe", "1").await.ok();
    assert_eq!(ana.transfer("Zoe", "1").await.problem("step-up-required")["reason"], "consumed");
}

async fn a_network_that_is_down_closes_every_door_and_comes_back<H: Host>() {
    let far = Far::open::<H>().await;
    let ana = far.world.consented("pass@example.com").await;
    ana.pass("statement").await;
    far.network.weather(Weather::Down);
    every_door_is_closed(&ana).await;
    far.clears_up(&ana).await;
    ana.statement().await.ok();
    ana.pass("statement").await;
}

async fn a_use_without_an_acknowledgement_lets_nobody_in<H: Host>() {
    let far = Far::open::<H>().await;
    let ana = far.world.consented("pass@example.com").await;
    ana.pass("statement").await;
    ana.approve("Zoe", "1").await;
    far.is_still().await;
    // The answer to the reads comes back, the one to the write does not; or the second one's is lost already, where they do
    // not come together.
    far.network.weather(Weather::LostAnswers { after: 1 });
    ana.transfer("Zoe", "1").await.problem("store-unavailable");
    far.clears_up(&ana).await;
    assert_eq!(ana.statement().await.ok()["entries"], json!([]), "nothing was run");
    // What reached the store is spent, and what never did is still good for one use.
    let again = ana.transfer("Zoe", "1").await;
    if again.status != 200 {
        assert_eq!(again.problem("step-up-required")["reason"], "consumed");
    }
    ana.transfer("Zoe", "1").await.problem("step-up-required");
}

async fn a_pass_without_an_acknowledgement_is_reported_as_none<H: Host>() {
    let far = Far::open::<H>().await;
    let ana = far.world.consented("pass@example.com").await;
    let challenge = ana.start("statement").await;
    far.is_still().await;
    let (upload, rest) = far.world.begin_upload(&ana, &challenge).await;
    far.network.weather(Weather::LostAnswers { after: 1 });
    let mut upload = upload;
    upload.send(rest).await;
    upload.finish().await.problem("store-unavailable");
    far.clears_up(&ana).await;
    // Whatever was kept is a pass of this very person for this very policy: the person in front of the camera gets in. Where
    // nothing was, the upload counts as being judged until its lease is over.
    let seen = ana.statement().await;
    let is_closed = |reason: &serde_json::Value| reason == "absent" || reason == "pending";
    assert!(seen.status == 200 || is_closed(&seen.problem("step-up-required")["reason"]), "{seen:?}");
    assert_eq!(far.world.captures(), 1);
}

async fn an_upload_under_way_during_a_partition_leaves_no_half_record<H: Host>() {
    let far = Far::open::<H>().await;
    let ana = far.world.consented("pass@example.com").await;
    let challenge = ana.start("statement").await;
    let (mut upload, rest) = far.world.begin_upload(&ana, &challenge).await;
    far.network.weather(Weather::Partition);
    upload.send(rest).await;
    upload.finish().await.problem("store-unavailable");
    far.clears_up(&ana).await;
    ana.statement().await.problem("step-up-required");
    // Nothing of the verdict was kept; the claim runs out with its lease, and another session is there at once.
    ana.pass("statement").await;
    ana.statement().await.ok();
}

async fn a_withdrawal_during_a_partition_is_not_reported_as_done<H: Host>() {
    let far = Far::open::<H>().await;
    let ana = far.world.consented("pass@example.com").await;
    ana.pass("statement").await;
    far.network.weather(Weather::Partition);
    ana.browser.delete("/biometry/consent").send().await.problem("store-unavailable");
    far.clears_up(&ana).await;
    ana.browser.delete("/biometry/consent").send().await.granted();
    ana.statement().await.problem("step-up-required");
}

async fn every_door_is_closed(member: &Member) {
    member.statement().await.problem("store-unavailable");
    member.transfer("Zoe", "1").await.problem("store-unavailable");
    member.try_start(json!({})).await.problem("store-unavailable");
    member.browser.get("/biometry/session").send().await.problem("store-unavailable");
    member.browser.get("/biometry/consent").send().await.problem("store-unavailable");
}

/// How long the store may take: enough for a machine that is busy, since only what is cut off is to be late.
const IN_TIME: Duration = Duration::from_secs(2);
