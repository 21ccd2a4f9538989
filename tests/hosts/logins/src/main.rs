//! The recipes for hosts with a login of their own, as small hosts that are called over real sockets.

mod axum_login;
mod bearer_token;
mod stacks;
mod tower_sessions;

use axum::Router;
use biometry_client::{ApiKey, BaseUrl, Client};
use biometry_gate::BiometryGate;
use biometry_gate::policy::{Policy, Threshold};
use biometry_gate::principal::Identify;
use biometry_gate_testkit::host::capture;
use biometry_gate_testkit::{Answer, Browser};
use biometry_sandbox::Sandbox;
use serde_json::json;
use tokio::net::TcpListener;
use tokio::task::JoinHandle;

#[tokio::main]
async fn main() {
    axum_login::a_decision_belongs_to_the_login_of_axum_login().await;
    tower_sessions::a_decision_belongs_to_the_session_of_tower_sessions().await;
    bearer_token::a_decision_belongs_to_the_login_that_a_token_names().await;
    stacks::a_gate_fits_a_stack_of_tower_http().await;
    stacks::a_gate_fits_files().await;
    println!("ok");
}

/// A gate with the policy `statement`, in front of a sandbox that lives as long.
async fn gate(identify: impl Identify) -> (BiometryGate, Sandbox) {
    let sandbox = Sandbox::start().await.expect("a sandbox");
    let base = BaseUrl::parse(&sandbox.base_url()).expect("an address");
    let key = ApiKey::parse(&sandbox.mint_key()).expect("a key");
    let client = Client::connect(base, key).expect("a client");
    let statement = Policy::for_session("statement", Threshold::vendor_verdict_only());
    (BiometryGate::builder(client, identify).policy(statement).build().expect("a gate"), sandbox)
}

/// A host on a free port.
struct Served {
    browser: Browser,
    server: JoinHandle<()>,
    _sandbox: Sandbox,
}

impl Served {
    async fn open(app: Router, sandbox: Sandbox) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
        let browser = Browser::new(listener.local_addr().expect("an address"));
        let server = tokio::spawn(async move {
            let _ = axum::serve(listener, app).await;
        });
        Self { browser, server, _sandbox: sandbox }
    }

    /// A browser of its own, with no cookies.
    fn browser(&self) -> Browser {
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
struct Visitor {
    browser: Browser,
    authorization: Option<String>,
}

impl Visitor {
    fn new(served: &Served) -> Self {
        Self { browser: served.browser(), authorization: None }
    }

    fn post(&self, path: &str) -> biometry_gate_testkit::Request {
        let request = self.browser.post(path);
        match &self.authorization {
            Some(token) => request.header("authorization", token),
            None => request,
        }
    }

    async fn log_in(&self, user: &str) {
        self.done(&format!("/login/{user}")).await;
    }

    /// Has the host do something that answers with nothing more.
    async fn done(&self, path: &str) {
        let answer = self.post(path).send().await;
        assert_eq!(answer.status, 200, "{answer:?}");
    }

    async fn statement(&self) -> Answer {
        let request = self.browser.get("/statement");
        match &self.authorization {
            Some(token) => request.header("authorization", token).send().await,
            None => request.send().await,
        }
    }

    /// Steps up, and sees the statement.
    async fn passes(&self) {
        self.statement().await.problem("step-up-required");
        self.post("/biometry/consent").json(json!({ "authorization": true })).send().await.granted();
        self.post("/biometry/session/start").json(json!({ "policy": "statement" })).send().await.granted();
        let verified = self.post("/biometry/verify").form(&capture()).send().await;
        assert_eq!(verified.granted()["scoring_result"], "pass");
        self.sees_the_statement().await;
    }

    async fn sees_the_statement(&self) {
        assert_eq!(self.statement().await.text(), "the statement");
    }
}

/// What holds for every host that keeps its login in a session behind a cookie.
async fn sessions_hold_decisions(served: &Served) {
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
    let before = Visitor { browser: before, authorization: None };
    before.statement().await.problem("authentication-required");

    let stolen = Visitor { browser: here.browser.copy(), authorization: None };
    here.done("/logout").await;
    here.statement().await.problem("authentication-required");
    stolen.statement().await.problem("authentication-required");
}

const ANA: &str = "pass@example.com";
const BEN: &str = "pass+ben@example.com";
