use std::sync::Arc;

use axum::extract::{DefaultBodyLimit, Request, State};
use axum::http::header::{AUTHORIZATION, CACHE_CONTROL, CONTENT_TYPE, SET_COOKIE};
use axum::http::request::Parts;
use axum::http::{HeaderMap, HeaderValue, StatusCode};
use axum::middleware::{Next, from_fn_with_state};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use axum::{Json, Router};
use bank::{
    Bank, Caller, HostLogin, LoginError, MAX_BODY, SCRAPE_TYPE, Transfer, TransferLimits, is_beyond_funds,
    parse_object,
};
use biometry_gate::clock::{Clock as _, SystemClock};
use biometry_gate::cross_site::CrossSiteLayer;
use biometry_gate::{ConfigError, Denial};
use biometry_gate_axum::{Approved, Matched, Verified};
use serde::Deserialize;
use serde_json::json;

use crate::host::{Cookies, now};
use crate::pages::file;
use crate::problem::{
    X_REQUEST_ID, denied, insufficient_funds, invalid, not_for_scrapes, not_logged_in, not_ready,
};
use crate::recognise::{Known, recognise};
use crate::short::Short;

#[derive(Clone, Debug)]
pub(crate) struct App {
    pub(crate) bank: Arc<Bank>,
    pub(crate) host: Cookies,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Login {
    email: String,
}

/// The whole bank as a router.
///
/// # Errors
/// When a route asks for a policy that the gate does not have.
pub fn app(bank: Bank, host: Cookies) -> Result<Router, ConfigError> {
    let gate = bank.gate.clone();
    let own_site = CrossSiteLayer::new(bank.own_site.clone());
    let app = App { bank: Arc::new(bank), host };
    let public = Router::new()
        .route("/", get(file))
        .route("/ten-lines", get(file))
        .route("/assets/{*path}", get(file))
        .route("/sdk/{*path}", get(file))
        .route("/healthz", get(healthz))
        .route("/readyz", get(readyz))
        .route("/metrics", get(scrape));
    let own = Router::new()
        .route("/api/statement", get(statement).route_layer(gate.require("statement")?))
        .route(
            "/api/transfer",
            post(transfer)
                .route_layer(gate.require_for_json::<Transfer>("transfer", Matched)?)
                .route_layer(from_fn_with_state(app.clone(), look_at_funds)),
        )
        .route("/api/limits", get(limits).route_layer(gate.require("limits")?))
        .route("/api/whoami", get(whoami))
        .route("/login", post(log_in).route_layer(own_site.clone()))
        .route("/login/face", post(log_in_by_face).route_layer(own_site.clone()))
        .route("/logout", post(log_out).route_layer(own_site))
        .layer(DefaultBodyLimit::max(MAX_BODY))
        .nest_service("/biometry", biometry_gate_axum::routes(&gate))
        .layer(from_fn_with_state(app.clone(), recognise));
    Ok(public.merge(own).with_state(app))
}

/// Gated: a recent verification, used as often as one likes while it is fresh.
async fn statement(State(app): State<App>, Verified(permit): Verified) -> Response {
    Json(app.bank.accounts.statement(permit.subject().as_str())).into_response()
}

/// Gated: a verification for exactly this payee and amount, used once.
async fn transfer(
    State(app): State<App>,
    Verified(permit): Verified,
    Approved(transfer): Approved<Transfer>,
) -> Response {
    match app.bank.accounts.transfer(permit.subject().as_str(), &transfer, SystemClock.now()) {
        Ok(entry) => Json(json!({ "status": "done", "id": entry.id })).into_response(),
        Err(_) => insufficient_funds(None),
    }
}

/// A transfer that the account does not cover is refused before any step-up.
async fn look_at_funds(
    State(app): State<App>,
    Known(caller): Known,
    request: Request,
    next: Next,
) -> Response {
    let response = next.run(request).await;
    match (caller.login(), response.extensions().get::<Denial>()) {
        (Some(login), Some(denial)) if is_beyond_funds(&app.bank.accounts, login.email(), denial) => {
            insufficient_funds(response.headers().get(X_REQUEST_ID))
        }
        _ => response,
    }
}

/// Gated: a recent verification whose face was found in an identity document.
async fn limits(Verified(_): Verified) -> Response {
    Json(TransferLimits::RAISED).into_response()
}

async fn log_in(
    State(app): State<App>,
    Known(caller): Known,
    headers: HeaderMap,
    Short(body): Short,
) -> Response {
    let Some(Login { email }) = parse_object(&body) else {
        return invalid(r#"log in with {"email":"ana@example.com"}"#);
    };
    begin(&app, &caller, &headers, HostLogin::new(&email, now())).await
}

/// The host's session for a customer who has signed in with their face in this browser.
async fn log_in_by_face(State(app): State<App>, Known(caller): Known, parts: Parts) -> Response {
    match app.bank.gate.redeem_login(&parts).await {
        Ok(signed_in) => {
            let login = HostLogin::by_face(signed_in.subject().as_str(), now());
            let mut answer = begin(&app, &caller, &parts.headers, login).await;
            answer.headers_mut().append(SET_COOKIE, HeaderValue::from_static(signed_in.set_cookie()));
            answer
        }
        Err(denial) => denied(&app.bank.gate, denial),
    }
}

/// Opens a new session of the host; the former one ends.
async fn begin(
    app: &App,
    caller: &Caller,
    headers: &HeaderMap,
    login: Result<HostLogin, LoginError>,
) -> Response {
    let Ok(login) = login else { return invalid("that is no e-mail address") };
    if let Err(denial) = app.bank.log_out(caller).await {
        return denied(&app.bank.gate, denial);
    }
    match app.host.log_in(headers, &login) {
        Ok(jar) => (jar, Json(json!({ "email": login.email() }))).into_response(),
        Err(_) => invalid("that is no e-mail address"),
    }
}

async fn log_out(State(app): State<App>, Known(caller): Known, headers: HeaderMap) -> Response {
    match app.bank.log_out(&caller).await {
        Ok(()) => (app.host.log_out(&headers), Json(json!({ "status": "logged out" }))).into_response(),
        Err(denial) => denied(&app.bank.gate, denial),
    }
}

async fn whoami(State(app): State<App>, Known(caller): Known) -> Response {
    match caller.login() {
        Some(login) => Json(json!({ "email": login.email() })).into_response(),
        None => not_logged_in(&app.bank.gate),
    }
}

async fn healthz() -> Response {
    Json(json!({ "status": "ok" })).into_response()
}

/// The gate's numbers. Without a `METRICS_TOKEN` there is no such route.
async fn scrape(State(app): State<App>, headers: HeaderMap) -> Response {
    let Some(scrapes) = &app.bank.scrapes else { return StatusCode::NOT_FOUND.into_response() };
    match scrapes.render(headers.get(AUTHORIZATION).map(HeaderValue::as_bytes)) {
        Ok(numbers) => ([(CONTENT_TYPE, SCRAPE_TYPE), (CACHE_CONTROL, "no-store")], numbers).into_response(),
        Err(why) => not_for_scrapes(why),
    }
}

async fn readyz(State(app): State<App>) -> Response {
    match app.bank.gate.ready().await {
        Ok(()) => Json(json!({ "status": "ready" })).into_response(),
        Err(why) => not_ready(why),
    }
}
