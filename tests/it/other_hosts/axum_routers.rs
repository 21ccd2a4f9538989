//! Gates in nested and merged axum routers, in front of fallbacks, and inside each other.

use axum::body::Body;
use axum::routing::{get, post};
use axum::{Extension, Router};
use biometry_gate::consent::Purpose;
use biometry_gate::gate::IntentError;
use biometry_gate::intent::{Intent, Route};
use biometry_gate_axum::{Consented, ConsentedToStorage, Matched, Verified, routes};
use biometry_gate_testkit::{Form, media};
use bytes::Bytes;
use http::{Method, Request};
use serde_json::json;
use tower_http::limit::RequestBodyLimitLayer;

use super::desk::{self, Desk, answer};

async fn which(Verified(permit): Verified) -> String {
    permit.decision().policy().to_owned()
}

async fn asks(router: &Router, method: Method, path: &str) -> biometry_gate_testkit::Answer {
    let request: Request<Body> = desk::request(method, path, "").map(Body::new);
    answer(router.clone(), request).await
}

async fn gets(router: &Router, path: &str) -> biometry_gate_testkit::Answer {
    asks(router, Method::GET, path).await
}

#[tokio::test]
async fn a_route_layer_leaves_unknown_paths_unknown() {
    let desk = Desk::open().await;
    let gate = desk.gate.require("statement").unwrap();
    let router = Router::new().route("/a", get(which)).route_layer(gate.clone());
    let on_method = Router::new().route("/a", get(which).route_layer(gate.clone()));
    let around_all = Router::new().route("/a", get(which)).layer(gate);
    for gated in [&router, &on_method, &around_all] {
        gets(gated, "/a").await.problem("step-up-required");
    }
    assert_eq!(gets(&router, "/b").await.status, 404);
    assert_eq!(asks(&on_method, Method::POST, "/a").await.status, 405);
    gets(&around_all, "/b").await.problem("step-up-required");
}

#[tokio::test]
async fn a_gate_covers_what_is_nested_in_it_and_nothing_else() {
    let desk = Desk::open().await;
    let gate = || desk.gate.require("statement").unwrap();
    let inside = || Router::new().route("/a", get(which));
    let router = Router::new()
        .nest("/gated", inside().fallback(which).layer(gate()))
        .nest("/outside", Router::new().nest("/gated", inside()).layer(gate()))
        .route("/open", get(async || "open"))
        .fallback(async || "nothing");
    for path in ["/gated/a", "/gated/b", "/gated/b/c", "/outside/gated/a"] {
        gets(&router, path).await.problem("step-up-required");
    }
    assert_eq!(gets(&router, "/open").await.text(), "open");
    assert_eq!(gets(&router, "/else").await.text(), "nothing");
    desk.pass("statement").await;
    for path in ["/gated/a", "/gated/b", "/outside/gated/a"] {
        assert_eq!(gets(&router, path).await.text(), "statement", "{path}");
    }
}

#[tokio::test]
async fn merged_routers_keep_their_own_gates() {
    let desk = Desk::open().await;
    let gated = |path, policy| {
        let gate = desk.gate.require(policy).unwrap();
        Router::new().route(path, get(which)).route_layer(gate)
    };
    let router = gated("/statement", "statement").merge(gated("/vault", "vault"));
    desk.pass("statement").await;
    assert_eq!(gets(&router, "/statement").await.text(), "statement");
    gets(&router, "/vault").await.problem("step-up-required");
    desk.pass("vault").await;
    assert_eq!(gets(&router, "/vault").await.text(), "vault");
}

#[tokio::test]
async fn an_outer_gates_permit_opens_no_inner_gate() {
    let desk = Desk::open().await;
    let [statement, vault] = ["statement", "vault"].map(|policy| desk.gate.require(policy).unwrap());
    let router = Router::new().route("/", get(which)).layer(vault).layer(statement);
    desk.pass("statement").await;
    assert_eq!(gets(&router, "/").await.problem("step-up-required")["step_up"]["policy"], "vault");
    desk.pass("vault").await;
    assert_eq!(gets(&router, "/").await.text(), "vault");
}

#[tokio::test]
async fn the_routes_may_be_nested_deeply() {
    let desk = Desk::open().await;
    let routes = Router::new().nest_service("/biometry", biometry_gate_axum::routes(&desk.gate));
    let router = Router::new().nest("/a", Router::new().nest("/b", routes));
    gets(&router, "/a/b/biometry/consent").await.granted();
    gets(&router, "/a/b/biometry/nothing").await.problem_as(404, "not-found");
    assert_eq!(gets(&router, "/biometry/consent").await.status, 404);
}

/// One layer over several routes, whose operations look the same.
fn payments(desk: &Desk) -> Router {
    let read = |_: &http::request::Parts, _: &axum::body::Bytes| Ok::<_, IntentError>(Intent::new("pay"));
    let inside = Router::new().route("/pay", post(which)).route("/{id}/refund", post(which).put(which));
    let gate = desk.gate.require_for("transfer", Matched, read).expect("the policy is there");
    Router::new().nest("/accounts", inside.route_layer(gate))
}

