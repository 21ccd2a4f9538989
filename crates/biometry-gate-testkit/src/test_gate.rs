use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use biometry_client::{ApiKey, BaseUrl, Client};
use biometry_gate::BiometryGate;
use biometry_gate::clock::ManualClock;
use biometry_gate::gate::Builder;
use biometry_gate::principal::{HostSession, Identify, IdentifyError, Principal};
use biometry_gate::routes::Routes;
use biometry_sandbox::Sandbox;
use bytes::Bytes;
use http::header::CONTENT_TYPE;
use http::request::Parts;
use http::{Request, StatusCode};
use http_body_util::{BodyExt as _, Full};
use serde_json::{Value, json};
use tower::ServiceExt as _;

use crate::audit_log::AuditLog;
use crate::host::capture;

/// A gate for the tests of your own application: with a sandbox for a platform, a memory store, a clock that stands still
/// until the test moves it, and an audit trail to look at.
///
/// The application is built around [`gate`](Self::gate) as it is in production, with the same resolver. A test says who has
/// proved themselves, and needs no video, phrase or session for it: [`verify`](Self::verify) for a policy that opens routes
/// for a while, [`approve`](Self::approve) for one operation.
///
/// ```
/// use axum::body::Body;
/// use axum::{Router, routing::get};
/// use biometry_gate::policy::{Policy, Threshold};
/// use biometry_gate::principal::{FromExtensions, Principal};
/// use biometry_gate_testkit::TestGate;
/// use http::{Request, StatusCode};
/// use tower::ServiceExt as _;
///
/// # async fn ask(app: &Router, caller: &Principal) -> StatusCode {
/// #     let request = Request::get("/export").extension(caller.clone()).body(Body::empty()).unwrap();
/// #     app.clone().oneshot(request).await.unwrap().status()
/// # }
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() {
/// let export = Policy::for_session("export", Threshold::percent(70.0).unwrap());
/// let test = TestGate::start(FromExtensions, |gate| gate.policy(export)).await;
/// let app = Router::new().route("/export", get(async || "all of it").route_layer(test.gate().require("export").unwrap()));
/// let ana = test.principal("ana");
/// assert_eq!(ask(&app, &ana).await, StatusCode::UNAUTHORIZED);
///
/// test.verify(&ana, "export").await;
/// assert_eq!(ask(&app, &ana).await, StatusCode::OK);
///
/// test.clock().advance(std::time::Duration::from_secs(301));
/// assert_eq!(ask(&app, &ana).await, StatusCode::UNAUTHORIZED);
/// # }
/// ```
#[derive(Debug)]
pub struct TestGate {
    gate: BiometryGate,
    sandbox: Sandbox,
    clock: Arc<ManualClock>,
    audit: AuditLog,
}

impl TestGate {
    /// Starts a sandbox and builds a gate for it. `identify` is the application's own resolver, and `adjust` what it does to
    /// the builder in production: its policies, limits, webhooks and whatever else it sets.
    ///
    /// # Panics
    /// When the gate cannot be built; the message says what to change.
    pub async fn start(identify: impl Identify, adjust: impl FnOnce(Builder) -> Builder) -> Self {
        let sandbox = Sandbox::start().await.expect("a sandbox on loopback");
        let base = BaseUrl::parse(&sandbox.base_url()).expect("an address");
        let key = ApiKey::parse(&sandbox.mint_key()).expect("a key");
        let client = Client::connect(base, key).expect("a client");
        let (clock, audit) = (Arc::new(ManualClock::default()), AuditLog::default());
        let gate = BiometryGate::builder(client, NamedOr(identify)).clock(clock.clone());
        let gate = adjust(gate.audit(|auditing| auditing.sink(audit.clone()))).build();
        let gate = gate.unwrap_or_else(|error| panic!("the gate cannot be built: {error}"));
        Self { gate, sandbox, clock, audit }
    }

    /// The gate, for the application that is tested.
    #[must_use]
    pub fn gate(&self) -> &BiometryGate {
        &self.gate
    }

    /// The gate's clock: decisions, phrases and lock-outs end when it is moved.
    #[must_use]
    pub fn clock(&self) -> &ManualClock {
        &self.clock
    }

    /// The platform's stand-in. A subject's name decides what a video of theirs yields, and faults can be switched on.
    #[must_use]
    pub fn sandbox(&self) -> &Sandbox {
        &self.sandbox
    }

    /// The gate's audit events.
    #[must_use]
    pub fn audit(&self) -> &AuditLog {
        &self.audit
    }

    /// A user in a login session of their own, for resolvers that find principals in the extensions. Each call is another
    /// session.
    #[must_use]
    pub fn principal(&self, subject: &str) -> Principal {
        static SESSIONS: AtomicU64 = AtomicU64::new(1);
        let session = format!("session-{:016}-of-a-test", SESSIONS.fetch_add(1, Ordering::Relaxed));
        let session = HostSession::parse(&session).expect("a session's key");
        Principal::new(subject, session).expect("a subject")
    }

    /// Makes `principal` pass a verification for a policy, as they would with consent, a session and a video.
    ///
    /// # Panics
    /// When there is no such policy, it is for operations, or the sandbox lets this subject fail.
    pub async fn verify(&self, principal: &Principal, policy: &str) {
        self.pass(principal, &json!({ "policy": policy })).await;
    }

    /// Makes `principal` approve the operation that a gate has refused: `refusal` is the body of its answer.
    ///
    /// # Panics
    /// When it is no refusal of an operation of theirs, or the sandbox lets this subject fail.
    pub async fn approve(&self, principal: &Principal, refusal: &Value) {
        let step_up = &refusal["step_up"];
        assert!(step_up["intent"]["id"].is_string(), "no operation to approve: {refusal}");
        let start = json!({ "policy": step_up["policy"], "intent": step_up["intent"]["id"] });
        self.pass(principal, &start).await;
    }

    async fn pass(&self, principal: &Principal, start: &Value) {
        let session = Named(principal.clone());
        self.call(&session, "/consent", "application/json", json!({ "authorization": true }).to_string())
            .await;
        self.call(&session, "/session/start", "application/json", start.to_string()).await;
        self.sandbox.enroll(&principal.subject().platform_name());
        let form = capture();
        let verdict = self.call(&session, "/verify", &form.content_type(), form.bytes()).await;
        assert_eq!(verdict["scoring_result"], "pass", "{verdict}");
    }

    async fn call(&self, who: &Named, path: &str, content_type: &str, body: impl Into<Bytes>) -> Value {
        let request =
            Request::post(path).header(CONTENT_TYPE, content_type).header("sec-fetch-site", "same-origin");
        let request = request.extension(who.clone());
        let request = request.body(Full::new(body.into())).expect("a request");
        let routes: Routes = self.gate.routes();
        let Ok(response) = routes.oneshot(request).await;
        let status = response.status();
        let Ok(body) = response.into_body().collect().await;
        let body: Value = serde_json::from_slice(&body.to_bytes()).expect("json");
        assert_eq!(status, StatusCode::OK, "{path}: {body}");
        body
    }
}

/// Who calls, by the word of the test itself. Its type is private: no request of a client has one.
#[derive(Clone)]
struct Named(Principal);

/// The application's resolver, behind the word of the test.
struct NamedOr<I>(I);

impl<I: Identify> Identify for NamedOr<I> {
    fn identify(&self, head: &Parts) -> Result<Option<Principal>, IdentifyError> {
        match head.extensions.get() {
            Some(Named(principal)) => Ok(Some(principal.clone())),
            None => self.0.identify(head),
        }
    }
}

impl<I> fmt::Debug for NamedOr<I> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("NamedOr").finish_non_exhaustive()
    }
}
