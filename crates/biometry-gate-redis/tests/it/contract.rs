//! What every store promises, over one server.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Weak};

use biometry_gate::clock::ManualClock;
use biometry_gate::store::DecisionStore;
use biometry_gate_testkit::RedisServer;
use biometry_gate_testkit::store_contract::StoreHarness;
use tokio::sync::Mutex;

use crate::people::{patient, shared};

struct OnOneServer {
    replicas: Replicas,
    _server: Arc<RedisServer>,
}

impl StoreHarness for OnOneServer {
    async fn open(clock: Arc<ManualClock>) -> Self {
        static SERVER: Shared<RedisServer> = Shared::new();
        let server = SERVER.get(RedisServer::start).await;
        Self { replicas: Replicas::open(&server.url(), clock).await, _server: server }
    }

    fn replica(&self) -> DecisionStore {
        self.replicas.next()
    }
}

biometry_gate_testkit::store_contract!(OnOneServer);

/// Two replicas with connections of their own, and a prefix that no other test has.
pub(crate) struct Replicas {
    stores: [DecisionStore; 2],
    turn: AtomicUsize,
}

impl Replicas {
    pub(crate) async fn open(url: &str, clock: Arc<ManualClock>) -> Self {
        static TESTS: AtomicUsize = AtomicUsize::new(0);
        let prefix = format!("test-{}", TESTS.fetch_add(1, Ordering::Relaxed));
        let open = async || {
            let records = patient(url).prefix(&prefix).connect().await.expect("a server that is fit");
            shared(records).with_clock(clock.clone()).into()
        };
        Self { stores: [open().await, open().await], turn: AtomicUsize::new(0) }
    }

    pub(crate) fn next(&self) -> DecisionStore {
        self.stores[self.turn.fetch_add(1, Ordering::Relaxed) % 2].clone()
    }
}

/// Something that tests which run at the same time share, and that ends with the last of them.
pub(crate) struct Shared<T>(Mutex<Weak<T>>);

impl<T> Shared<T> {
    pub(crate) const fn new() -> Self {
        Self(Mutex::const_new(Weak::new()))
    }

    pub(crate) async fn get(&self, start: impl AsyncFnOnce() -> T) -> Arc<T> {
        let mut shared = self.0.lock().await;
        if let Some(running) = shared.upgrade() {
            return running;
        }
        let started = Arc::new(start().await);
        *shared = Arc::downgrade(&started);
        started
    }
}