#[tokio::test]
async fn what_was_approved_for_one_route_opens_no_other() {
    let desk = Desk::open().await;
    let router = payments(&desk);
    let refused = asks(&router, Method::POST, "/accounts/7/refund").await.problem("step-up-required");
    desk.approve(&refused["step_up"]["intent"]["id"]).await;
    for (method, path) in [(Method::POST, "/accounts/pay"), (Method::PUT, "/accounts/7/refund")] {
        let refused = asks(&router, method, path).await.problem("step-up-required");
        assert_eq!(refused["reason"], "absent", "{path}");
    }
    assert_eq!(asks(&router, Method::POST, "/accounts/7/refund").await.text(), "transfer");
}

#[tokio::test]
async fn what_was_registered_for_one_route_opens_no_other() {
    let desk = Desk::open().await;
    let router = payments(&desk);
    desk.register(Route::new("POST", "/accounts/{id}/refund").at("/accounts/7/refund"), &Intent::new("pay"))
        .await;
    for (method, path) in [(Method::POST, "/accounts/pay"), (Method::PUT, "/accounts/7/refund")] {
        let refused = asks(&router, method, path).await.problem("step-up-required");
        assert_eq!(refused["reason"], "absent", "{path}");
    }
    assert_eq!(asks(&router, Method::POST, "/accounts/7/refund").await.text(), "transfer");
}

#[tokio::test]
async fn a_fallback_is_no_route_to_approve_anything_for() {
    let desk = Desk::open().await;
    let read = |_: &http::request::Parts, _: &axum::body::Bytes| Ok::<_, IntentError>(Intent::new("pay"));
    let gate = desk.gate.require_for("transfer", Matched, read).unwrap();
    let router = Router::new().fallback(which).layer(gate);
    assert_eq!(asks(&router, Method::POST, "/anything").await.status, 500);
}

#[tokio::test]
async fn handlers_that_demand_consent_run_with_it_and_not_without() {
    let desk = Desk::open().await;
    let handlers = || {
        let used =
            get(async |Consented(consent): Consented| consent.is_given(Purpose::Authorization).to_string());
        let kept = get(async |ConsentedToStorage(consent): ConsentedToStorage| {
            consent.is_given(Purpose::Storage).to_string()
        });
        Router::new().route("/used", used).route("/kept", kept)
    };
    let router = handlers().layer(Extension(desk.gate.clone()));
    let missing = async |path| gets(&router, path).await.problem("consent-required")["purposes"].clone();
    assert_eq!(missing("/used").await, json!(["authorization"]));
    assert_eq!(missing("/kept").await, json!(["authorization", "storage"]));
    desk.consent(json!({ "authorization": true })).await;
    assert_eq!(gets(&router, "/used").await.text(), "true");
    assert_eq!(missing("/kept").await, json!(["storage"]));
    desk.consent(json!({ "storage": true })).await;
    assert_eq!(gets(&router, "/kept").await.text(), "true");
    desk.consent(json!({ "authorization": false })).await;
    assert_eq!(missing("/used").await, json!(["authorization"]), "a withdrawal counts at once");

    for path in ["/used", "/kept"] {
        let nobody = Request::builder().uri(path).body(Body::empty()).unwrap();
        answer(router.clone(), nobody).await.problem("authentication-required");
        assert_eq!(gets(&handlers(), path).await.status, 500, "the app has no gate");
    }
    desk.store.fail_everything();
    for path in ["/used", "/kept"] {
        gets(&router, path).await.problem("store-unavailable");
    }
}

#[tokio::test]
async fn a_limit_of_the_host_around_the_routes_says_that_it_is_one() {
    let desk = Desk::open().await;
    desk.consent(json!({ "authorization": true })).await;
    let mounted = || Router::new().nest_service("/biometry", routes(&desk.gate));
    let limited = mounted().layer(RequestBodyLimitLayer::new(2_000_000));
    let send = async |path: &str, content_type: &str, body: Bytes| {
        answer(limited.clone(), desk::post(path, content_type, body).map(Body::new)).await
    };
    let start = Bytes::from_static(br#"{"policy":"statement"}"#);
    send("/biometry/session/start", "application/json", start).await.granted();
    // Without a length the limit shows while the body is read, as an error of the body.
    let form = Form::new().file("video", media::webm(3_000_000));
    let refused = send("/biometry/verify", &form.content_type(), form.bytes()).await;
    let problem = refused.problem("upload-too-large");
    assert!(
        problem["detail"].as_str().is_some_and(|detail| detail.contains("limit of the host")),
        "{problem}"
    );
    let state = answer(mounted(), desk::get("/biometry/session").map(Body::new)).await.granted();
    assert_eq!((&state["state"], &state["attempts_left"]), (&json!("issued"), &json!(5)));
}

#[tokio::test]
async fn a_handler_may_stand_behind_a_gate_on_some_of_its_routes() {
    async fn either(verified: Option<Verified>) -> String {
        verified.map_or("open".to_owned(), |Verified(permit)| permit.decision().policy().to_owned())
    }
    let desk = Desk::open().await;
    let gate = desk.gate.require("statement").unwrap();
    let router = Router::new().route("/gated", get(either).layer(gate)).route("/open", get(either));
    assert_eq!(gets(&router, "/open").await.text(), "open");
    gets(&router, "/gated").await.problem("step-up-required");
    desk.pass("statement").await;
    assert_eq!(gets(&router, "/gated").await.text(), "statement");
}
