//! The mounted routes for a page of another origin, behind the host's own CORS layer.

use axum::Router;
use axum::body::Body;
use biometry_gate::cross_site::CrossSite;
use biometry_gate_testkit::Answer;
use http::{HeaderName, HeaderValue, Method, Request};
use tower_http::cors::CorsLayer;

use super::desk::{self, Desk, answer};

#[tokio::test]
async fn a_preflight_is_answered_for_all_that_the_official_sdk_sends() {
    let (_desk, router) = open().await;
    for path in ["/biometry/api-gateway/process-video", "/biometry/api-consent/consent"] {
        let preflight = from(APP, Method::OPTIONS, path, |request| {
            let asked = SDK_HEADERS.join(",");
            let headers =
                [("access-control-request-method", "POST"), ("access-control-request-headers", &asked)];
            headers.iter().fold(request, |request, (name, value)| request.header(*name, *value))
        });
        let allowed = answer(router.clone(), preflight).await;
        assert_eq!(allowed.status, 200, "{allowed:?}");
        assert_eq!(allowed.header("access-control-allow-origin"), Some(APP));
        let headers = allowed.header("access-control-allow-headers").expect("headers");
        for header in SDK_HEADERS {
            assert!(headers.contains(header), "{header}: {headers}");
        }
    }
}

#[tokio::test]
async fn an_allowed_origin_of_the_same_site_reads_answers_and_refusals() {
    let (_desk, router) = open().await;
    let started = ask(&router, APP, "same-site", "/biometry/api-gateway/sessions/start").await;
    readable(&started);
    started.granted();
    let refused = ask(&router, APP, "same-site", "/biometry/api-gateway/sessions/end/sess_never").await;
    readable(&refused);
    refused.problem("session-unknown");
}

#[tokio::test]
async fn cors_alone_lets_nobody_in() {
    let (_desk, router) = open().await;
    let path = "/biometry/api-gateway/sessions/start";
    ask(&router, APP, "cross-site", path).await.problem("cross-site");
    let other = ask(&router, "https://other.example.com", "same-site", path).await;
    other.problem("cross-site");
    assert_eq!(
        other.header("access-control-allow-origin"),
        Some(APP),
        "which no browser lets the other one read"
    );
}

/// The recipe of the documentation.
async fn open() -> (Desk, Router) {
    let desk = Desk::open_with(|gate| gate.cross_site(CrossSite::new().allow_origin(APP))).await;
    let cors = CorsLayer::new()
        .allow_origin(HeaderValue::from_static(APP))
        .allow_methods([Method::GET, Method::POST, Method::DELETE])
        .allow_headers(SDK_HEADERS.map(HeaderName::from_static))
        .expose_headers(["x-request-id", "retry-after"].map(HeaderName::from_static));
    let router = Router::new().nest_service("/biometry", biometry_gate_axum::routes(&desk.gate)).layer(cors);
    (desk, router)
}

async fn ask(router: &Router, origin: &str, site: &str, path: &str) -> Answer {
    answer(router.clone(), from(origin, Method::POST, path, |request| request.header("sec-fetch-site", site)))
        .await
}

fn from(
    origin: &str,
    method: Method,
    path: &str,
    adjust: impl FnOnce(http::request::Builder) -> http::request::Builder,
) -> Request<Body> {
    let request = Request::builder().method(method).uri(path).header("origin", origin).extension(desk::ana());
    adjust(request).body(Body::empty()).expect("a request")
}

#[track_caller]
fn readable(answer: &Answer) {
    assert_eq!(answer.header("access-control-allow-origin"), Some(APP), "{answer:?}");
    let exposed = answer.header("access-control-expose-headers").expect("headers");
    assert!(exposed.contains("x-request-id") && exposed.contains("retry-after"), "{answer:?}");
}

const APP: &str = "https://app.example.com";
const SDK_HEADERS: [&str; 8] = [
    "authorization",
    "content-type",
    "x-user-fullname",
    "x-session-id",
    "x-device-info",
    "x-inhouse-docauth",
    "x-inhouse-mrz",
    "x-use-prefilled-video",
];
