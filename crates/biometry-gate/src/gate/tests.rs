//! The gate as a layer: what it lets in, what it leaves behind, what it calls.

mod administration;
mod approvals;
mod browsers;
mod operations;
mod permits;

use std::convert::Infallible;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::task::{Context, Poll};
use std::time::Duration;

use async_trait::async_trait;
use biometry_client::{ApiKey, BaseUrl, Body, Client, PlatformSession, Transport, TransportError};
use bytes::Bytes;
use http::{Method, Request, Response, StatusCode};
use http_body_util::Full;
use serde_json::json;
use tower::{Layer as _, Service, ServiceExt as _};

use super::{
    Auditing, BiometryGate, BiometryGateLayer, Builder, Denial, ExpiringBody, ForOperation, Operation, Permit,
};
use crate::Limits;
use crate::audit::{AuditSink, Event, EventLost};
use crate::challenge::Problem;
use crate::clock::{Clock, ManualClock};
use crate::decision::sample::sample;
use crate::entropy::OsEntropy;
use crate::id::{ClaimId, ReturnHandle, SessionId};
use crate::intent::{Intent, Route};
use crate::phrase::Phrase;
use crate::policy::{Policy, Threshold};
use crate::principal::{FromExtensions, HostSession, Principal, Tenant};
use crate::record::{Settlement, Upload};
use crate::session::NewSession;
use crate::store::{DecisionStore, MemoryStore};

/// The gate never talks to the platform: this one would not answer.
#[derive(Debug)]
struct Unreachable;

#[async_trait]
impl Transport for Unreachable {
    async fn send(&self, _: http::Request<Body>) -> Result<http::Response<Body>, TransportError> {
        panic!("the read path has called the platform")
    }
}

pub(super) fn client(services: &[&str]) -> Client {
    use base64::Engine as _;
    let claims = json!({ "id": "k-1", "project_id": "p-1", "selected_services": services }).to_string();
    let claims = base64::prelude::BASE64_URL_SAFE_NO_PAD.encode(claims);
    let key = ApiKey::parse(&format!("eyJhbGciOiJIUzI1NiJ9.{claims}.c2ln")).unwrap();
    Client::new(BaseUrl::production(), key, Unreachable)
}

pub(super) const SERVICES: [&str; 3] =
    ["Face Liveness Detection", "Face Recognition", "Visual Speech Recognition"];

pub(super) fn percent(minimum: f64) -> Threshold {
    Threshold::percent(minimum).unwrap()
}

/// A gate with the policies `reusable`, `once` and `payment`, its clock, and the store that both see.
struct World {
    gate: BiometryGate,
    clock: Arc<ManualClock>,
    store: DecisionStore,
    owner: Principal,
}

impl World {
    fn new() -> Self {
        Self::with(|builder| builder)
    }

    fn with(adjust: impl FnOnce(Builder) -> Builder) -> Self {
        let clock = Arc::new(ManualClock::default());
        let store = DecisionStore::from(MemoryStore::with_clock(Arc::clone(&clock) as Arc<dyn Clock>));
        let builder = BiometryGate::builder(client(&SERVICES), FromExtensions)
            .policy(Policy::for_session("reusable", percent(70.0)))
            .policy(Policy::for_session("once", percent(70.0)).single_use())
            .policy(Policy::for_operation("payment", percent(70.0)))
            .clock(Arc::clone(&clock) as Arc<dyn Clock>)
            .store(store.clone());
        let gate = adjust(builder).build().unwrap();
        Self {
            gate,
            clock,
            store,
            owner: Principal::new("ana@example.com", HostSession::parse("host-1").unwrap()).unwrap(),
        }
    }

    /// Has the owner verified for a policy.
    async fn verify(&self, policy: &str, intent: Option<&Intent>) {
        let limits = Limits::default();
        let policy = self.gate.0.projects.of(&Tenant::default()).unwrap().policy(policy).unwrap();
        let upload = self.upload(policy, &limits).await;
        let route = Route::new("POST", "/gated").at("/gated?page=1");
        let digest = intent.map(|intent| intent.digest(self.owner.key(), policy, route).unwrap());
        let decision = sample(policy, digest, self.clock.now());
        self.store.settle(&self.owner, &upload, Settlement::Passed(decision), &limits).await.unwrap();
    }

    /// Has the owner fail to verify.
    async fn fail(&self, policy: &str, limits: &Limits) {
        let policy = self.gate.0.projects.of(&Tenant::default()).unwrap().policy(policy).unwrap();
        let upload = self.upload(policy, limits).await;
        let next = (Phrase::random(&OsEntropy).unwrap(), Duration::from_secs(180));
        let rejected = Settlement::Rejected { counts: true, next };
        self.store.settle(&self.owner, &upload, rejected, limits).await.unwrap();
    }

