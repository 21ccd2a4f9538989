//! What is particular to actix: its extractors, its limits, its order of middleware, its scopes.

use actix_web::body::MessageBody;
use actix_web::dev::{Service, ServiceResponse};
use actix_web::http::StatusCode;
use actix_web::test::{TestRequest, call_service, init_service, read_body};
use actix_web::web::{self, JsonConfig, PayloadConfig, ServiceConfig};
use actix_web::{App, Error, HttpMessage as _, HttpRequest, HttpResponse};
use biometry_gate::consent::Purpose;
use biometry_gate::gate::IntentError;
use biometry_gate::intent::{Intent, Route};
use biometry_gate::principal::{IdentifyError, Principal};
use biometry_gate_actix::{
    BiometryConsent, BiometrySession, Checked, Consented, ConsentedToStorage, Resolver, Verified, require,
    require_for, restore_on, routes,
};
use biometry_gate_testkit::{Answer, Form, media};
use bytes::Bytes;
use http::{HeaderMap, HeaderName, HeaderValue};
use serde_json::json;
use tokio::task::LocalSet;

use super::desk::{Desk, ana};

/// Plays a scene on a thread of actix's kind.
pub(super) async fn play(scene: impl Future<Output = ()>) {
    LocalSet::new().run_until(scene).await;
}

pub(super) async fn ask<S, B>(app: &S, request: TestRequest) -> Answer
where
    S: Service<actix_http::Request, Response = ServiceResponse<B>, Error = Error>,
    B: MessageBody,
{
    let response = call_service(app, request.to_request()).await;
    let status = http::StatusCode::from_u16(response.status().as_u16()).expect("a status");
    let mut headers = HeaderMap::new();
    for (name, value) in response.headers() {
        let name = HeaderName::from_bytes(name.as_str().as_bytes()).expect("a name");
        headers.append(name, HeaderValue::from_bytes(value.as_bytes()).expect("a value"));
    }
    Answer { status, headers, body: read_body(response).await }
}

/// A caller who is logged in.
fn by_ana(request: TestRequest) -> TestRequest {
    request.insert_header(("x-session-of", "ana"))
}

fn get(path: &str) -> TestRequest {
    by_ana(TestRequest::get().uri(path))
}

fn post(path: &str) -> TestRequest {
    by_ana(TestRequest::post().uri(path))
}

fn resolver() -> Resolver {
    Resolver::new(|request| Ok(request.headers().contains_key("x-session-of").then(ana)))
}

pub(super) async fn which(Verified(permit): Verified) -> String {
    permit.decision().policy().to_owned()
}

#[tokio::test]
async fn an_absence_and_an_outage_are_two_things() {
    async fn session(session: Checked<BiometrySession>) -> actix_web::Result<&'static str> {
        match session {
            Checked::Present(_) => Ok("present"),
            Checked::Absent => Ok("absent"),
            Checked::CannotTell(rejection) => Err(rejection.into()),
        }
    }
    let desk = Desk::open().await;
    play(async {
        let with_gate = |app: &mut ServiceConfig| {
            app.app_data(resolver()).app_data(desk.gate.clone());
        };
        let app = App::new().configure(with_gate).route("/session", web::get().to(session));
        let app = app.route("/just", web::get().to(async |_: BiometrySession| "present"));
        let app = init_service(app.route("/consent", web::get().to(async |_: BiometryConsent| "told"))).await;
        assert_eq!(ask(&app, get("/session")).await.text(), "absent");
        let just = ask(&app, get("/just")).await;
        assert_eq!((just.status.as_u16(), just.code().as_deref()), (404, Some("session-unknown")));
        ask(&app, TestRequest::get().uri("/session")).await.problem("authentication-required");
        desk.pass("statement").await;
        assert_eq!(ask(&app, get("/session")).await.text(), "present");
        assert_eq!(ask(&app, get("/consent")).await.text(), "told");
        desk.store.fail_everything();
        for path in ["/session", "/just", "/consent"] {
            ask(&app, get(path)).await.problem("store-unavailable");
        }
    })
    .await;
}

