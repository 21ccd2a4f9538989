use actix_session::Session;
use actix_web::body::{EitherBody, MessageBody};
use actix_web::dev::{ServiceRequest, ServiceResponse};
use actix_web::guard::{self, Guard};
use actix_web::http::header::{ALLOW, AUTHORIZATION, CACHE_CONTROL, CONTENT_TYPE, HeaderValue, SET_COOKIE};
use actix_web::middleware::{Next, from_fn};
use actix_web::web::{self, Data, PayloadConfig, ServiceConfig};
use actix_web::{HttpRequest, HttpResponse, Resource, Route};
use bank::{
    Bank, Caller, HostLogin, LoginError, MAX_BODY, SCRAPE_TYPE, Transfer, TransferLimits, is_beyond_funds,
    parse_object,
};
use biometry_gate::clock::{Clock as _, SystemClock};
use biometry_gate::{ConfigError, Denial};
use biometry_gate_actix::{Approved, Head, Verified, approved, cross_site, require, require_for_json};
use serde::Deserialize;
use serde_json::json;

use crate::host::{self, now};
use crate::pages::file;
use crate::problem::{
    X_REQUEST_ID, denied, insufficient_funds, invalid, not_for_scrapes, not_logged_in, not_ready,
};
use crate::recognise::{Known, recognise, resolver};
use crate::short::Short;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Login {
    email: String,
}

type Answer = Result<HttpResponse, actix_web::Error>;

/// The whole bank, for [`App::configure`](actix_web::App::configure). Its sessions are wrapped around it.
///
/// # Errors
/// When a route asks for a policy that the gate does not have.
pub fn routes(bank: Bank) -> Result<impl FnOnce(&mut ServiceConfig) + Clone + Send + 'static, ConfigError> {
    let statements = require(&bank.gate, "statement")?;
    let transfers = require_for_json::<Transfer>(&bank.gate, "transfer")?;
    let raised = require(&bank.gate, "limits")?;
    let own_site = cross_site(bank.own_site.clone());
    let bank = Data::new(bank);
    Ok(move |app: &mut ServiceConfig| {
        let own = web::scope("")
            .service(get("/api/statement", web::to(statement).wrap(statements)))
            .service(post(
                "/api/transfer",
                web::to(approved(transfer)).wrap(transfers).wrap(from_fn(look_at_funds)),
            ))
            .service(get("/api/limits", web::to(limits).wrap(raised)))
            .service(get("/api/whoami", web::to(whoami)))
            .service(post("/login", web::to(log_in).wrap(own_site.clone())))
            .service(post("/login/face", web::to(log_in_by_face).wrap(own_site.clone())))
            .service(post("/logout", web::to(log_out).wrap(own_site)))
            .service(web::scope("/biometry").configure(biometry_gate_actix::routes(&bank.gate)))
            .wrap(from_fn(recognise));
        app.app_data(resolver())
            .app_data(PayloadConfig::new(MAX_BODY))
            .app_data(bank.clone())
            .service(get("/", web::to(file)))
            .service(get("/ten-lines", web::to(file)))
            .service(get("/assets/{path:.+}", web::to(file)))
            .service(get("/sdk/{path:.+}", web::to(file)))
            .service(get("/healthz", web::to(healthz)))
            .service(get("/readyz", web::to(readyz)))
            .service(get("/metrics", web::to(scrape)))
            .service(own);
    })
}

/// Gated: a recent verification, used as often as one likes while it is fresh.
async fn statement(bank: Data<Bank>, Verified(permit): Verified) -> HttpResponse {
    HttpResponse::Ok().json(bank.accounts.statement(permit.subject().as_str()))
}

/// Gated: a verification for exactly this payee and amount, used once.
async fn transfer(
    bank: Data<Bank>,
    Verified(permit): Verified,
    Approved(transfer): Approved<Transfer>,
) -> Answer {
    match bank.accounts.transfer(permit.subject().as_str(), &transfer, SystemClock.now()) {
        Ok(entry) => Ok(HttpResponse::Ok().json(json!({ "status": "done", "id": entry.id }))),
        Err(_) => Ok(insufficient_funds(None)),
    }
}

