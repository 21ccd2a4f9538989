//! What proxies have to leave as it is.

use biometry_gate_testkit::Browser;
use biometry_gate_testkit::host::{HostHarness, Stage};
use serde_json::json;

use super::Front;
use super::proxy::{Kind, Proxy};
use crate::harness::{Actix, Axum, Challenge, Host, capture};
use crate::streams;

/// A bank's framework, and the test host on it that has a WebSocket.
pub(super) trait Live: Host {
    type Stage: HostHarness;
}

impl Live for Axum {
    type Stage = streams::OnAxum;
}

impl Live for Actix {
    type Stage = streams::OnActix;
}

pub(super) async fn challenge(front: &Front) {
    let ana = front.log_in("pass@example.com").await;
    let direct = ana.at(front.world.address()).statement().await;
    let seen = ana.statement().await;
    assert_eq!(seen.problem("step-up-required")["step_up"], direct.problem("step-up-required")["step_up"]);
    for name in ["www-authenticate", "cache-control", "x-content-type-options", "content-type"] {
        assert_eq!(seen.header(name), direct.header(name), "{name}");
    }
    let refusal = ana.transfer("Zoe", "12.50").await;
    assert_eq!(refusal.problem("step-up-required")["step_up"]["intent"]["display"][0]["value"], "Zoe");
}

/// The bank goes on to recognise its own pages, and those of others.
pub(super) async fn origin(front: &Front) {
    let address = front.proxy.address();
    let log_in = |origin: String| {
        let request = Browser::new(address).post("/login").header("origin", &origin);
        request.json(json!({ "email": "ana@example.com" })).send()
    };
    log_in(format!("http://{address}")).await.ok();
    log_in("http://elsewhere.example".to_owned()).await.problem("cross-site");
}

pub(super) async fn sub_path(front: &Front) {
    let browser = Browser::new(front.proxy.address());
    browser.post("/app/login").json(json!({ "email": "pass@example.com" })).send().await.ok();
    browser.post("/app/biometry/consent").json(json!({ "authorization": true })).send().await.granted();
    let refusal = browser.get("/app/api/statement").send().await.problem("step-up-required");
    let start = refusal["step_up"]["next"].as_array().expect("links");
    let start = start.iter().find(|link| link["rel"] == "start").expect("a way to begin");
    let start = format!("/app/biometry/{}", start["href"].as_str().expect("a link").trim_start_matches('/'));
    let begun = browser.post(&start).json(json!({ "policy": "statement" })).send().await.granted();
    let challenge = Challenge::read(&begun);
    let upload = browser.post("/app/biometry/verify").header("x-session-id", &challenge.session);
    upload.form(&capture()).send().await.granted();
    browser.get("/app/api/statement").send().await.ok();
}

pub(super) async fn socket<H: Live>(kind: Kind) {
    let stage = Stage::<H::Stage>::open().await;
    let mut ana = stage.consented("pass@example.com").await;
    ana.pass("reusable").await;
    let proxy = Proxy::start(kind, ana.browser.address());
    ana.browser = ana.browser.at(proxy.address());
    streams::open(&ana, "/gated/socket").await;
}
