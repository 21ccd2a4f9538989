//! The mounted routes for a page of another origin, behind the host's own CORS layer.

use actix_cors::Cors;
use actix_web::test::{TestRequest, init_service};
use actix_web::{App, web};
use axum::Router;
use axum::body::Body;
use biometry_gate::cross_site::CrossSite;
use biometry_gate_actix::Resolver;
use biometry_gate_testkit::Answer;
use http::{HeaderName, HeaderValue, Method, Request};
use tower_http::cors::CorsLayer;

use super::actix_app::{ask, play};
use super::desk::{self, Desk, answer};

/// Makes each behaviour one test per web framework, with the recipe of the documentation.
macro_rules! behind_cors {
    ($($behaviour:ident,)*) => {
        mod on_axum {
            $(
                #[tokio::test]
                async fn $behaviour() {
                    let desk = super::open().await;
                    let router = super::router(&desk);
                    super::$behaviour(async |request| super::answer(router.clone(), request).await).await;
                }
            )*
        }

        mod on_actix {
            $(
                #[tokio::test]
                async fn $behaviour() {
                    let desk = super::open().await;
                    let scene = async {
                        let routes = super::web::scope("/biometry").configure(biometry_gate_actix::routes(&desk.gate));
                        let app = super::App::new().app_data(super::resolver()).service(routes).wrap(super::cors());
                        let app = super::init_service(app).await;
                        super::$behaviour(async |request| super::ask(&app, super::for_actix(&request)).await).await;
                    };
                    super::play(scene).await;
                }
            )*
        }
    };
}

behind_cors! {
    a_preflight_is_answered_for_all_that_the_official_sdk_sends,
    an_allowed_origin_of_the_same_site_reads_answers_and_refusals,
    cors_alone_lets_nobody_in,
}

async fn a_preflight_is_answered_for_all_that_the_official_sdk_sends(
    send: impl AsyncFn(Request<Body>) -> Answer,
) {
    for path in ["/biometry/api-gateway/process-video", "/biometry/api-consent/consent"] {
        let preflight = from(APP, Method::OPTIONS, path, |request| {
            let asked = SDK_HEADERS.join(",");
            let headers =
                [("access-control-request-method", "POST"), ("access-control-request-headers", &asked)];
            headers.iter().fold(request, |request, (name, value)| request.header(*name, *value))
        });
        let allowed = send(preflight).await;
        assert_eq!(allowed.status, 200, "{allowed:?}");
        assert_eq!(allowed.header("access-control-allow-origin"), Some(APP));
        let headers = allowed.header("access-control-allow-headers").expect("headers");
        for header in SDK_HEADERS {
            assert!(headers.contains(header), "{header}: {headers}");
        }
    }
}

async fn an_allowed_origin_of_the_same_site_reads_answers_and_refusals(
    send: impl AsyncFn(Request<Body>) -> Answer,
) {
    let started = send(post(APP, "same-site", "/biometry/api-gateway/sessions/start")).await;
    readable(&started);
    started.granted();
    let refused = send(post(APP, "same-site", "/biometry/api-gateway/sessions/end/sess_never")).await;
    readable(&refused);
    refused.problem("session-unknown");
}

async fn cors_alone_lets_nobody_in(send: impl AsyncFn(Request<Body>) -> Answer) {
    let path = "/biometry/api-gateway/sessions/start";
    send(post(APP, "cross-site", path)).await.problem("cross-site");
    let other = send(post(OTHER, "same-site", path)).await;
    other.problem("cross-site");
    let readable_by = other.header("access-control-allow-origin");
    assert!(readable_by.is_none_or(|origin| origin == APP), "no browser lets the other one read: {other:?}");
}

async fn open() -> Desk {
    Desk::open_with(|gate| gate.cross_site(CrossSite::new().allow_origin(APP).expect("an origin"))).await
}

fn router(desk: &Desk) -> Router {
    let cors = CorsLayer::new()
        .allow_origin(HeaderValue::from_static(APP))
        .allow_methods([Method::GET, Method::POST, Method::DELETE])
        .allow_headers(SDK_HEADERS.map(HeaderName::from_static))
        .expose_headers(["x-request-id", "retry-after"].map(HeaderName::from_static));
    Router::new().nest_service("/biometry", biometry_gate_axum::routes(&desk.gate)).layer(cors)
}

fn cors() -> Cors {
    Cors::default()
        .allowed_origin(APP)
        .allowed_methods(["GET", "POST", "DELETE"])
        .allowed_headers(SDK_HEADERS)
        .expose_headers(["x-request-id", "retry-after"])
}

fn resolver() -> Resolver {
    Resolver::new(|_| Ok(Some(desk::ana())))
}

fn for_actix(request: &Request<Body>) -> TestRequest {
    let method = actix_web::http::Method::from_bytes(request.method().as_str().as_bytes()).expect("a method");
    let to = TestRequest::with_uri(&request.uri().to_string()).method(method);
    request.headers().iter().fold(to, |to, (name, value)| to.insert_header((name.as_str(), value.as_bytes())))
}

fn post(origin: &str, site: &str, path: &str) -> Request<Body> {
    from(origin, Method::POST, path, |request| request.header("sec-fetch-site", site))
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
const OTHER: &str = "https://other.example.com";
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
