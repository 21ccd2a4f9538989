//! Hosts on free ports, and visitors with browsers: what each login has to hold to.

use std::net::SocketAddr;

use axum::Router;
use axum::http::StatusCode;
use axum::routing::get;
use biometry_client::{ApiKey, BaseUrl, Client};
use biometry_gate::policy::{Policy, Threshold};
use biometry_gate::principal::Identify;
use biometry_gate::{BiometryGate, Builder};
use biometry_gate_axum::routes;
use biometry_gate_testkit::host::capture;
use biometry_gate_testkit::{Answer, Browser, Request};
use biometry_sandbox::Sandbox;
use serde_json::json;
use tokio::net::TcpListener;
use tokio::task::JoinHandle;

/// A gate with the policy `statement`, in front of a sandbox that lives as long.
pub(crate) async fn gate(identify: impl Identify) -> (BiometryGate, Sandbox) {
    gate_with(identify, |gate| gate).await
}

pub(crate) async fn gate_with(
    identify: impl Identify,
    adjust: impl FnOnce(Builder) -> Builder,
) -> (BiometryGate, Sandbox) {
    let sandbox = Sandbox::start().await.expect("a sandbox");
    let base = BaseUrl::parse(&sandbox.base_url()).expect("an address");
    let key = ApiKey::parse(&sandbox.mint_key()).expect("a key");
    let client = Client::connect(base, key).expect("a client");
    let statement = Policy::for_session("statement", Threshold::vendor_verdict_only());
    let gate = adjust(BiometryGate::builder(client, identify).policy(statement));
    (gate.build().expect("a gate"), sandbox)
}

/// The statement behind the gate, and the gate's own routes: what each host on axum has besides its login.
pub(crate) fn app<S: Clone + Send + Sync + 'static>(gate: &BiometryGate) -> Router<S> {
    let statement = get(async || "the statement").route_layer(gate.require("statement").expect("a policy"));
    Router::new().route("/statement", statement).nest_service("/biometry", routes(gate))
}

/// A host that cannot do what its login needs has failed, and the request with it.
pub(crate) fn failed<E>(_: E) -> StatusCode {
    StatusCode::SERVICE_UNAVAILABLE
}

/// A host on a free port.
pub(crate) struct Served {
    browser: Browser,
    server: JoinHandle<()>,
    _sandbox: Sandbox,
}

impl Served {
    pub(crate) async fn open(app: Router, sandbox: Sandbox) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
        let address = listener.local_addr().expect("an address");
        let server = tokio::spawn(async move {
            let _ = axum::serve(listener, app).await;
        });
        Self::at(address, server, sandbox)
    }

    /// A server that listens at this address as long as `server` runs.
    pub(crate) fn at(address: SocketAddr, server: JoinHandle<()>, sandbox: Sandbox) -> Self {
        Self { browser: Browser::new(address), server, _sandbox: sandbox }
    }

    /// A browser of its own, with no cookies.
    pub(crate) fn browser(&self) -> Browser {
        Browser::new(self.browser.address())
    }
}

impl Drop for Served {
    fn drop(&mut self) {
        self.server.abort();
    }
}

/// What a visitor sends along with every request.
#[derive(Clone)]
pub(crate) struct Visitor {
    browser: Browser,
    pub(crate) headers: Vec<(&'static str, String)>,
}

impl Visitor {
    pub(crate) fn new(served: &Served) -> Self {
        Self::with(served.browser())
    }

    fn with(browser: Browser) -> Self {
        Self { browser, headers: Vec::new() }
    }

    pub(crate) fn post(&self, path: &str) -> Request {
        self.sending(self.browser.post(path))
    }

    fn sending(&self, request: Request) -> Request {
        self.headers.iter().fold(request, |request, (name, value)| request.header(name, value))
    }

    pub(crate) async fn log_in(&self, user: &str) {
        self.done(&format!("/login/{user}")).await;
    }

    /// Has the host do something that answers with nothing more.
    pub(crate) async fn done(&self, path: &str) {
        let answer = self.post(path).send().await;
        assert_eq!(answer.status, 200, "{answer:?}");
    }

    pub(crate) async fn statement(&self) -> Answer {
        self.sending(self.browser.get("/statement")).send().await
    }

    /// Steps up, and sees the statement.
    pub(crate) async fn passes(&self) {
        self.statement().await.problem("step-up-required");
        self.post("/biometry/consent").json(json!({ "authorization": true })).send().await.granted();
        self.post("/biometry/session/start").json(json!({ "policy": "statement" })).send().await.granted();
        let verified = self.post("/biometry/verify").form(&capture()).send().await;
        assert_eq!(verified.granted()["scoring_result"], "pass");
        self.sees_the_statement().await;
    }

    pub(crate) async fn sees_the_statement(&self) {
        assert_eq!(self.statement().await.text(), "the statement");
    }
}

/// What a host takes a copy of a cookie for, once the session that it was a copy of has ended.
#[derive(Clone, Copy)]
pub(crate) enum Copies {
    /// The host has forgotten the session.
    NameNoLogin,
    /// The cookie is the session, and the login in it is never forgotten.
    NameTheLogin,
}

impl Copies {
    async fn see_no_statement(self, copy: Browser) {
        let refused = Visitor::with(copy).statement().await;
        match self {
            Self::NameNoLogin => drop(refused.problem("authentication-required")),
            Self::NameTheLogin => assert_eq!(refused.problem("step-up-required")["reason"], "absent"),
        }
    }
}

/// What holds for every host that keeps its login in a session behind a cookie.
pub(crate) async fn sessions_hold_decisions(served: &Served, copies: Copies) {
    let here = Visitor::new(served);
    here.statement().await.problem("authentication-required");
    here.log_in(ANA).await;
    here.passes().await;

    let elsewhere = Visitor::new(served);
    elsewhere.log_in(ANA).await;
    elsewhere.statement().await.problem("step-up-required");
    here.sees_the_statement().await;

    // A login in a session that has one is another session.
    here.log_in(ANA).await;
    here.statement().await.problem("step-up-required");
    here.passes().await;
    here.log_in(BEN).await;
    here.statement().await.problem("step-up-required");
    here.log_in(ANA).await;
    here.statement().await.problem("step-up-required");

    here.passes().await;
    let before = here.browser.copy();
    here.done("/rotate").await;
    assert_ne!(before.cookie_header(), here.browser.cookie_header());
    here.sees_the_statement().await;
    copies.see_no_statement(before).await;

    let stolen = here.browser.copy();
    here.done("/logout").await;
    here.statement().await.problem("authentication-required");
    copies.see_no_statement(stolen).await;
}

pub(crate) const ANA: &str = "pass@example.com";
pub(crate) const BEN: &str = "pass+ben@example.com";
