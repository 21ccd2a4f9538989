//! The places a decision can be in, each with a server in front of it.

use std::fmt;
use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use axum::Router;
use axum::routing::get;
use biometry_gate::policy::{Policy, Threshold};
use biometry_gate::store::near::NearCache;
use biometry_gate::store::shared::{SharedStore, StoreKey};
use biometry_gate::store::MemoryStore;
use biometry_gate_redis::RedisRecords;
use biometry_gate_testkit::RedisServer;
use tokio::net::TcpListener;

use crate::gate::Decisions;

/// A server, and who may call it.
pub struct Rival {
    /// What the table calls it.
    pub name: &'static str,
    pub(super) address: SocketAddr,
    /// How many callers are let in.
    pub(super) live: usize,
    /// Where each caller is let in once only, the first one who was not yet.
    fresh: Option<AtomicUsize>,
}

impl Rival {
    async fn serve(name: &'static str, live: usize, router: Router) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let address = listener.local_addr().expect("it listens");
        tokio::spawn(async move { axum::serve(listener, router).await });
        Self { name, address, live, fresh: None }
    }

    /// Whether callers are let in more than once.
    pub(super) fn lets_in_again(&self) -> bool {
        self.fresh.is_none()
    }

    /// The first caller of a round.
    pub(super) fn next_caller(&self, requests: usize) -> usize {
        self.fresh.as_ref().map_or(0, |fresh| fresh.fetch_add(requests, Ordering::Relaxed))
    }
}

/// Everybody who is measured, the bare router first; `uses` is how many single uses there will be. The server of Redis
/// goes with the guard.
pub async fn rivals(uses: usize) -> (Vec<Rival>, RedisServer) {
    let server = RedisServer::start().await;
    let records =
        RedisRecords::builder(&server.url()).time_limit(PATIENCE).connect().await.expect("a server");
    let key = StoreKey::parse(b"not-a-secret-but-32-bytes-long!!").expect("a key");
    let shared = || SharedStore::new(records.clone(), key.clone());
    let near = NearCache::following(shared(), key.clone(), records.clone()).await.expect("a feed");

    let memory = Decisions::fill_with(CALLERS, reusable(), MemoryStore::new()).await;
    let asked = Decisions::fill_with(CALLERS, reusable(), shared()).await;
    let remembered = Decisions::fill_with(CALLERS, reusable(), near).await;
    let used = Decisions::fill_with(uses, reusable().single_use(), shared()).await;
    let bare = Router::new().route("/statement", get(statement));
    let mut all = vec![
        Rival::serve("bare router", CALLERS, bare).await,
        Rival::serve("reusable, in this process", CALLERS, gated(&memory)).await,
        Rival::serve("reusable, on Redis, asked each time", CALLERS, gated(&asked)).await,
        Rival::serve("reusable, on Redis, near cache", CALLERS, gated(&remembered)).await,
    ];
    let used = Rival::serve("single use, on Redis", uses, gated(&used)).await;
    all.push(Rival { fresh: Some(AtomicUsize::new(0)), ..used });
    (all, server)
}

fn reusable() -> Policy {
    Policy::for_session("statement", Threshold::percent(70.0).unwrap())
        .max_age(std::time::Duration::from_secs(3600))
}

fn gated(decisions: &Decisions) -> Router {
    let layer = decisions.gate.require(decisions.policy.name()).expect("the policy is the gate's");
    Router::new().route("/statement", get(statement)).route_layer(layer)
}

async fn statement() -> &'static str {
    "statement"
}

impl fmt::Debug for Rival {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Rival").field("name", &self.name).finish_non_exhaustive()
    }
}

const CALLERS: usize = 64;
/// For a machine that is busy measuring.
const PATIENCE: std::time::Duration = std::time::Duration::from_secs(10);
