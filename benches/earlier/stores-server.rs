//! `stores-server` of this package, for the gate as it was: it is built within the earlier commit's own tree.

use std::io::Read as _;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::routing::get;
use biometry_gate::policy::{Policy, Threshold};
use biometry_gate::store::shared::{Records, SharedStore, StoreKey};
use biometry_gate_benches::gate::Decisions;
use biometry_gate_redis::RedisRecords;
use biometry_gate_sql::{PostgresOptions, PostgresRecords};
use tokio::net::TcpListener;

fn main() {
    let mut arguments = std::env::args().skip(1);
    let mut next = || arguments.next().expect("KIND PLACE USES");
    let (kind, place, uses) = (next(), next(), next().parse().expect("a number of uses"));
    tokio::runtime::Runtime::new().expect("a runtime").block_on(serve(&kind, &place, uses));
}

async fn serve(kind: &str, place: &str, uses: usize) {
    let policy = Policy::face_live("statement", Threshold::percent(70.0).expect("a percentage"))
        .max_age(Duration::from_secs(3600));
    let (policy, live) = if kind.ends_with("-once") { (policy.single_use(), uses) } else { (policy, 64) };
    let store = store(place).await;
    let decisions = Decisions::fill_with(live, policy, Arc::new(store)).await;
    let layer = decisions.gate.require(decisions.policy.name()).expect("the policy is the gate's");
    let router = Router::new().route("/statement", get(async || "statement")).route_layer(layer);
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
    println!("{}", listener.local_addr().expect("it listens"));
    (0..live).for_each(|caller| println!("x-caller: {caller}"));
    println!();
    tokio::spawn(async move { axum::serve(listener, router).await });
    let end = tokio::task::spawn_blocking(|| std::io::stdin().read_to_end(&mut Vec::new()));
    let _ = end.await;
}

async fn store(place: &str) -> SharedStore {
    if place.starts_with("postgres") {
        let options = PostgresOptions::parse(place).expect("an address").time_limit(PATIENCE);
        over(PostgresRecords::connect(options).await.expect("a server"))
    } else {
        over(RedisRecords::builder(place).time_limit(PATIENCE).connect().await.expect("a server"))
    }
}

fn over(records: impl Records) -> SharedStore {
    SharedStore::new(records, StoreKey::parse(b"not-a-secret-but-32-bytes-long!!").expect("a key"))
}

/// For a machine that is busy measuring.
const PATIENCE: Duration = Duration::from_secs(10);
