//! What a developer reads where a host is wired wrongly.

use actix_web::test::{TestRequest, init_service};
use actix_web::web::{self, Data, ServiceConfig};
use actix_web::{App, HttpRequest};
use axum::Router;
use axum::body::Body;
use axum::routing::{get, post};
use biometry_gate::BiometryGate;
use biometry_gate::gate::{IntentError, Operation};
use biometry_gate::intent::Intent;
use biometry_gate::policy::{Policy, Threshold};
use biometry_gate::principal::{FromExtensions, HostSession, IdentifyError, Principal};
use biometry_gate::store::{DecisionStore, MemoryStore};
use biometry_gate_actix::{Resolver, require, require_for};
use biometry_gate_axum::{Approved, Matched, Refusal, Verified, routes};
use http::{Method, Request};

use super::actix_app::{ask, play};
use super::desk::{self, Desk, ana, answer};
use crate::harness::Log;

async fn which(Verified(permit): Verified) -> String {
    permit.decision().policy().to_owned()
}

fn statement(desk: &Desk) -> Router {
    let gate = desk.gate.require("statement").expect("a policy");
    Router::new().route("/statement", get(which)).route_layer(gate)
}

fn by(principal: Option<Principal>, method: Method, path: &str) -> Request<Body> {
    let mut request = Request::builder().method(method).uri(path).body(Body::empty()).expect("a request");
    if let Some(principal) = principal {
        request.extensions_mut().insert(principal);
    }
    request
}

#[tokio::test]
async fn a_host_that_names_no_caller_reads_so_once() {
    let words = "the host has named no caller in the first 10 requests";
    let (desk, log) = (Desk::open().await, Log::listen());
    for asked in 1..=25 {
        let request = by(None, Method::GET, "/statement");
        answer(statement(&desk), request).await.problem("authentication-required");
        assert_eq!(log.count(words), usize::from(asked >= 10), "{}", log.text());
    }
    let (desk, log) = (Desk::open().await, Log::listen());
    answer(statement(&desk), by(Some(ana()), Method::GET, "/statement")).await.problem("step-up-required");
    for _ in 0..25 {
        answer(statement(&desk), by(None, Method::GET, "/statement"))
            .await
            .problem("authentication-required");
    }
    assert_eq!(log.count(words), 0, "{}", log.text());
}

#[tokio::test]
async fn a_gate_around_its_own_mounted_routes_is_an_error_in_the_log() {
    let words = "a gate stands around its own mounted routes";
    let (desk, log) = (Desk::open().await, Log::listen());
    let router = |gated: Router| gated.nest_service("/biometry", routes(&desk.gate));
    let start = || by(Some(ana()), Method::POST, "/biometry/session/start?policy=statement");
    answer(router(statement(&desk)), start()).await.granted();
    assert_eq!(log.count(words), 0, "{}", log.text());
    let around = || router(Router::new()).layer(desk.gate.require("statement").expect("a policy"));
    for _ in 0..2 {
        let refusal = answer(around(), start()).await.problem("step-up-required");
        assert!(refusal["hint"].as_str().expect("a hint").contains("mount them outside of it"), "{refusal}");
    }
    assert_eq!(log.count(words), 1, "{}", log.text());
    assert!(log.text().contains("ERROR"), "{}", log.text());
    // Where a decision from elsewhere opens the gate, the routes say so.
    desk.pass("statement").await;
    let refused = answer(around(), start()).await;
    assert_eq!((refused.status.as_u16(), log.count(words)), (500, 2), "{}", log.text());
}

#[tokio::test]
async fn a_gate_around_routes_whose_mount_is_known_refuses_with_500() {
    let desk = Desk::open_with(|gate| gate.refusing(|refusing| refusing.mounted_at("/biometry"))).await;
    let log = Log::listen();
    let app = || {
        let mount = Router::new().nest_service("/biometry", routes(&desk.gate));
        let app = mount.route("/trading/session/start", post(which)).route("/biometry/report", get(which));
        app.layer(desk.gate.require("statement").expect("a policy"))
    };
    for (method, path) in [
        (Method::POST, "/biometry/session/start?policy=statement"),
        (Method::GET, "/biometry/consent"),
        (Method::POST, "/biometry/api-gateway/process-video"),
    ] {
        assert_eq!(answer(app(), by(Some(ana()), method, path)).await.status, 500, "{path}");
    }
    assert_eq!(log.count("a gate stands around its own mounted routes"), 3, "{}", log.text());
    for (method, path) in [(Method::POST, "/trading/session/start"), (Method::GET, "/biometry/report")] {
        let refusal = answer(app(), by(Some(ana()), method, path)).await.problem("step-up-required");
        assert!(refusal.get("hint").is_none(), "{refusal}");
    }
}