/// A transfer that the account does not cover is refused before any step-up.
async fn look_at_funds(
    bank: Data<Bank>,
    Known(caller): Known,
    request: ServiceRequest,
    next: Next<impl MessageBody>,
) -> Result<ServiceResponse<EitherBody<impl MessageBody>>, actix_web::Error> {
    let response = next.call(request).await?;
    let is_beyond = match (caller.login(), response.response().extensions().get::<Denial>()) {
        (Some(login), Some(denial)) => is_beyond_funds(&bank.accounts, login.email(), denial),
        _ => false,
    };
    if !is_beyond {
        return Ok(response.map_into_left_body());
    }
    let refusal = insufficient_funds(response.headers().get(X_REQUEST_ID));
    Ok(response.into_response(refusal).map_into_right_body())
}

/// Gated: a recent verification whose face was found in an identity document.
async fn limits(Verified(_): Verified) -> HttpResponse {
    HttpResponse::Ok().json(TransferLimits::RAISED)
}

async fn log_in(bank: Data<Bank>, Known(caller): Known, session: Session, Short(body): Short) -> Answer {
    let login = parse_object(&body);
    let Login { email } = login.ok_or_else(|| invalid(r#"log in with {"email":"ana@example.com"}"#))?;
    begin(&bank, &caller, &session, HostLogin::new(&email, now())).await
}

/// The host's session for a customer who has signed in with their face in this browser.
async fn log_in_by_face(
    bank: Data<Bank>,
    Known(caller): Known,
    session: Session,
    request: HttpRequest,
) -> Answer {
    match bank.gate.redeem_login(&Head::of(&request)).await {
        Ok(signed_in) => {
            let login = HostLogin::by_face(signed_in.subject().as_str(), now());
            let mut answer = begin(&bank, &caller, &session, login).await?;
            let cookie = HeaderValue::from_static(signed_in.set_cookie());
            answer.headers_mut().append(SET_COOKIE, cookie);
            Ok(answer)
        }
        Err(denial) => Err(denied(&bank.gate, denial).into()),
    }
}

/// Opens a new session of the host; the former one ends.
async fn begin(
    bank: &Bank,
    caller: &Caller,
    session: &Session,
    login: Result<HostLogin, LoginError>,
) -> Answer {
    let login = login.map_err(|_| invalid("that is no e-mail address"))?;
    bank.log_out(caller).await.map_err(|denial| denied(&bank.gate, denial))?;
    host::log_in(session, &login).map_err(|_| invalid("that is no e-mail address"))?;
    Ok(HttpResponse::Ok().json(json!({ "email": login.email() })))
}

async fn log_out(bank: Data<Bank>, Known(caller): Known, session: Session) -> Answer {
    bank.log_out(&caller).await.map_err(|denial| denied(&bank.gate, denial))?;
    host::log_out(&session);
    Ok(HttpResponse::Ok().json(json!({ "status": "logged out" })))
}

async fn whoami(bank: Data<Bank>, Known(caller): Known) -> Answer {
    match caller.login() {
        Some(login) => Ok(HttpResponse::Ok().json(json!({ "email": login.email() }))),
        None => Err(not_logged_in(&bank.gate).into()),
    }
}

async fn healthz() -> HttpResponse {
    HttpResponse::Ok().json(json!({ "status": "ok" }))
}

/// The gate's numbers. Without a `METRICS_TOKEN` there is no such route.
async fn scrape(bank: Data<Bank>, request: HttpRequest) -> Answer {
    let Some(scrapes) = &bank.scrapes else { return Ok(HttpResponse::NotFound().finish()) };
    let authorization = request.headers().get(AUTHORIZATION).map(HeaderValue::as_bytes);
    let numbers = scrapes.render(authorization).map_err(not_for_scrapes)?;
    let mut answer = HttpResponse::Ok();
    answer.insert_header((CONTENT_TYPE, SCRAPE_TYPE)).insert_header((CACHE_CONTROL, "no-store"));
    Ok(answer.body(numbers))
}

async fn readyz(bank: Data<Bank>) -> Answer {
    bank.gate.ready().await.map_err(not_ready)?;
    Ok(HttpResponse::Ok().json(json!({ "status": "ready" })))
}

fn get(path: &str, route: Route) -> Resource {
    only(path, guard::Any(guard::Get()).or(guard::Head()), route, "GET,HEAD")
}

fn post(path: &str, route: Route) -> Resource {
    only(path, guard::Post(), route, "POST")
}

/// A path with one route. The answer to other methods names the one that it takes.
fn only(path: &str, methods: impl Guard + 'static, route: Route, allowed: &'static str) -> Resource {
    let refuse =
        move || async move { HttpResponse::MethodNotAllowed().insert_header((ALLOW, allowed)).finish() };
    web::resource(path).route(route.guard(methods)).default_service(web::to(refuse))
}