    /// Has the owner start, and begin an upload.
    async fn upload(&self, policy: &Policy, limits: &Limits) -> Upload {
        let session = SessionId::random(&OsEntropy).unwrap();
        let new = NewSession {
            id: session.clone(),
            policy: policy.shared_name(),
            intent: None,
            platform_session: PlatformSession::parse("sess_1").unwrap(),
            phrase: Phrase::random(&OsEntropy).unwrap(),
            time_to_live: Duration::from_secs(180),
        };
        self.store.open_session(&self.owner, new).await.unwrap();
        let upload =
            Upload { session, claim: ClaimId::random(&OsEntropy).unwrap(), lease: Duration::from_secs(60) };
        self.store.begin_upload(&self.owner, &upload, limits).await.unwrap().unwrap();
        upload
    }

    fn request(&self, method: Method) -> Request<Full<Bytes>> {
        let mut request = Request::new(Full::default());
        *request.method_mut() = method;
        *request.uri_mut() = "/gated?page=1".parse().unwrap();
        request.extensions_mut().insert(self.owner.clone());
        request
    }
}

/// A handler that counts its runs, insists on being the instance that was polled ready, and says whether it was given
/// a permit.
#[derive(Debug, Default)]
struct Handler {
    runs: Arc<AtomicUsize>,
    is_ready: AtomicBool,
    status: StatusCode,
}

impl Clone for Handler {
    fn clone(&self) -> Self {
        Self { runs: Arc::clone(&self.runs), is_ready: AtomicBool::new(false), status: self.status }
    }
}

impl Service<Request<Full<Bytes>>> for Handler {
    type Response = Response<Full<Bytes>>;
    type Error = Infallible;
    type Future = std::future::Ready<Result<Self::Response, Infallible>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
        self.is_ready.store(true, Ordering::Relaxed);
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, request: Request<Full<Bytes>>) -> Self::Future {
        assert!(self.is_ready.load(Ordering::Relaxed), "called without having been polled ready");
        self.runs.fetch_add(1, Ordering::Relaxed);
        let permit = Permit::of(request.extensions());
        let text = permit.map_or("no permit".to_owned(), |permit| permit.decision().policy().to_owned());
        let mut response = Response::new(Full::from(text));
        *response.status_mut() = self.status;
        std::future::ready(Ok(response))
    }
}

async fn refusal(gate: &super::BiometryGateLayer, request: Request<Full<Bytes>>) -> String {
    let answer = gate.layer(Handler::default()).oneshot(request).await.unwrap();
    let body: serde_json::Value = serde_json::from_str(&text(answer).await).unwrap();
    body["reason"].as_str().unwrap_or_default().to_owned()
}

async fn text(response: Response<Full<Bytes>>) -> String {
    use http_body_util::BodyExt as _;
    String::from_utf8(response.into_body().collect().await.unwrap().to_bytes().into()).unwrap()
}

#[tokio::test]
async fn a_decision_lets_in_and_nothing_else_does() {
    let world = World::new();
    let handler = Handler::default();
    let service = world.gate.require("reusable").unwrap().layer(handler.clone());
    let refused = service.clone().oneshot(world.request(Method::GET)).await.unwrap();
    assert_eq!(refused.status(), 401);
    assert!(matches!(refused.extensions().get::<Denial>(), Some(Denial::StepUpRequired(_))));
    let mut nobody = world.request(Method::GET);
    nobody.extensions_mut().clear();
    let refused = service.clone().oneshot(nobody).await.unwrap();
    assert!(matches!(refused.extensions().get::<Denial>(), Some(Denial::AuthenticationRequired)));
    assert!(!refused.headers()["www-authenticate"].to_str().unwrap().contains("error"));
    assert_eq!(handler.runs.load(Ordering::Relaxed), 0);
    world.verify("reusable", None).await;
    let allowed = service.oneshot(world.request(Method::GET)).await.unwrap();
    assert_eq!(allowed.headers()["cache-control"], "no-store");
    assert_eq!(text(allowed).await, "reusable");
}

#[tokio::test]
async fn a_claimed_name_is_no_login_even_where_the_host_says_so() {
    let mut world = World::new();
    let service = world.gate.require("reusable").unwrap().layer(Handler::default());
    let subject = world.owner.subject().clone();
    world.owner = Principal::claimed(Tenant::default(), subject, "host-1").unwrap();
    world.verify("reusable", None).await;
    let refused = service.oneshot(world.request(Method::GET)).await.unwrap();
    assert_eq!(refused.status(), 503);
    assert!(matches!(refused.extensions().get::<Denial>(), Some(Denial::IdentityUnavailable)));
}