#[tokio::test]
async fn challenges_without_mounted_routes_are_a_warning() {
    let words = "this process has made no routes for it";
    let (desk, log) = (Desk::open().await, Log::listen());
    for _ in 0..3 {
        let request = by(Some(ana()), Method::GET, "/statement");
        answer(statement(&desk), request).await.problem("step-up-required");
    }
    assert_eq!(log.count(words), 1, "{}", log.text());
    let (desk, log) = (Desk::open().await, Log::listen());
    let router = statement(&desk).nest_service("/biometry", routes(&desk.gate));
    answer(router, by(Some(ana()), Method::GET, "/statement")).await.problem("step-up-required");
    assert_eq!(log.count(words), 0, "{}", log.text());
}

#[tokio::test]
async fn gates_with_a_memory_store_each_are_a_warning() {
    let words = "several gates with a memory store each";
    let (desk, log) = (Desk::open().await, Log::listen());
    let build = |store: Option<DecisionStore>| {
        let statement = Policy::for_session("statement", Threshold::vendor_verdict_only());
        let gate = BiometryGate::builder(desk.client(), FromExtensions).policy(statement);
        match store {
            Some(store) => gate.store(store),
            None => gate,
        }
        .build()
        .expect("a gate")
    };
    // Beside the desk's own.
    let by_default = build(None);
    assert_eq!(log.count(words), 1, "{}", log.text());
    let handed_over = build(Some(MemoryStore::new().into()));
    assert_eq!(log.count(words), 2, "{}", log.text());
    drop((by_default, handed_over));
}

#[tokio::test]
async fn one_key_of_a_host_session_with_two_subjects_is_a_warning() {
    let words = "one key of a host session has come with two subjects";
    let (desk, log) = (Desk::open().await, Log::listen());
    let session = |key| HostSession::parse(key).expect("a key");
    let ask = async |subject: &str, key| {
        let principal = Principal::new(subject, session(key)).expect("a principal");
        let request = by(Some(principal), Method::GET, "/statement");
        answer(statement(&desk), request).await.problem("step-up-required");
    };
    ask("ana", "first").await;
    ask("ana", "second").await;
    ask("ben", "third").await;
    assert_eq!(log.count(words), 0, "{}", log.text());
    ask("ben", "second").await;
    ask("ana", "third").await;
    assert_eq!(log.count(words), 1, "{}", log.text());
    assert!(!log.text().contains("ana") && !log.text().contains("third"), "{}", log.text());
}

#[tokio::test]
async fn a_router_that_does_not_know_the_route_is_said_to() {
    let (desk, log) = (Desk::open().await, Log::listen());
    let read = |_: &http::request::Parts, _: &bytes::Bytes| Ok::<_, IntentError>(Intent::new("transfer"));
    let gate = desk.gate.require_for("transfer", Matched, read).expect("a policy");
    let router = Router::new().fallback(which).layer(gate);
    assert_eq!(answer(router, by(Some(ana()), Method::GET, "/nowhere")).await.status, 500);
    assert_eq!(log.count("the router does not know the route of this request"), 1, "{}", log.text());
}

#[tokio::test]
async fn an_actix_scope_that_does_not_know_the_route_is_said_to() {
    let (desk, log) = (Desk::open().await, Log::listen());
    play(async {
        let read = |_: &http::request::Parts, _: &bytes::Bytes| Ok::<_, IntentError>(Intent::new("transfer"));
        let gate = require_for(&desk.gate, "transfer", read).expect("a policy");
        let scope = web::scope("/accounts").route("/pay", web::post().to(async || "paid")).wrap(gate);
        let resolver = Resolver::new(|_: &HttpRequest| Ok(Some(ana())));
        let app = init_service(App::new().app_data(resolver).service(scope)).await;
        let refusal = ask(&app, TestRequest::post().uri("/accounts/pay")).await;
        refusal.problem("step-up-required");
        assert_eq!(ask(&app, TestRequest::post().uri("/accounts/nothing")).await.status, 500);
    })
    .await;
    assert_eq!(log.count("the router does not know the route of this request"), 1, "{}", log.text());
}