#[tokio::test]
async fn handlers_that_demand_consent_run_with_it_and_not_without() {
    async fn used(Consented(consent): Consented) -> String {
        consent.is_given(Purpose::Authorization).to_string()
    }
    async fn kept(ConsentedToStorage(consent): ConsentedToStorage) -> String {
        consent.is_given(Purpose::Storage).to_string()
    }
    let handlers = |app: &mut ServiceConfig| {
        app.app_data(resolver()).route("/used", web::get().to(used)).route("/kept", web::get().to(kept));
    };
    let desk = Desk::open().await;
    play(async {
        let app = init_service(App::new().configure(handlers).app_data(desk.gate.clone())).await;
        let missing = async |path| ask(&app, get(path)).await.problem("consent-required")["purposes"].clone();
        assert_eq!(missing("/used").await, json!(["authorization"]));
        assert_eq!(missing("/kept").await, json!(["authorization", "storage"]));
        desk.consent(json!({ "authorization": true })).await;
        assert_eq!(ask(&app, get("/used")).await.text(), "true");
        assert_eq!(missing("/kept").await, json!(["storage"]));
        desk.consent(json!({ "storage": true })).await;
        assert_eq!(ask(&app, get("/kept")).await.text(), "true");
        desk.consent(json!({ "authorization": false })).await;
        assert_eq!(missing("/used").await, json!(["authorization"]), "a withdrawal counts at once");

        let without_gate = init_service(App::new().configure(handlers)).await;
        for path in ["/used", "/kept"] {
            ask(&app, TestRequest::get().uri(path)).await.problem("authentication-required");
            assert_eq!(ask(&without_gate, get(path)).await.status, 500, "the app has no gate");
        }
        desk.store.fail_everything();
        for path in ["/used", "/kept"] {
            ask(&app, get(path)).await.problem("store-unavailable");
        }
    })
    .await;
}

#[tokio::test]
async fn a_route_without_a_gate_is_a_mistake_of_the_app() {
    play(async {
        let app = App::new()
            .app_data(resolver())
            .route("/verified", web::get().to(which))
            .route("/session", web::get().to(async |_: Checked<BiometrySession>| ""));
        let app = init_service(app).await;
        for path in ["/verified", "/session"] {
            assert_eq!(ask(&app, get(path)).await.status, 500);
        }
    })
    .await;
}

#[tokio::test]
async fn the_limits_of_actix_do_not_touch_ours() {
    let desk = Desk::open().await;
    play(async {
        let read = |_: &http::request::Parts, body: &Bytes| -> Result<Intent, IntentError> {
            Ok(Intent::new("transfer").line("Length", &body.len().to_string()))
        };
        let gate = require_for(&desk.gate, "transfer", read).unwrap();
        let app = App::new()
            .app_data(resolver())
            .app_data(PayloadConfig::new(10))
            .app_data(JsonConfig::default().limit(10))
            .route("/transfer", web::post().to(which).wrap(gate))
            .service(web::scope("/biometry").configure(routes(&desk.gate)));
        let app = init_service(app).await;
        ask(&app, post("/biometry/consent").set_json(serde_json::json!({ "authorization": true })))
            .await
            .granted();
        let refused = ask(&app, post("/transfer").set_payload("x".repeat(60_000))).await;
        let intent = &refused.problem("step-up-required")["step_up"]["intent"]["id"];
        let start = serde_json::json!({ "policy": "transfer", "intent": intent });
        ask(&app, post("/biometry/session/start").set_json(start)).await.granted();
        let form = Form::new().file("video", media::webm(1_000_000));
        let upload = post("/biometry/verify").insert_header(("content-type", form.content_type()));
        ask(&app, upload.set_payload(form.bytes())).await.granted();
        let allowed = ask(&app, post("/transfer").set_payload("x".repeat(60_000))).await;
        assert_eq!(allowed.text(), "transfer");
        ask(&app, post("/transfer").set_payload("x".repeat(66_000))).await.problem("upload-too-large");
    })
    .await;
}

