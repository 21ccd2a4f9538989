//! Hosts on free ports, and visitors with browsers.

use std::net::SocketAddr;

use axum::Router;
use biometry_client::{ApiKey, BaseUrl, Client};
use biometry_gate_testkit::host::capture;
use biometry_gate_testkit::{Answer, Browser, Request};
use biometry_sandbox::Sandbox;
use serde_json::json;
use tokio::net::TcpListener;
use tokio::task::JoinHandle;

/// A sandbox, and a client of it.
pub(crate) async fn platform() -> (Client, Sandbox) {
    let sandbox = Sandbox::start().await.expect("a sandbox");
    (client(&sandbox), sandbox)
}

pub(crate) fn client(sandbox: &Sandbox) -> Client {
    let base = BaseUrl::parse(&sandbox.base_url()).expect("an address");
    Client::connect(base, ApiKey::parse(&sandbox.mint_key()).expect("a key")).expect("a client")
}

/// A host on a free port, which ends with this value.
pub(crate) struct Served {
    address: SocketAddr,
    server: JoinHandle<()>,
}

impl Served {
    pub(crate) async fn open(app: Router) -> Self {
        let listener = listener().await;
        let address = listener.local_addr().expect("an address");
        Self::at(address, async move { drop(axum::serve(listener, app).await) })
    }

    /// A server that listens at this address.
    pub(crate) fn at(address: SocketAddr, server: impl Future<Output = ()> + Send + 'static) -> Self {
        Self { address, server: tokio::spawn(server) }
    }

    pub(crate) fn address(&self) -> SocketAddr {
        self.address
    }

    /// Ends the host, and waits until it is gone.
    pub(crate) async fn stop(mut self) {
        self.server.abort();
        let _ = (&mut self.server).await;
    }

    /// A browser of its own, with no cookies.
    pub(crate) fn visitor(&self) -> Visitor {
        Visitor { browser: Browser::new(self.address), headers: Vec::new(), host: None }
    }
}

impl Drop for Served {
    fn drop(&mut self) {
        self.server.abort();
    }
}

pub(crate) async fn listener() -> TcpListener {
    TcpListener::bind("127.0.0.1:0").await.expect("a free port")
}

/// What a visitor sends along with every request.
#[derive(Clone)]
pub(crate) struct Visitor {
    pub(crate) browser: Browser,
    pub(crate) headers: Vec<(&'static str, String)>,
    pub(crate) host: Option<&'static str>,
}

impl Visitor {
    pub(crate) fn with(mut self, name: &'static str, value: &str) -> Self {
        self.headers.push((name, value.to_owned()));
        self
    }

    pub(crate) fn with_token(self, token: &str) -> Self {
        self.with("authorization", &format!("Bearer {token}"))
    }

    pub(crate) fn at_host(self, host: &'static str) -> Self {
        Self { host: Some(host), ..self }
    }

    /// The same visitor in a browser with copies of the cookies.
    pub(crate) fn copy(&self) -> Self {
        Self { browser: self.browser.copy(), ..self.clone() }
    }

    pub(crate) fn post(&self, path: &str) -> Request {
        self.sending(self.browser.post(path))
    }

    pub(crate) fn get(&self, path: &str) -> Request {
        self.sending(self.browser.get(path))
    }

    fn sending(&self, request: Request) -> Request {
        let request = match self.host {
            Some(host) => request.host(host),
            None => request,
        };
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
        self.get("/statement").send().await
    }

    /// Steps up, and sees the statement.
    pub(crate) async fn passes(&self) {
        self.statement().await.problem("step-up-required");
        assert_eq!(self.verify("statement").await.granted()["scoring_result"], "pass");
        self.sees_the_statement().await;
    }

    /// Gives consent, starts a session and sends a capture.
    pub(crate) async fn verify(&self, policy: &str) -> Answer {
        self.post("/biometry/consent").json(json!({ "authorization": true })).send().await.granted();
        self.post("/biometry/session/start").json(json!({ "policy": policy })).send().await.granted();
        self.post("/biometry/verify").form(&capture()).send().await
    }

    pub(crate) async fn sees_the_statement(&self) {
        let answer = self.statement().await;
        assert_eq!((answer.status.as_u16(), answer.text().as_str()), (200, "the statement"), "{answer:?}");
        assert_eq!(answer.header("cache-control"), Some("no-store"), "{answer:?}");
    }
}

pub(crate) const ANA: &str = "pass@example.com";
pub(crate) const BEN: &str = "pass+ben@example.com";
