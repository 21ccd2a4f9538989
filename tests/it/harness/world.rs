use std::collections::HashMap;
use std::net::SocketAddr;
use std::sync::Arc;

use bank::{Config, EndedLogins};
use biometry_gate::BiometryGate;
use biometry_gate::clock::{Clock, ManualClock};
use biometry_gate::gate::Builder;
use biometry_gate::store::shared::{SharedStore, StoreKey};
use biometry_gate::store::{DecisionStore, MemoryStore};
use biometry_gate_testkit::host::{self, Challenge};
use biometry_gate_testkit::{AuditLog, Browser, FaultyStore, MemoryRecords, Upload};
use biometry_sandbox::{Entry, Operation, Sandbox, SandboxBuilder};
use bytes::Bytes;

use super::hosts::{Adjust, Host, Served};
use super::member::Member;

/// A bank in front of a sandbox, both of one test.
#[derive(Debug)]
pub(crate) struct World {
    pub(crate) sandbox: Sandbox,
    /// The platform key that the bank uses.
    pub(crate) key: String,
    /// The clock of the bank's gate. It stands still until a test moves it.
    pub(crate) clock: Arc<ManualClock>,
    pub(crate) audit: AuditLog,
    served: Served,
}

/// What a world is made of.
pub(crate) struct Setup {
    variables: HashMap<String, String>,
    sandbox: SandboxBuilder,
    clock: Arc<ManualClock>,
    ended: Option<EndedLogins>,
    adjust: Adjust,
}

impl World {
    /// The world as it is by default.
    pub(crate) async fn open<H: Host>() -> Self {
        Setup::new().open::<H>().await
    }

    pub(crate) fn address(&self) -> SocketAddr {
        self.served.address
    }

    /// A browser that has not been here before.
    pub(crate) fn browser(&self) -> Browser {
        Browser::new(self.served.address)
    }

    /// A user who has logged in with a fresh browser.
    pub(crate) async fn log_in(&self, email: &str) -> Member {
        Member::log_in(self.browser(), email).await
    }

    /// A user who has logged in and agreed to be verified, but not to be enrolled.
    pub(crate) async fn consented(&self, email: &str) -> Member {
        let member = self.log_in(email).await;
        member.consent().await;
        member
    }

    pub(crate) fn gate(&self) -> &BiometryGate {
        &self.served.gate
    }

    /// What the platform has seen of one operation.
    pub(crate) fn seen(&self, operation: Operation) -> Vec<Entry> {
        host::seen(&self.sandbox, operation)
    }

    /// Begins an upload and waits until the platform sees it. What is left of the body is still to be sent.
    pub(crate) async fn begin_upload(&self, member: &Member, challenge: &Challenge) -> (Upload, Bytes) {
        host::begin_upload(&self.sandbox, member, challenge).await
    }

    /// How many captures the platform has seen whole.
    pub(crate) fn captures(&self) -> usize {
        host::captures(&self.sandbox)
    }
}

impl Setup {
    pub(crate) fn new() -> Self {
        let secret = "the secret that all banks of these tests share";
        Self {
            variables: HashMap::from([("SESSION_SECRET".to_owned(), secret.to_owned())]),
            sandbox: Sandbox::builder(),
            clock: Arc::default(),
            ended: None,
            adjust: Box::new(|gate| gate),
        }
    }

    /// Sets a variable of the bank's environment.
    pub(crate) fn var(mut self, name: &str, value: impl ToString) -> Self {
        self.variables.insert(name.to_owned(), value.to_string());
        self
    }

    /// Leaves a variable out of the bank's environment.
    pub(crate) fn without_var(mut self, name: &str) -> Self {
        self.variables.remove(name);
        self
    }

    /// Has a say in how the sandbox is built.
    pub(crate) fn sandbox(mut self, adjust: impl FnOnce(SandboxBuilder) -> SandboxBuilder) -> Self {
        self.sandbox = adjust(self.sandbox);
        self
    }

    /// Has a say in how the gate is built.
    pub(crate) fn gate(mut self, adjust: impl FnOnce(Builder) -> Builder + Send + 'static) -> Self {
        let before = self.adjust;
        self.adjust = Box::new(move |gate| adjust(before(gate)));
        self
    }

    /// A replica of another bank: the same platform and key, the same clock, the same host sessions. For the same
    /// decisions it needs the same store.
    pub(crate) fn replica_of(world: &World) -> Self {
        let setup = Self { clock: Arc::clone(&world.clock), ..Self::new() };
        setup.var("BIOMETRY_API_KEY", &world.key).var("BIOMETRY_BASE_URL", world.sandbox.base_url())
    }

    /// The clock that the bank's gate will have.
    pub(crate) fn clock(&self) -> Arc<ManualClock> {
        Arc::clone(&self.clock)
    }

    /// [`replica_of`](Self::replica_of), with a clock of its own that shows the same time.
    pub(crate) fn apart_from(world: &World) -> Self {
        Self { clock: Arc::new(ManualClock::at(world.clock.now())), ..Self::replica_of(world) }
    }

    /// Puts the gate's decisions into this store.
    pub(crate) fn store(self, store: impl Into<DecisionStore>) -> Self {
        let store = store.into();
        self.gate(|gate| gate.store(store))
    }

    /// Puts the gate's decisions into a store that fails on demand.
    pub(crate) fn with_faulty_store(self) -> (Self, FaultyStore) {
        let clock: Arc<dyn Clock> = self.clock.clone();
        let store = FaultyStore::new(MemoryStore::with_clock(clock));
        (self.store(store.clone()), store)
    }

    /// Puts the gate's decisions where replicas with the same records find them, each with a store of its own.
    pub(crate) fn with_shared_store(self, records: &MemoryRecords) -> Self {
        let clock: Arc<dyn Clock> = self.clock.clone();
        let key = StoreKey::parse(b"a key that all stores of these tests share").expect("a key");
        let ended = Some(EndedLogins::there(records.clone()));
        Self { ended, ..self }.store(SharedStore::new(records.clone(), key).with_clock(clock))
    }

    pub(crate) async fn open<H: Host>(self) -> World {
        let sandbox = self.sandbox.start().await.expect("a sandbox");
        let key = sandbox.mint_key();
        let mut variables = HashMap::from([
            ("LISTEN_ADDR".to_owned(), "127.0.0.1:0".to_owned()),
            ("BIOMETRY_API_KEY".to_owned(), key.clone()),
            ("BIOMETRY_BASE_URL".to_owned(), sandbox.base_url()),
        ]);
        variables.extend(self.variables);
        let config = Config::read(|name| variables.get(name).cloned()).expect("a configuration");
        let (clock, audit) = (self.clock, AuditLog::default());
        let adjust: Adjust = {
            let (clock, audit, last) = (clock.clone(), audit.clone(), self.adjust);
            Box::new(move |gate| last(gate.clock(clock).audit(|auditing| auditing.sink(audit))))
        };
        let served = H::serve(config, self.ended, adjust).await;
        World { sandbox, key, clock, audit, served }
    }
}