#[tokio::test]
async fn the_instance_that_was_polled_ready_is_the_one_that_is_called() {
    let world = World::new();
    let mut service = world.gate.require("reusable").unwrap().layer(Handler::default());
    // Refusals go through the store's slow path, which takes the ready instance along.
    for _ in 0..2 {
        let answer = service.ready().await.unwrap().call(world.request(Method::GET)).await.unwrap();
        assert_eq!(answer.status(), 401);
    }
    world.verify("reusable", None).await;
    let answer = service.ready().await.unwrap().call(world.request(Method::GET)).await.unwrap();
    assert_eq!(answer.status(), 200);
}

#[tokio::test]
async fn a_glance_uses_nothing_up() {
    let world = World::new();
    world.verify("once", None).await;
    let service = world.gate.require("once").unwrap().layer(Handler::default());
    assert_eq!(service.clone().oneshot(world.request(Method::HEAD)).await.unwrap().status(), 401);
    for (name, value) in
        [("sec-purpose", "prefetch;prerender"), ("purpose", "Prefetch"), ("x-moz", "prefetch")]
    {
        let mut ahead = world.request(Method::GET);
        ahead.headers_mut().insert(name, value.parse().unwrap());
        assert_eq!(service.clone().oneshot(ahead).await.unwrap().status(), 401, "{name}");
    }
    assert_eq!(service.clone().oneshot(world.request(Method::GET)).await.unwrap().status(), 200);
    assert_eq!(service.oneshot(world.request(Method::GET)).await.unwrap().status(), 401);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn one_of_a_hundred_parallel_requests_uses_a_decision() {
    let world = World::new();
    world.verify("once", None).await;
    let handler = Handler::default();
    let service = world.gate.require("once").unwrap().layer(handler.clone());
    let tasks: Vec<_> =
        (0..100).map(|_| tokio::spawn(service.clone().oneshot(world.request(Method::POST)))).collect();
    let mut allowed = 0;
    for task in tasks {
        allowed += usize::from(task.await.unwrap().unwrap().status() == 200);
    }
    assert_eq!((allowed, handler.runs.load(Ordering::Relaxed)), (1, 1));
}

#[tokio::test]
async fn nothing_is_let_in_that_a_required_audit_trail_does_not_take() {
    #[derive(Debug)]
    struct Full;
    impl AuditSink for Full {
        fn record(&self, _: &Event) -> Result<(), EventLost> {
            Err(EventLost)
        }
    }
    for (is_required, status) in [(false, 200), (true, 503)] {
        let world = World::with(|builder| {
            let builder = builder.audit(|audit| audit.sink(Full));
            if is_required { builder.audit(Auditing::required) } else { builder }
        });
        world.verify("reusable", None).await;
        let handler = Handler::default();
        let service = world.gate.require("reusable").unwrap().layer(handler.clone());
        assert_eq!(service.oneshot(world.request(Method::GET)).await.unwrap().status(), status);
        assert_eq!(handler.runs.load(Ordering::Relaxed), usize::from(!is_required));
    }
}

#[tokio::test(start_paused = true)]
async fn a_stream_ends_with_its_proof() {
    use http_body_util::{BodyExt as _, StreamBody};
    let world = World::new();
    world.verify("reusable", None).await;
    let head = world.request(Method::GET).into_parts().0;
    let policy =
        Policy::clone(world.gate.0.projects.of(&Tenant::default()).unwrap().policy("reusable").unwrap());
    let permit = world.gate.check(&policy, &head).await.unwrap();
    let endless = StreamBody::new(Silence);
    let mut body = ExpiringBody::new(endless, world.gate.until_expired(&permit));
    world.gate.log_out(&world.owner).await.unwrap();
    let start = tokio::time::Instant::now();
    let end = body.frame().await.expect("an end that is no clean one");
    assert!(end.is_err() && start.elapsed() <= Duration::from_secs(5));
    assert!(body.frame().await.is_none());
}

/// A stream that never says anything.
struct Silence;

impl futures_core::Stream for Silence {
    type Item = Result<http_body::Frame<Bytes>, Infallible>;

    fn poll_next(self: std::pin::Pin<&mut Self>, _: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        Poll::Pending
    }
}

fn clone(request: &Request<Full<Bytes>>) -> Request<Full<Bytes>> {
    request.clone()
}

#[tokio::test(start_paused = true)]
async fn a_body_that_never_ends_is_not_waited_for() {
    use http_body_util::StreamBody;
    let world = World::new();
    let enforcer = world.gate.operation_enforcer("payment").unwrap();
    let head = world.request(Method::POST).into_parts().0;
    let super::Screening::Caller(caller) = enforcer.screen(&head) else { panic!("the owner is known") };
    let read = |_: &http::request::Parts, _: &Bytes| Ok(Intent::new("pay"));
    let denial = enforcer
        .check_intent(&caller, &read, Some(Route::new("POST", "/gated")), &head, StreamBody::new(Silence))
        .await;
    let denial = denial.unwrap_err();
    assert!(matches!(denial, Denial::BodyTooSlow));
}
