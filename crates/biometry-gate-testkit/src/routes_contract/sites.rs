use biometry_gate::cross_site::CrossSite;
use serde_json::json;

use super::ready;
use crate::browser::Browser;
use crate::host::{HostHarness, Setup, capture};
use crate::request::Request;

pub async fn other_sites_change_nothing<H: HostHarness>() {
    let (stage, ana, challenge) = ready::<H>(Setup::new()).await;
    let seen = stage.sandbox.journal().len();
    for headers in [
        &[("sec-fetch-site", "cross-site")][..],
        &[("sec-fetch-site", "same-site")],
        &[("sec-fetch-site", "cross-site"), ("origin", "http://127.0.0.1")],
        &[("origin", "https://evil.example")],
        &[("origin", "null")],
    ] {
        for request in changing(&ana.browser) {
            let request = headers.iter().fold(request, |request, (name, value)| request.header(name, value));
            request.send().await.problem("cross-site");
        }
    }
    assert_eq!(stage.sandbox.journal().len(), seen, "the platform hears of none of it");
    for path in ["/biometry/session", "/biometry/consent"] {
        ana.browser.get(path).header("sec-fetch-site", "cross-site").send().await.granted();
    }
    ana.pass_with(&challenge).await;
}

pub async fn an_allowed_origin_is_let_in<H: HostHarness>() {
    let rule = CrossSite::new().allow_origin("https://app.example").expect("an origin");
    let (_stage, ana, _) = ready::<H>(Setup::new().gate(|gate| gate.cross_site(rule))).await;
    let start = || ana.browser.post("/biometry/session/start").header("origin", "https://app.example");
    start().send().await.granted();
    start().header("sec-fetch-site", "same-site").send().await.granted();
    start().header("sec-fetch-site", "cross-site").send().await.problem("cross-site");
    let own = format!("http://{}", ana.browser.address());
    ana.browser.post("/biometry/session/start").header("origin", &own).send().await.granted();
}

pub async fn the_strict_setting_wants_a_browsers_word<H: HostHarness>() {
    let setup = Setup::new().gate(|gate| gate.cross_site(CrossSite::new().strict()));
    let stage = setup.open::<H>().await;
    let ana = stage.log_in("ana@example.com");
    ana.browser.post("/biometry/session/start").send().await.problem("cross-site");
    let start = ana.browser.post("/biometry/session/start").header("sec-fetch-site", "same-origin");
    start.send().await.granted();
}

pub async fn an_origin_is_compared_as_scheme_host_and_port<H: HostHarness>() {
    let rule = CrossSite::new().public_origin("https://bank.example").expect("an origin");
    for (rule, host, own, foreign) in [
        (CrossSite::new(), "bank.example:443", "https://bank.example", "http://bank.example"),
        (CrossSite::new(), "bank.example:80", "http://bank.example", "https://bank.example"),
        (CrossSite::new(), "bank.example", "https://BANK.example:443", "https://bank.example:8443"),
        (rule, "inside.example", "https://bank.example", "https://inside.example"),
    ] {
        let (_stage, ana, _) = ready::<H>(Setup::new().gate(|gate| gate.cross_site(rule))).await;
        let start =
            |origin: &str| ana.browser.post("/biometry/session/start").host(host).header("origin", origin);
        start(foreign).send().await.problem("cross-site");
        start(own).send().await.granted();
    }
}

pub async fn a_token_without_a_cookie_is_let_in_where_the_host_says_so<H: HostHarness>() {
    let setup = Setup::new().gate(|gate| gate.cross_site(CrossSite::new().allow_tokens()));
    let (stage, ana, challenge) = ready::<H>(setup).await;
    let foreign = |browser: &Browser| {
        let start = browser.post("/biometry/session/start").header("origin", "capacitor://localhost");
        start.header("sec-fetch-site", "cross-site").header("authorization", "Bearer a-fake-token")
    };
    // The kit knows its callers by a cookie: with one the request is refused, without one it comes as far as that.
    foreign(&ana.browser).send().await.problem("cross-site");
    foreign(&stage.browser()).send().await.problem("authentication-required");
    let basic = foreign(&stage.browser()).header("authorization", "Basic YTpi");
    basic.send().await.problem("cross-site");
    ana.pass_with(&challenge).await;
}

/// One request to each mounted route that changes something.
fn changing(browser: &Browser) -> Vec<Request> {
    vec![
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
