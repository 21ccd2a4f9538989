use std::sync::Arc;

use biometry_client::{ApiKey, BaseUrl, Client};
use biometry_gate::BiometryGate;
use biometry_gate::clock::SystemClock;
use biometry_gate::gate::Builder;
use biometry_gate::intent::{Intent, Route};
use biometry_gate::policy::{Policy, Threshold};
use biometry_gate::principal::{FromExtensions, HostSession, Principal};
use biometry_gate::store::MemoryStore;
use biometry_gate_testkit::{Answer, FaultyStore, Form, media};
use biometry_sandbox::Sandbox;
use bytes::Bytes;
use http::{Method, Request, Response};
use http_body_util::{BodyExt as _, Full};
use serde_json::json;
use tower::{Service, ServiceExt as _};

/// A gate of a host that has no server: requests are handed over in this process, with their caller in the extensions.
#[derive(Debug)]
pub(super) struct Desk {
    pub(super) gate: BiometryGate,
    pub(super) store: FaultyStore,
    sandbox: Sandbox,
}

impl Desk {
    /// A gate whose store takes its time.
    pub(super) async fn open() -> Self {
        Self::open_with(|gate| gate).await
    }

    pub(super) async fn open_with(adjust: impl FnOnce(Builder) -> Builder) -> Self {
        let sandbox = Sandbox::start().await.expect("a sandbox");
        let client = client(&sandbox);
        let store = FaultyStore::new(MemoryStore::with_clock(Arc::new(SystemClock)));
        let policy = |name| Policy::for_session(name, Threshold::vendor_verdict_only());
        let gate = BiometryGate::builder(client, FromExtensions)
            .policy(policy("statement"))
            .policy(policy("vault"))
            .policy(policy("once").single_use())
            .policy(Policy::for_operation("transfer", Threshold::vendor_verdict_only()))
            .store(store.clone());
        Self { gate: adjust(gate).build().expect("a gate"), store, sandbox }
    }

    /// A client of the desk's platform, for another gate.
    pub(super) fn client(&self) -> Client {
        client(&self.sandbox)
    }

    /// Verifies for a policy, and passes.
    pub(super) async fn pass(&self, policy: &str) {
        self.start(json!({ "policy": policy })).await;
    }

    /// Approves an operation that a refusal has handed out.
    pub(super) async fn approve(&self, intent: &serde_json::Value) {
        self.start(json!({ "policy": "transfer", "intent": intent })).await;
    }

    /// Approves an operation that the host has registered for a route.
    pub(super) async fn register(&self, route: Route<'_>, intent: &Intent) {
        let id = self.gate.register_intent(&ana(), "transfer", route, intent).await.expect("it is kept");
        self.approve(&json!(id.as_str())).await;
    }

    /// Says this about consent.
    pub(super) async fn consent(&self, body: serde_json::Value) {
        self.ask(post("/consent", "application/json", body.to_string())).await.granted();
    }

    async fn start(&self, body: serde_json::Value) {
        self.consent(json!({ "authorization": true })).await;
        self.ask(post("/session/start", "application/json", body.to_string())).await.granted();
        let form = Form::new().file("video", media::webm(10_000));
        let verified = self.ask(post("/verify", &form.content_type(), form.bytes())).await;
        assert_eq!(verified.granted()["scoring_result"], "pass");
    }

    async fn ask(&self, request: Request<Full<Bytes>>) -> Answer {
        answer(self.gate.routes(), request).await
    }
}

fn client(sandbox: &Sandbox) -> Client {
    let base = BaseUrl::parse(&sandbox.base_url()).expect("an address");
    let key = ApiKey::parse(&sandbox.mint_key()).expect("a key");
    Client::connect(base, key).expect("a client")
}

/// The one who is logged in.
pub(super) fn ana() -> Principal {
    Principal::new("pass@example.com", HostSession::parse("a-session-of-the-host").expect("a key"))
        .expect("a principal")
}

/// A request of a user who is logged in.
pub(super) fn request(method: Method, path: &str, body: impl Into<Bytes>) -> Request<Full<Bytes>> {
    let request = Request::builder().method(method).uri(path).extension(ana());
    request.body(Full::new(body.into())).expect("a request")
}

pub(super) fn get(path: &str) -> Request<Full<Bytes>> {
    request(Method::GET, path, "")
}

pub(super) fn post(path: &str, content_type: &str, body: impl Into<Bytes>) -> Request<Full<Bytes>> {
    let mut request = request(Method::POST, path, body);
    request.headers_mut().insert("content-type", content_type.parse().expect("a value"));
    request
}

/// What a service answers, read to its end.
pub(super) async fn answer<S, Q, R>(service: S, request: Request<Q>) -> Answer
where
    S: Service<Request<Q>, Response = Response<R>, Error: std::fmt::Debug>,
    R: http_body::Body<Data: Send, Error: std::fmt::Debug>,
{
    let (head, body) = service.oneshot(request).await.expect("an answer").into_parts();
    let body = body.collect().await.expect("a whole body").to_bytes();
    Answer { status: head.status, headers: head.headers, body }
}
