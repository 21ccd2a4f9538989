use std::marker::PhantomData;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use biometry_client::{ApiKey, BaseUrl, Client};
use biometry_gate::BiometryGate;
use biometry_gate::clock::{Clock, ManualClock};
use biometry_gate::gate::Builder;
use biometry_gate::policy::{Policy, Threshold};
use biometry_gate::receipts::ReceiptIssuer;
use biometry_gate::store::MemoryStore;
use biometry_sandbox::{Entry, Operation, Sandbox, SandboxBuilder};
use bytes::Bytes;

use super::app::{App, CALLER, Callers};
use super::person::{Challenge, Person};
use super::{HostHarness, Serving, platform};
use crate::audit_log::AuditLog;
use crate::browser::Browser;
use crate::faulty_store::FaultyStore;
use crate::upload::Upload;

/// A host with the [`App`], a sandbox behind it, people in front of it, and a clock that stands still: all of one test.
#[derive(Debug)]
pub struct Stage<H> {
    /// The platform's stand-in.
    pub sandbox: Sandbox,
    /// The platform key that the gate uses.
    pub key: String,
    /// The clock of the gate. It stands still until a test moves it.
    pub clock: Arc<ManualClock>,
    /// The gate's audit events.
    pub audit: AuditLog,
    /// The app that is served.
    pub app: App,
    serving: Serving,
    harness: PhantomData<fn() -> H>,
}

/// What a stage is made of.
pub struct Setup {
    sandbox: SandboxBuilder,
    clock: Arc<ManualClock>,
    gives_receipts: bool,
    operations: fn(Policy) -> Policy,
    adjust: Box<dyn FnOnce(Builder) -> Builder>,
}

impl<H: HostHarness> Stage<H> {
    /// The stage as it is by default: the gate's store answers at once.
    ///
    /// # Panics
    /// When something of it cannot be set up.
    pub async fn open() -> Self {
        Setup::new().open().await
    }

    /// A browser without a login.
    #[must_use]
    pub fn browser(&self) -> Browser {
        Browser::new(self.serving.address())
    }

    /// A user who has logged in with a fresh browser.
    #[must_use]
    pub fn log_in(&self, subject: &str) -> Person {
        static SESSIONS: AtomicU64 = AtomicU64::new(1);
        let browser = self.browser();
        let session = SESSIONS.fetch_add(1, Ordering::Relaxed);
        browser.put_cookie(CALLER, &format!("session-{session}.{subject}"));
        Person { browser, subject: subject.to_owned() }
    }

    /// A user who has logged in and agreed to be verified, but not to be enrolled.
    ///
    /// # Panics
    /// When the host does not take the consent.
    pub async fn consented(&self, subject: &str) -> Person {
        let person = self.log_in(subject);
        person.consent().await;
        person
    }

    /// What the platform has seen of one operation.
    #[must_use]
    pub fn seen(&self, operation: Operation) -> Vec<Entry> {
        platform::seen(&self.sandbox, operation)
    }

    /// How many captures the platform has seen whole.
    #[must_use]
    pub fn captures(&self) -> usize {
        platform::captures(&self.sandbox)
    }

    /// Begins an upload and waits until the platform sees it. The rest of the body is still to be sent.
    ///
    /// # Panics
    /// When the host does not read it, or the platform does not see it in time.
    pub async fn begin_upload(&self, person: &Person, challenge: &Challenge) -> (Upload, Bytes) {
        platform::begin_upload(&self.sandbox, person, challenge).await
    }
}

impl Setup {
    /// Nothing but the defaults.
    #[must_use]
    pub fn new() -> Self {
        Self {
            sandbox: Sandbox::builder(),
            clock: Arc::default(),
            gives_receipts: false,
            operations: |policy| policy,
            adjust: Box::new(|gate| gate),
        }
    }

    /// Has a say in how the platform's stand-in is built.
    #[must_use]
    pub fn sandbox(mut self, adjust: impl FnOnce(SandboxBuilder) -> SandboxBuilder) -> Self {
        self.sandbox = adjust(self.sandbox);
        self
    }

    /// Has a say in how the gate is built.
    #[must_use]
    pub fn gate(mut self, adjust: impl FnOnce(Builder) -> Builder + 'static) -> Self {
        let before = self.adjust;
        self.adjust = Box::new(move |gate| adjust(before(gate)));
        self
    }

    /// Has a say in the policy `operation`.
    #[must_use]
    pub fn operations(self, operations: fn(Policy) -> Policy) -> Self {
        Self { operations, ..self }
    }

    /// Has the gate issue receipts. The gated handlers' answers then have a member `receipts`: `ledger` and `again`, both
    /// for `https://ledger.example`, and `archive`, which is for `https://archive.example` and names the person.
    #[must_use]
    pub fn issuing(mut self, issuer: ReceiptIssuer) -> Self {
        self.gives_receipts = true;
        self.gate(|gate| gate.receipts(issuer))
    }

    /// Puts the gate's decisions into a store that takes its time, and fails on demand.
    #[must_use]
    pub fn with_faulty_store(self) -> (Self, FaultyStore) {
        let clock: Arc<dyn Clock> = self.clock.clone();
        let store = FaultyStore::new(MemoryStore::with_clock(clock));
        let own = store.clone();
        (self.gate(|gate| gate.store(own)), store)
    }

    /// Opens the stage.
    ///
    /// # Panics
    /// When something of it cannot be set up.
    pub async fn open<H: HostHarness>(self) -> Stage<H> {
        let sandbox = self.sandbox.start().await.expect("a sandbox");
        let base = BaseUrl::parse(&sandbox.base_url()).expect("an address");
        let key = sandbox.mint_key();
        let client = Client::connect(base, ApiKey::parse(&key).expect("a key")).expect("a client");
        let (callers, audit) = (Callers::default(), AuditLog::default());
        let gate = policies(BiometryGate::builder(client, callers.clone()), self.operations)
            .refusing(|refusing| refusing.realm("testkit"))
            .clock(self.clock.clone())
            .audit(|auditing| auditing.sink(audit.clone()));
        let gate = (self.adjust)(gate).build().expect("a gate");
        let app = App::new(gate, callers, self.gives_receipts);
        let serving = H::serve(app.clone()).await;
        Stage { sandbox, key, clock: self.clock, audit, app, serving, harness: PhantomData }
    }
}

impl Default for Setup {
    fn default() -> Self {
        Self::new()
    }
}

fn policies(gate: Builder, operations: fn(Policy) -> Policy) -> Builder {
    let threshold = Threshold::percent(70.0).expect("a percentage");
    let policy = |name| Policy::for_session(name, threshold).max_age(MAX_AGE);
    gate.policy(policy("reusable"))
        .policy(policy("once").single_use())
        .policy(operations(Policy::for_operation("operation", threshold).max_age(MAX_AGE)))
        .policy(policy("login"))
        .login(|login| login.policy("login"))
}

impl std::fmt::Debug for Setup {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Setup")
    }
}

/// How long a decision is fresh.
pub(crate) const MAX_AGE: Duration = Duration::from_secs(300);