/// One gate around several routes, whose operations look the same.
fn payments(desk: &Desk) -> impl FnOnce(&mut ServiceConfig) + use<> {
    let read = |_: &http::request::Parts, _: &Bytes| Ok::<_, IntentError>(Intent::new("pay"));
    let gate = require_for(&desk.gate, "transfer", read).expect("the policy is there");
    move |app: &mut ServiceConfig| {
        let refund = web::resource("/{id}/refund").route(web::post().to(which)).route(web::put().to(which));
        let inside = web::scope("/accounts").route("/pay", web::post().to(which)).service(refund);
        app.app_data(resolver()).service(inside.wrap(gate));
    }
}

#[tokio::test]
async fn what_was_approved_for_one_route_opens_no_other() {
    let desk = Desk::open().await;
    play(async {
        let app = init_service(App::new().configure(payments(&desk))).await;
        let refused = ask(&app, post("/accounts/7/refund")).await.problem("step-up-required");
        desk.approve(&refused["step_up"]["intent"]["id"]).await;
        for other in [post("/accounts/pay"), by_ana(TestRequest::put().uri("/accounts/7/refund"))] {
            assert_eq!(ask(&app, other).await.problem("step-up-required")["reason"], "absent");
        }
        assert_eq!(ask(&app, post("/accounts/7/refund")).await.text(), "transfer");
    })
    .await;
}

#[tokio::test]
async fn what_was_registered_for_one_route_opens_no_other() {
    let desk = Desk::open().await;
    play(async {
        let app = init_service(App::new().configure(payments(&desk))).await;
        desk.register(
            Route::new("POST", "/accounts/{id}/refund").at("/accounts/7/refund"),
            &Intent::new("pay"),
        )
        .await;
        for other in [post("/accounts/pay"), by_ana(TestRequest::put().uri("/accounts/7/refund"))] {
            assert_eq!(ask(&app, other).await.problem("step-up-required")["reason"], "absent");
        }
        assert_eq!(ask(&app, post("/accounts/7/refund")).await.text(), "transfer");
    })
    .await;
}

#[tokio::test]
async fn the_resolver_is_asked_first_and_the_gates_own_where_there_is_none() {
    let desk = Desk::open().await;
    desk.pass("statement").await;
    play(async {
        let route = |resolver: Option<Resolver>| {
            let gate = require(&desk.gate, "statement").unwrap();
            move |app: &mut ServiceConfig| {
                if let Some(resolver) = resolver {
                    app.app_data(resolver);
                }
                app.route("/", web::get().to(which).wrap(gate));
            }
        };
        let log_in = |request: &actix_web::dev::ServiceRequest| {
            request.extensions_mut().insert::<Principal>(ana());
        };
        macro_rules! logged_in {
            ($resolver:expr) => {
                init_service(App::new().configure(route($resolver)).wrap_fn(move |request, next| {
                    log_in(&request);
                    next.call(request)
                }))
                .await
            };
        }
        assert_eq!(ask(&logged_in!(None), get("/")).await.text(), "statement");
        assert_eq!(ask(&logged_in!(Some(Resolver::from_extensions())), get("/")).await.text(), "statement");
        let nobody = Resolver::new(|_: &HttpRequest| Ok(None));
        ask(&logged_in!(Some(nobody)), get("/")).await.problem("authentication-required");
        let unable = Resolver::new(|_: &HttpRequest| Err(IdentifyError::new("out of order")));
        ask(&logged_in!(Some(unable)), get("/")).await.problem("identity-unavailable");
    })
    .await;
}

