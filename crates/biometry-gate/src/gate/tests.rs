//! The gate as a layer: what it lets in, what it leaves behind, what it calls.

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
use crate::ledger::{Settlement, Upload};
use crate::phrase::Phrase;
use crate::policy::{Policy, Threshold};
use crate::principal::{FromExtensions, HostSession, Principal, Tenant};
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
        let policy = self.gate.0.projects.of(&Tenant::default()).unwrap().policy(policy).unwrap();
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
        let limits = Limits::default();
        self.store.begin_upload(&self.owner, &upload, &limits).await.unwrap().unwrap();
        let route = Route::new("POST", "/gated").at("/gated?page=1");
        let digest = intent.map(|intent| intent.digest(self.owner.key(), policy, route));
        let decision = sample(policy, digest, self.clock.now());
        self.store.settle(&self.owner, &upload, Settlement::Passed(decision), &limits).await.unwrap();
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
async fn an_outer_gates_permit_is_not_an_inner_gates() {
    let world = World::new();
    world.verify("reusable", None).await;
    let ungated = Handler::default();
    let inner = world.gate.require("once").unwrap().layer(ungated);
    let outer = world.gate.require("reusable").unwrap().layer(inner);
    let answer = outer.oneshot(world.request(Method::GET)).await.unwrap();
    assert_eq!(answer.status(), 401);
    assert!(text(answer).await.contains(r#""policy":"once""#));
}

#[test]
fn a_principal_that_is_kept_carries_no_permit_along() {
    let world = World::new();
    let policy = world.gate.0.projects.of(&Tenant::default()).unwrap().policy("reusable").unwrap();
    let decision = Arc::new(sample(policy, None, world.clock.now()));
    let mut extensions = http::Extensions::new();
    extensions.insert(world.owner.clone());
    Permit::new(world.owner.clone(), decision, world.gate.clone()).attach(&mut extensions);
    assert!(Permit::of(&extensions).is_some());
    let kept = extensions.get::<Principal>().unwrap().clone();
    let mut later = http::Extensions::new();
    later.insert(kept);
    assert!(Permit::of(&later).is_none());
    Permit::detach(&mut extensions);
    assert!(Permit::of(&extensions).is_none());
}

#[test]
fn an_inner_gates_permit_takes_the_place_of_an_outer_gates() {
    let world = World::new();
    let permit = |name: &str| {
        let policy = world.gate.0.projects.of(&Tenant::default()).unwrap().policy(name).unwrap();
        let decision = Arc::new(sample(policy, None, world.clock.now()));
        Permit::new(world.owner.clone(), decision, world.gate.clone())
    };
    let mut extensions = http::Extensions::new();
    permit("reusable").attach(&mut extensions);
    // Now the host's principal is there, in which the next one goes.
    extensions.insert(world.owner.clone());
    permit("once").attach(&mut extensions);
    assert_eq!(Permit::of(&extensions).unwrap().decision().policy(), "once");
}

#[tokio::test]
async fn a_preflight_passes_without_a_permit() {
    let world = World::new();
    world.verify("once", None).await;
    let service = world.gate.require("once").unwrap().layer(Handler::default());
    let mut preflight = world.request(Method::OPTIONS);
    preflight.headers_mut().insert("origin", "https://app.example".parse().unwrap());
    let from_elsewhere = service.clone().oneshot(clone(&preflight)).await.unwrap();
    assert_eq!(from_elsewhere.status(), 403, "plain OPTIONS could use the decision up");
    preflight.headers_mut().insert("host", "app.example".parse().unwrap());
    assert_eq!(
        service.clone().oneshot(clone(&preflight)).await.unwrap().status(),
        200,
        "plain OPTIONS asks for a proof"
    );
    preflight.headers_mut().insert("access-control-request-method", "POST".parse().unwrap());
    let answer = service.clone().oneshot(clone(&preflight)).await.unwrap();
    assert_eq!(text(answer).await, "no permit");
    for (name, value) in [("content-length", "2"), ("transfer-encoding", "chunked")] {
        let mut loaded = clone(&preflight);
        loaded.headers_mut().insert(name, value.parse().unwrap());
        loaded.extensions_mut().clear();
        assert_eq!(service.clone().oneshot(loaded).await.unwrap().status(), 401, "with {name} it is none");
    }
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
async fn what_was_approved_is_what_runs() {
    let world = World::new();
    let read = |_: &http::request::Parts, body: &Bytes| {
        let amount = std::str::from_utf8(body).map_err(|_| super::IntentError)?;
        Ok(Intent::new("pay").line("Amount", amount))
    };
    world.verify("payment", Some(&Intent::new("pay").line("Amount", "12.50"))).await;
    let service = world.gate.require_for("payment", "/gated", read).unwrap().layer(Handler::default());
    let pay = |amount: &'static [u8]| {
        let (head, _) = world.request(Method::POST).into_parts();
        service.clone().oneshot(Request::from_parts(head, Full::from(amount)))
    };
    assert_eq!(pay(b"1250").await.unwrap().status(), 401);
    assert_eq!(pay(b"\xff").await.unwrap().status(), 422);
    assert_eq!(pay(b"12.50").await.unwrap().status(), 200);
    assert_eq!(pay(b"12.50").await.unwrap().status(), 401);
    assert_eq!(pay(br#"{"amount":"1","amount":"1000"}"#).await.unwrap().status(), 422);
    static LARGE: [u8; 64 * 1024 + 1] = [b'1'; 64 * 1024 + 1];
    assert_eq!(pay(&LARGE).await.unwrap().status(), 413);
}

#[tokio::test]
async fn what_was_approved_for_one_route_opens_no_other() {
    let world = World::new();
    let read = |_: &http::request::Parts, _: &Bytes| Ok(Intent::new("pay"));
    let at = |template: &'static str| world.gate.require_for("payment", template, read).unwrap();
    let status = async |template, method| {
        at(template).layer(Handler::default()).oneshot(world.request(method)).await.unwrap().status()
    };
    world.verify("payment", Some(&Intent::new("pay"))).await;
    assert_eq!(status("/refund", Method::POST).await, 401);
    assert_eq!(status("/gated", Method::PUT).await, 401);
    assert_eq!(status("/gated", Method::POST).await, 200);
    assert_eq!(status("/gated", Method::POST).await, 401);
}

#[tokio::test]
async fn an_operation_that_was_registered_beforehand_is_for_its_route_alone() {
    let world = World::new();
    let read = |_: &http::request::Parts, _: &Bytes| Ok(Intent::new("pay"));
    for mounted in ["/gated", "/refund"] {
        world.gate.require_for("payment", mounted, read).unwrap();
    }
    let register = async |method, template| {
        let route = Route::new(method, template).at("/gated?page=1");
        world.gate.register_intent(&world.owner, "payment", route, &Intent::new("pay")).await.unwrap()
    };
    let refused = async |template: &'static str| {
        let read = |_: &http::request::Parts, _: &Bytes| Ok(Intent::new("pay"));
        let service = world.gate.require_for("payment", template, read).unwrap().layer(Handler::default());
        let body = text(service.oneshot(world.request(Method::POST)).await.unwrap()).await;
        let body: serde_json::Value = serde_json::from_str(&body).unwrap();
        body["step_up"]["intent"]["id"].as_str().unwrap().to_owned()
    };
    // The same operation keeps its id: so these are the same, and those are not.
    let registered = register("POST", "/gated").await;
    assert_eq!(refused("/gated").await, registered.as_str());
    assert_ne!(refused("/refund").await, registered.as_str());
    assert_ne!(register("PUT", "/gated").await, registered);
}

#[tokio::test]
async fn an_operation_that_no_request_could_run_is_not_registered() {
    let world = World::new();
    let mistake = async |policy, route| match world
        .gate
        .register_intent(&world.owner, policy, route, &Intent::new("pay"))
        .await
    {
        Ok(_) => None,
        Err(crate::denial::Denial::Misconfigured { mistake }) => Some(mistake),
        Err(other) => panic!("{other:?}"),
    };
    let read = |_: &http::request::Parts, _: &Bytes| Ok(Intent::new("pay"));
    let pay = Route::new("POST", "/pay");
    assert!(mistake("payment", pay).await.unwrap().contains("no gate of the policy"));
    world.gate.require_for("payment", "/pay", read).unwrap();
    assert_eq!(mistake("payment", pay).await, None);
    assert!(
        mistake("payment", Route::new("POST", "/refund")).await.unwrap().contains("no gate of the policy")
    );
    assert!(mistake("payment", Route::new("post", "/pay")).await.unwrap().contains("capitals"));
    assert!(mistake("reusable", pay).await.unwrap().contains("for_operation"));
    assert!(mistake("nothing", pay).await.unwrap().contains("no policy of that name"));
    // From here on the router may have any template.
    world.gate.operation_enforcer("payment").unwrap();
    let account = Route::new("POST", "/accounts/{id}/pay");
    assert_eq!(mistake("payment", account.at("/accounts/7/pay")).await, None);
    assert!(mistake("payment", account).await.unwrap().contains("Route::at"));
    assert!(mistake("payment", account.at("/7/pay")).await.unwrap().contains("Route::at"));
}

#[tokio::test]
async fn a_gate_behind_a_router_that_strips_prefixes_binds_what_the_client_sent() {
    let world = World::new();
    let read = |_: &http::request::Parts, _: &Bytes| Ok(Intent::new("pay"));
    world.verify("payment", Some(&Intent::new("pay"))).await;
    let service = world.gate.require_for("payment", "/gated", read).unwrap().layer(Handler::default());
    let status = async |sent: &'static str| {
        let mut request = world.request(Method::POST);
        *request.uri_mut() = http::Uri::from_static("/stripped");
        request.extensions_mut().insert(super::RequestTarget(http::Uri::from_static(sent)));
        service.clone().oneshot(request).await.unwrap().status()
    };
    assert_eq!(status("/gated?page=2").await, 401);
    assert_eq!(status("/gated?page=1").await, 200);
}

#[tokio::test]
async fn a_gate_without_its_route_opens_for_nothing() {
    struct Nowhere;
    impl super::FindRoute for Nowhere {
        fn find<'a>(&'a self, _: &'a http::request::Parts) -> Option<&'a str> {
            None
        }
    }
    let world = World::new();
    world.verify("payment", Some(&Intent::new("pay"))).await;
    let read = |_: &http::request::Parts, _: &Bytes| Ok(Intent::new("pay"));
    let handler = Handler::default();
    let service = world.gate.require_for("payment", Nowhere, read).unwrap().layer(handler.clone());
    assert_eq!(service.oneshot(world.request(Method::POST)).await.unwrap().status(), 500);
    assert_eq!(handler.runs.load(Ordering::Relaxed), 0);
}

#[tokio::test]
async fn a_decision_is_given_back_only_where_the_host_said_so() {
    let world = World::new();
    for (restores, second) in [(false, 401), (true, 503)] {
        world.verify("once", None).await;
        let handler = Handler { status: StatusCode::SERVICE_UNAVAILABLE, ..Handler::default() };
        let restore = world.gate.restore_on(move |head| restores && head.status.is_server_error());
        let service = world.gate.require("once").unwrap().layer(restore.layer(handler));
        assert_eq!(service.clone().oneshot(world.request(Method::POST)).await.unwrap().status(), 503);
        assert_eq!(service.oneshot(world.request(Method::POST)).await.unwrap().status(), second);
    }
}

/// Whatever becomes of the handler, the decision was used before it ran.
#[tokio::test]
async fn a_decision_is_spent_whatever_becomes_of_the_handler() {
    let world = World::new();
    let gate = world.gate.require("once").unwrap();
    let request = || world.request(Method::POST);

    world.verify("once", None).await;
    let panics = gate.layer(tower::service_fn(async |_: Request<Full<Bytes>>| -> Result<_, Infallible> {
        if Permit::of(&http::Extensions::new()).is_none() {
            panic!("a handler's own mistake");
        }
        Ok(Response::new(Full::<Bytes>::default()))
    }));
    assert!(tokio::spawn(panics.oneshot(request())).await.unwrap_err().is_panic());
    assert_eq!(refusal(&gate, request()).await, "consumed");

    world.verify("once", None).await;
    let hangs = gate.layer(tower::service_fn(async |_: Request<Full<Bytes>>| -> Result<_, Infallible> {
        std::future::pending::<()>().await;
        Ok(Response::new(Full::<Bytes>::default()))
    }));
    let mut answer = Box::pin(hangs.oneshot(request()));
    assert!(std::future::poll_fn(|cx| Poll::Ready(answer.as_mut().poll(cx))).await.is_pending());
    // The client is gone.
    drop(answer);
    assert_eq!(refusal(&gate, request()).await, "consumed");

    world.verify("once", None).await;
    let fails = gate.layer(tower::service_fn(async |_: Request<Full<Bytes>>| {
        Err::<Response<Full<Bytes>>, _>("the handler's own error")
    }));
    assert_eq!(fails.oneshot(request()).await.unwrap_err(), "the handler's own error");
    assert_eq!(refusal(&gate, request()).await, "consumed");
}

/// An operation to be approved.
struct Pay;

impl Operation for Pay {
    fn describe(&self) -> Intent {
        Intent::new("pay")
    }
}

impl Pay {
    /// A gate for it, and an approval that waits to be used.
    async fn approved() -> (World, BiometryGateLayer<ForOperation>) {
        let world = World::new();
        world.verify("payment", Some(&Self.describe())).await;
        let gate = world.gate.require_for_value("payment", "/gated", |_, _| Ok(Self)).unwrap();
        (world, gate)
    }
}

#[tokio::test]
async fn an_approval_that_no_handler_has_taken_outlives_its_request() {
    let (world, gate) = Pay::approved().await;
    let kept = Arc::new(std::sync::Mutex::new(None));
    let waits = gate.layer(tower::service_fn({
        let kept = Arc::clone(&kept);
        move |request: Request<Full<Bytes>>| {
            *kept.lock().unwrap() = request.extensions().get::<super::ApprovedValue>().cloned();
            async move {
                let _request = request;
                std::future::pending::<Result<Response<Full<Bytes>>, Infallible>>().await
            }
        }
    }));
    let mut answer = Box::pin(waits.oneshot(world.request(Method::POST)));
    assert!(std::future::poll_fn(|cx| Poll::Ready(answer.as_mut().poll(cx))).await.is_pending());
    drop(answer);
    let late = kept.lock().unwrap().take().unwrap();
    assert!(!late.is_taken());
    drop(late);
    assert!(world.gate.drain(Duration::from_secs(5)).await);
    let runs = gate.layer(tower::service_fn(async |request: Request<Full<Bytes>>| {
        let taken = super::ApprovedValue::take::<Pay>(request.extensions()).is_some();
        let mut answer = Response::new(Full::<Bytes>::default());
        *answer.status_mut() = if taken { StatusCode::OK } else { StatusCode::IM_A_TEAPOT };
        Ok::<_, Infallible>(answer)
    }));
    assert_eq!(runs.clone().oneshot(world.request(Method::POST)).await.unwrap().status(), 200);
    assert_eq!(runs.oneshot(world.request(Method::POST)).await.unwrap().status(), 401);
}

#[tokio::test]
async fn a_value_whose_approval_was_given_back_is_not_handed_out() {
    let (world, gate) = Pay::approved().await;
    let kept = Arc::new(std::sync::Mutex::new(None));
    let refuses = gate.layer(tower::service_fn({
        let kept = Arc::clone(&kept);
        move |request: Request<Full<Bytes>>| {
            *kept.lock().unwrap() = Some(request);
            let mut answer = Response::new(Full::<Bytes>::default());
            *answer.status_mut() = StatusCode::CONFLICT;
            std::future::ready(Ok::<_, Infallible>(answer))
        }
    }));
    assert_eq!(refuses.oneshot(world.request(Method::POST)).await.unwrap().status(), 409);
    let late = kept.lock().unwrap().take().unwrap();
    assert!(super::ApprovedValue::take::<Pay>(late.extensions()).is_none());
}

#[test]
fn a_gate_is_not_named_below_its_own_mount() {
    let world = World::with(|builder| builder.refusing(|refusing| refusing.mounted_at("/biometry")));
    let read = |_: &http::request::Parts, _: &Bytes| Ok(Intent::new("pay"));
    for name in ["/biometry", "/biometry/session/start", "/biometry/{*rest}"] {
        let refused = world.gate.require_for("payment", name, read).unwrap_err().to_string();
        assert!(refused.contains(name) && refused.contains("outside of gates"), "{refused}");
    }
    assert!(world.gate.require_for("payment", "/biometry-reports", read).is_ok());
}

/// The reason for which a request is refused.
async fn refusal(gate: &super::BiometryGateLayer, request: Request<Full<Bytes>>) -> String {
    let answer = gate.layer(Handler::default()).oneshot(request).await.unwrap();
    let body: serde_json::Value = serde_json::from_str(&text(answer).await).unwrap();
    body["reason"].as_str().unwrap_or_default().to_owned()
}

#[tokio::test]
async fn a_browser_is_sent_to_the_page_and_back_once() {
    let world = World::with(|builder| builder.refusing(|refusing| refusing.step_up_page("/step-up")));
    let service = world.gate.require("reusable").unwrap().layer(Handler::default());
    let mut navigation = world.request(Method::GET);
    navigation.headers_mut().insert("sec-fetch-mode", "navigate".parse().unwrap());
    navigation.headers_mut().insert("sec-fetch-site", "same-origin".parse().unwrap());
    let answer = service.clone().oneshot(navigation).await.unwrap();
    assert_eq!(answer.status(), 303);
    let location = answer.headers()["location"].to_str().unwrap();
    let query = location.strip_prefix("/step-up?return=").unwrap();
    let (handle, policy) = query.split_once("&policy=").unwrap();
    assert_eq!(policy, "reusable");
    let handle = ReturnHandle::parse(handle).unwrap();
    let stranger = Principal::new("bob@example.com", HostSession::parse("host-1").unwrap()).unwrap();
    assert_eq!(world.gate.take_return(&stranger, &handle).await.unwrap(), None);
    assert_eq!(
        world.gate.take_return(&world.owner, &handle).await.unwrap().as_deref(),
        Some("/gated?page=1")
    );
    assert_eq!(world.gate.take_return(&world.owner, &handle).await.unwrap(), None);
    assert_eq!(
        service.oneshot(world.request(Method::GET)).await.unwrap().status(),
        401,
        "programs get the problem"
    );
}

#[tokio::test]
async fn a_renderer_has_the_last_word_on_looks_and_not_on_reasons() {
    let render = |_: &Denial, problem: Problem| {
        let mut response = Response::new(Bytes::from(problem.code().as_str()));
        *response.status_mut() = StatusCode::IM_A_TEAPOT;
        response
    };
    let world = World::with(|builder| builder.refusing(|refusing| refusing.render(render)));
    let service = world.gate.require("reusable").unwrap().layer(Handler::default());
    let answer = service.oneshot(world.request(Method::GET)).await.unwrap();
    assert_eq!(answer.status(), 418);
    assert!(answer.extensions().get::<Denial>().is_some());
    assert_eq!(text(answer).await, "step-up-required");
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

#[tokio::test]
async fn a_use_that_could_not_be_recorded_is_given_back_whatever_the_policy_says_by_now() {
    #[derive(Clone, Debug, Default)]
    struct Trail(Arc<AtomicBool>);
    impl AuditSink for Trail {
        fn record(&self, _: &Event) -> Result<(), EventLost> {
            if self.0.load(Ordering::Relaxed) { Err(EventLost) } else { Ok(()) }
        }
    }
    let world = World::new();
    world.verify("once", None).await;
    let trail = Trail::default();
    let gate = BiometryGate::builder(client(&SERVICES), FromExtensions)
        .policy(Policy::for_session("once", percent(70.0)))
        .clock(Arc::clone(&world.clock) as Arc<dyn Clock>)
        .store(world.store.clone())
        .audit(|audit| audit.sink(trail.clone()).required());
    let world = World { gate: gate.build().unwrap(), ..world };
    for (is_lost, status) in [(true, 503), (false, 200), (false, 401)] {
        trail.0.store(is_lost, Ordering::Relaxed);
        let service = world.gate.require("once").unwrap().layer(Handler::default());
        assert_eq!(service.oneshot(world.request(Method::GET)).await.unwrap().status(), status);
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

#[tokio::test]
async fn a_policy_can_open_single_uses_to_links_from_elsewhere() {
    let world = World::with(|builder| {
        builder.policy(Policy::for_session("mailed", percent(70.0)).single_use().allow_safe_methods())
    });
    let link = |policy: &str, method: Method| {
        let enforcer = match policy {
            "payment" => world.gate.operation_enforcer(policy).unwrap(),
            _ => world.gate.enforcer(policy).unwrap(),
        };
        let (mut head, _) = world.request(method).into_parts();
        head.headers.insert("sec-fetch-site", http::HeaderValue::from_static("cross-site"));
        matches!(enforcer.screen(&head), super::Screening::Caller(_))
    };
    assert!(link("mailed", Method::GET) && link("reusable", Method::GET));
    assert!(!link("once", Method::GET) && !link("payment", Method::GET));
    for policy in ["mailed", "reusable", "once", "payment"] {
        assert!(!link(policy, Method::POST), "{policy}");
    }
}
