//! What is particular to actix: its extractors and its limits.

use actix_web::body::MessageBody;
use actix_web::dev::{Service, ServiceResponse};
use actix_web::test::{TestRequest, call_service, init_service, read_body};
use actix_web::web::{self, JsonConfig, PayloadConfig, ServiceConfig};
use actix_web::{App, Error};
use biometry_gate::consent::Purpose;
use biometry_gate::gate::IntentError;
use biometry_gate::intent::Intent;
use biometry_gate_actix::{
    BiometryConsent, BiometrySession, Checked, Consented, ConsentedToStorage, Resolver, Verified,
    require_for, routes,
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
pub(super) fn by_ana(request: TestRequest) -> TestRequest {
    request.insert_header(("x-session-of", "ana"))
}

pub(super) fn get(path: &str) -> TestRequest {
    by_ana(TestRequest::get().uri(path))
}

pub(super) fn post(path: &str) -> TestRequest {
    by_ana(TestRequest::post().uri(path))
}

pub(super) fn resolver() -> Resolver {
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