#[tokio::test]
async fn a_gate_covers_what_it_is_wrapped_around() {
    let desk = Desk::open().await;
    let gate = || require(&desk.gate, "statement").unwrap();
    play(async {
        let app = App::new()
            .app_data(resolver())
            .service(web::resource("/route").route(web::get().to(which).wrap(gate())))
            .service(web::resource("/resource").route(web::get().to(which)).wrap(gate()))
            .service(web::scope("/scope").route("/a", web::get().to(which)).wrap(gate()));
        let app = init_service(app).await;
        for gated in ["/route", "/resource", "/scope/a", "/scope/b"] {
            ask(&app, get(gated)).await.problem("step-up-required");
        }
        assert_eq!(ask(&app, post("/route")).await.status, 405);
        ask(&app, post("/resource")).await.problem("step-up-required");
        assert_eq!(ask(&app, get("/other")).await.status, 404);
        desk.pass("statement").await;
        for gated in ["/route", "/resource", "/scope/a"] {
            let answer = ask(&app, get(gated)).await;
            assert_eq!(
                (answer.text().as_str(), answer.header("cache-control")),
                ("statement", Some("no-store"))
            );
        }
        assert_eq!(ask(&app, get("/scope/b")).await.status, 404);
    })
    .await;
}

#[tokio::test]
async fn an_outer_gates_permit_opens_no_inner_gate() {
    let desk = Desk::open().await;
    play(async {
        let [statement, vault] = ["statement", "vault"].map(|policy| require(&desk.gate, policy).unwrap());
        let route = web::get().to(which).wrap(vault).wrap(statement);
        let app = init_service(App::new().app_data(resolver()).route("/", route)).await;
        desk.pass("statement").await;
        let refused = ask(&app, get("/")).await.problem("step-up-required");
        assert_eq!(refused["step_up"]["policy"], "vault");
        desk.pass("vault").await;
        assert_eq!(ask(&app, get("/")).await.text(), "vault");
    })
    .await;
}

#[tokio::test]
async fn a_decision_is_given_back_where_nothing_was_done() {
    let desk = Desk::open().await;
    play(async {
        let answer = async |request: HttpRequest| match request.query_string() {
            "nothing" => HttpResponse::Conflict(),
            _ => HttpResponse::Ok(),
        };
        let route = web::get()
            .to(answer)
            .wrap(restore_on(|answer| answer.status == StatusCode::CONFLICT))
            .wrap(require(&desk.gate, "once").unwrap());
        let app = init_service(App::new().app_data(resolver()).route("/", route)).await;
        desk.pass("once").await;
        for (path, status) in [("/?nothing", 409), ("/?nothing", 409), ("/", 200), ("/", 401)] {
            assert_eq!(ask(&app, get(path)).await.status, status, "{path}");
        }
    })
    .await;
}

#[tokio::test]
async fn a_browser_comes_back_to_where_it_was_in_its_scope() {
    let desk = Desk::open_with(|gate| gate.refusing(|refusing| refusing.step_up_page("/step-up"))).await;
    play(async {
        let page = web::get().to(which).wrap(require(&desk.gate, "statement").unwrap());
        let app = App::new().app_data(resolver()).service(web::scope("/private").route("/page", page));
        let app = init_service(app).await;
        let navigation = get("/private/page?x=1").insert_header(("sec-fetch-mode", "navigate"));
        let answer = ask(&app, navigation).await;
        assert_eq!(answer.status, 303);
        let handle = answer.header("location").unwrap().strip_prefix("/step-up?return=").unwrap();
        let (handle, _) = handle.split_once('&').unwrap();
        let handle = biometry_gate::id::ReturnHandle::parse(handle).unwrap();
        let target = desk.gate.take_return(&ana(), &handle).await.unwrap();
        assert_eq!(target.as_deref(), Some("/private/page?x=1"));
    })
    .await;
}
