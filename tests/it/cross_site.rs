//! What a browser sends on another site's behalf is refused.

use biometry_gate_testkit::{Browser, Request};
use serde_json::json;

use crate::harness::{Host, Setup, World, capture};

on_every_host! {
    state_changing_routes_refuse_other_sites,
    the_hosts_own_pages_are_let_in,
    the_origin_behind_a_proxy_is_the_hosts_own,
    reading_is_open_to_links_from_elsewhere,
    a_refused_request_leaves_no_trace,
}

async fn state_changing_routes_refuse_other_sites<H: Host>() {
    let world = World::open::<H>().await;
    let ana = world.consented("pass@example.com").await;
    ana.approve("Zoe", "1").await;
    let seen = world.sandbox.journal().len();
    for headers in [
        &[("sec-fetch-site", "cross-site")][..],
        &[("sec-fetch-site", "same-site")],
        &[("sec-fetch-site", "")],
        &[("sec-fetch-site", "same-origin"), ("sec-fetch-site", "cross-site")],
        &[("sec-fetch-site", "cross-site"), ("origin", "http://127.0.0.1")],
        &[("origin", "https://evil.example")],
        &[("origin", "null")],
    ] {
        for request in changing(&ana.browser) {
            let shown = format!("{headers:?} {request:?}");
            let request = headers.iter().fold(request, |request, (name, value)| request.header(name, value));
            let answer = request.send().await;
            assert_eq!(answer.code().as_deref(), Some("cross-site"), "{shown}: {answer:?}");
            assert_eq!(answer.status, 403, "{shown}");
        }
    }
    assert_eq!(world.sandbox.journal().len(), seen);
    ana.transfer("Zoe", "1").await.ok();
}

async fn the_hosts_own_pages_are_let_in<H: Host>() {
    let world = World::open::<H>().await;
    let browser = world.browser();
    let own = format!("http://{}", browser.address());
    for headers in [
        &[("sec-fetch-site", "same-origin"), ("origin", &own)][..],
        &[("sec-fetch-site", "none")],
        &[("origin", &own)],
    ] {
        let login = browser.post("/login").json(json!({ "email": "ana@example.com" }));
        headers.iter().fold(login, |request, (name, value)| request.header(name, value)).send().await.ok();
        let start = browser.post("/biometry/session/start");
        headers
            .iter()
            .fold(start, |request, (name, value)| request.header(name, value))
            .send()
            .await
            .granted();
    }
}

async fn the_origin_behind_a_proxy_is_the_hosts_own<H: Host>() {
    let world = Setup::new().var("PUBLIC_ORIGIN", "https://Bank.example").open::<H>().await;
    let browser = world.browser();
    let log_in = |origin: &str| {
        let login = browser.post("/login").json(json!({ "email": "ana@example.com" }));
        login.header("origin", origin).send()
    };
    log_in("https://bank.example").await.ok();
    browser.post("/biometry/session/start").header("origin", "https://bank.example").send().await.granted();
    for other in ["https://bank.example:8443", "http://bank.example", "https://evil.example"] {
        let answer = log_in(other).await;
        assert_eq!(
            (answer.status, answer.code().as_deref()),
            (http::StatusCode::FORBIDDEN, Some("cross-site")),
            "{other}"
        );
    }
}

async fn reading_is_open_to_links_from_elsewhere<H: Host>() {
    let world = World::open::<H>().await;
    let ana = world.consented("pass@example.com").await;
    ana.pass("statement").await;
    for path in ["/api/statement", "/api/whoami", "/biometry/session", "/biometry/consent"] {
        let request = ana.browser.get(path).header("sec-fetch-site", "cross-site");
        assert_eq!(request.send().await.status, 200, "{path}");
    }
}

async fn a_refused_request_leaves_no_trace<H: Host>() {
    let world = World::open::<H>().await;
    let ana = world.consented("pass@example.com").await;
    let challenge = ana.start("statement").await;
    let forged = ana.upload(&challenge).header("origin", "https://evil.example").form(&capture());
    forged.send().await.problem("cross-site");
    let log_out = ana.browser.post("/logout").header("sec-fetch-site", "cross-site");
    assert_eq!(log_out.send().await.status, 403);
    let log_in = world.browser().post("/login").header("origin", "https://evil.example");
    let refused = log_in.json(json!({ "email": "ana@example.com" })).send().await;
    assert!(refused.status == 403 && refused.header("set-cookie").is_none());
    assert_eq!(ana.state(&challenge).await, "issued");
    ana.verify(&challenge).await.granted();
}

/// One request to each route that changes something.
fn changing(browser: &Browser) -> Vec<Request> {
    vec![
        browser.post("/login").json(json!({ "email": "ana@example.com" })),
        browser.post("/logout"),
        browser.post("/login/face"),
        browser.post("/api/transfer").json(json!({ "to": "Zoe", "amount": "1" })),
        browser.post("/biometry/session/start"),
        browser.post("/biometry/session/end"),
        browser.post("/biometry/consent").json(json!({ "authorization": true })),
        browser.delete("/biometry/consent"),
        browser.post("/biometry/verify").form(&capture()),
        browser.post("/biometry/api-gateway/sessions/start"),
        browser.post("/biometry/api-consent/consent").json(json!({ "is_consent_given": true })),
        browser.post("/biometry/api-gateway/process-video").form(&capture()),
    ]
}
