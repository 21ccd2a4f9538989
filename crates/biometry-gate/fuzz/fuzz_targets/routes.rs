//! The mounted routes: whatever a head and a small body hold, the answer is JSON with a status of the contract, and a
//! stranger gets nowhere.
//!
//! An input is a byte for the route, a byte for who is calling, four header values and a query up to line feeds, and a
//! body.

#![no_main]

use biometry_gate::BiometryGate;
use biometry_gate::policy::{Policy, Threshold};
use biometry_gate::principal::{FromExtensions, HostSession, Principal};
use biometry_gate_fuzz::{Canned, client, run};
use bytes::Bytes;
use http::{HeaderValue, Method, Request};
use http_body_util::{BodyExt as _, Full};
use libfuzzer_sys::fuzz_target;
use tower_service::Service as _;

const ROUTES: [(Method, &str); 9] = [
    (Method::POST, "/session/start"),
    (Method::GET, "/session"),
    (Method::POST, "/session/end"),
    (Method::POST, "/consent"),
    (Method::DELETE, "/consent"),
    (Method::POST, "/verify"),
    (Method::POST, "/api-gateway/sessions/start"),
    (Method::POST, "/api-consent/consent"),
    (Method::POST, "/api-gateway/process-video"),
];
const HEADERS: [&str; 4] = ["x-session-id", "cookie", "sec-fetch-site", "content-type"];

fuzz_target!(|input: &[u8]| {
    let [route, who, rest @ ..] = input else { return };
    let mut lines = rest.splitn(HEADERS.len() + 2, |byte| *byte == b'\n');
    let (method, path) = &ROUTES[usize::from(*route) % ROUTES.len()];
    let mut request = Request::builder().method(method);
    for name in HEADERS {
        let Some(Ok(value)) = lines.next().map(HeaderValue::from_bytes) else { return };
        if !value.is_empty() {
            request = request.header(name, value);
        }
    }
    let query = String::from_utf8_lossy(lines.next().unwrap_or_default()).into_owned();
    let body = Bytes::copy_from_slice(lines.next().unwrap_or_default());
    let Ok(mut request) = request.uri(format!("{path}?{query}")).body(Full::new(body)) else { return };
    let is_known = who % 2 == 0;
    if is_known {
        request
            .extensions_mut()
            .insert(Principal::new("ana@example.com", HostSession::parse("host-session").expect("a key")).expect("a principal"));
    }
    let (status, answer) = run(async {
        let reply = br#"{"data":"sess_1","message":"session started"}"#.to_vec();
        let gate = BiometryGate::builder(client(Canned { status: 200, body: reply }), FromExtensions)
            .policy(Policy::for_session("p", Threshold::vendor_verdict_only()))
            .policy(Policy::for_session("login", Threshold::vendor_verdict_only()))
            .login(|login| login.policy("login"))
            .build()
            .expect("a gate");
        let response = gate.routes().call(request).await.expect("an answer");
        let status = response.status().as_u16();
        (status, response.into_body().collect().await.expect("a body").to_bytes())
    });
    let answer: serde_json::Value = serde_json::from_slice(&answer).expect("every answer is json");
    assert!(
        [200, 400, 401, 403, 404, 405, 409, 410, 413, 415, 422, 429, 502, 503].contains(&status),
        "{status}"
    );
    assert_eq!(status == 200, answer.get("code").is_none(), "{status} {answer}");
    let signs_in = matches!(*path, "/session/start" | "/api-gateway/sessions/start");
    // A browser that made up the cookie of a sign-in gets the answer of every other one: that there is none.
    let learns_nothing = *path == "/session" && answer["state"] == "none" && answer["data"].is_null();
    assert!(is_known || signs_in || learns_nothing || status != 200, "a stranger was let in");
});