#[tokio::test]
async fn a_caller_who_cannot_be_identified_has_a_code_and_a_reason_in_the_log() {
    let (desk, log) = (Desk::open().await, Log::listen());
    let failed = IdentifyError::new("the session store did not answer");
    let mut request = by(None, Method::GET, "/statement");
    request.extensions_mut().insert(biometry_gate::principal::Identified(Err(failed)));
    let problem = answer(statement(&desk), request).await.problem("identity-unavailable");
    assert!(!problem.to_string().contains("session store"), "{problem}");
    assert_eq!(log.count("the session store did not answer"), 1, "{}", log.text());
    let mut request = by(None, Method::GET, "/session");
    let failed = IdentifyError::new("the users' table is locked");
    request.extensions_mut().insert(biometry_gate::principal::Identified(Err(failed)));
    let mounted = Router::new().fallback_service(routes(&desk.gate));
    answer(mounted, request).await.problem("identity-unavailable");
    assert_eq!(log.count("the users' table is locked"), 1, "{}", log.text());
}

#[tokio::test]
async fn a_resolver_on_actix_that_cannot_tell_has_a_code_and_a_reason_in_the_log() {
    let (desk, log) = (Desk::open().await, Log::listen());
    play(async {
        let failing = Resolver::new(|_: &HttpRequest| Err(IdentifyError::new("the sessions are away")));
        let gate = require(&desk.gate, "statement").expect("a policy");
        let app = App::new()
            .app_data(failing)
            .route("/statement", web::get().to(async || "a statement").wrap(gate))
            .service(web::scope("/biometry").configure(biometry_gate_actix::routes(&desk.gate)));
        let app = init_service(app).await;
        for (path, count) in [("/statement", 1), ("/biometry/session", 2)] {
            ask(&app, TestRequest::get().uri(path)).await.problem("identity-unavailable");
            assert_eq!(log.count("the sessions are away"), count, "{path}: {}", log.text());
        }
    })
    .await;
}

struct Payment {
    amount: String,
}

impl Operation for Payment {
    fn describe(&self) -> Intent {
        Intent::new("payment").line("Amount", &self.amount)
    }
}

#[tokio::test]
async fn a_handler_that_takes_another_operation_than_its_gate_reads_is_said_to() {
    struct Refund;
    impl Operation for Refund {
        fn describe(&self) -> Intent {
            Intent::new("refund")
        }
    }
    let (desk, log) = (Desk::open().await, Log::listen());
    let gate = desk.gate.require_for_value("transfer", Matched, |_, body| {
        Ok(Payment { amount: String::from_utf8_lossy(body).into_owned() })
    });
    let router = Router::new()
        .route("/pay", post(async |Approved(_): Approved<Refund>| "refunded"))
        .route_layer(gate.expect("a policy"));
    let pay = || desk::request(Method::POST, "/pay", "12").map(Body::new);
    let refusal = answer(router.clone(), pay()).await.problem("step-up-required");
    desk.approve(&refusal["step_up"]["intent"]["id"]).await;
    // It has run nothing, so the approval stands.
    for count in 1..=2 {
        assert_eq!(answer(router.clone(), pay()).await.status, 500);
        assert_eq!(log.count("no approved operation of this type"), count, "{}", log.text());
    }
}

#[tokio::test]
async fn a_handler_behind_another_policys_gate_does_not_run() {
    async fn vault(Verified(permit): Verified) -> Result<&'static str, Refusal> {
        permit.expect_policy("vault")?;
        Ok("gold")
    }
    let (desk, log) = (Desk::open().await, Log::listen());
    let behind = |policy| {
        Router::new().route("/vault", get(vault)).route_layer(desk.gate.require(policy).expect("a policy"))
    };
    desk.pass("statement").await;
    let look = || by(Some(ana()), Method::GET, "/vault");
    let answered = answer(behind("statement"), look()).await;
    assert_eq!(answered.status, 500);
    assert!(!answered.text().contains("gold"));
    assert_eq!(log.count("the handler expects another policy"), 1, "{}", log.text());
    desk.pass("vault").await;
    assert_eq!(answer(behind("vault"), look()).await.text(), "gold");
}

#[tokio::test]
async fn actix_finds_a_resolver_and_a_gate_that_are_wrapped_in_data() {
    let desk = Desk::open().await;
    play(async {
        let resolver = Resolver::new(|_: &HttpRequest| Ok(Some(ana())));
        let wrapped = |app: &mut ServiceConfig| {
            app.app_data(Data::new(resolver)).app_data(Data::new(desk.gate.clone()));
        };
        let consent = web::get().to(async |_: biometry_gate_actix::BiometryConsent| "told");
        let app = init_service(App::new().configure(wrapped).route("/consent", consent)).await;
        assert_eq!(ask(&app, TestRequest::get().uri("/consent")).await.text(), "told");
    })
    .await;
}
