//! Gates around actix's routes, resources and scopes, and the order in which its middleware runs.

use actix_web::dev::Service as _;
use actix_web::http::StatusCode;
use actix_web::test::{TestRequest, init_service};
use actix_web::web::{self, ServiceConfig};
use actix_web::{App, HttpMessage as _, HttpRequest, HttpResponse};
use biometry_gate::gate::IntentError;
use biometry_gate::intent::{Intent, Route};
use biometry_gate::principal::{IdentifyError, Principal};
use biometry_gate_actix::{Resolver, require, require_for, restore_on};
use bytes::Bytes;

use super::actix_app::{ask, by_ana, get, play, post, resolver, which};
use super::desk::{Desk, ana};

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
