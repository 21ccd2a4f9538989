//! Hosts that keep who is logged in with actix-session or actix-identity, as the recipes do it.

use actix_identity::error::GetIdentityError;
use actix_identity::{Identity, IdentityExt as _, IdentityMiddleware};
use actix_session::storage::CookieSessionStore;
use actix_session::{Session, SessionExt as _, SessionMiddleware};
use actix_web::cookie::Key;
use actix_web::test::{TestRequest, init_service};
use actix_web::web::{self, Data, ServiceConfig};
use actix_web::{App, HttpMessage as _, HttpRequest, HttpResponse};
use biometry_gate::BiometryGate;
use biometry_gate::principal::{HostSession, IdentifyError, Principal};
use biometry_gate_actix::{Refusal, Resolver, require, routes};
use biometry_gate_testkit::Answer;
use biometry_gate_testkit::host::capture;
use serde_json::json;

use super::actix_app::{ask, play, which};
use super::desk::Desk;

/// Logs a user in, in both ways. The session's own name is drawn at the login; here the test names it.
async fn log_in(
    request: HttpRequest,
    session: Session,
    name: web::Path<String>,
) -> actix_web::Result<&'static str> {
    session.insert("user", "pass@example.com")?;
    session.insert("session-name", name.into_inner())?;
    Identity::login(&request.extensions(), "pass@example.com".to_owned())?;
    Ok("logged in")
}

async fn log_out(
    gate: Data<BiometryGate>,
    request: HttpRequest,
    session: Session,
) -> actix_web::Result<HttpResponse> {
    if let Some(owner) = from_session(&request).map_err(actix_web::error::ErrorServiceUnavailable)? {
        gate.log_out(&owner).await.map_err(|error| Refusal(gate.refuse(error.into())))?;
    }
    session.purge();
    Ok(HttpResponse::NoContent().finish())
}

fn from_session(request: &HttpRequest) -> Result<Option<Principal>, IdentifyError> {
    let session = request.get_session();
    let entry = |name| session.get::<String>(name).map_err(|_| unreadable());
    let (Some(user), Some(name)) = (entry("user")?, entry("session-name")?) else { return Ok(None) };
    Ok(Some(Principal::new(&user, HostSession::parse(&name)?)?))
}

fn from_identity(request: &HttpRequest) -> Result<Option<Principal>, IdentifyError> {
    let user = match request.get_identity().and_then(|identity| identity.id()) {
        Ok(user) => user,
        Err(GetIdentityError::MissingIdentityError(_) | GetIdentityError::SessionExpiryError(_)) => {
            return Ok(None);
        }
        Err(_) => return Err(unreadable()),
    };
    let name = request.get_session().get::<String>("session-name").map_err(|_| unreadable())?;
    let Some(name) = name else { return Ok(None) };
    Ok(Some(Principal::new(&user, HostSession::parse(&name)?)?))
}

#[tokio::test]
async fn a_decision_belongs_to_the_session_of_actix_session() {
    plays(from_session).await;
}

#[tokio::test]
async fn a_decision_belongs_to_the_session_of_actix_identity() {
    plays(from_identity).await;
}

/// A login, a verification, another login of the same user, and a logout.
async fn plays(resolve: fn(&HttpRequest) -> Result<Option<Principal>, IdentifyError>) {
    let desk = Desk::open().await;
    play(async {
        let gate = require(&desk.gate, "statement").expect("a policy");
        let configure = |app: &mut ServiceConfig| {
            app.app_data(Resolver::new(resolve))
                .app_data(Data::new(desk.gate.clone()))
                .route("/login/{name}", web::post().to(log_in))
                .route("/logout", web::post().to(log_out))
                .route("/statement", web::get().to(which).wrap(gate))
                .service(web::scope("/biometry").configure(routes(&desk.gate)));
        };
        let key = Key::from(&[7; 64]);
        let sessions = SessionMiddleware::new(CookieSessionStore::default(), key);
        let app = App::new().configure(configure).wrap(IdentityMiddleware::default()).wrap(sessions);
        let app = init_service(app).await;

        ask(&app, TestRequest::get().uri("/statement")).await.problem("authentication-required");
        let first = cookie(&ask(&app, TestRequest::post().uri("/login/first")).await);
        let second = cookie(&ask(&app, TestRequest::post().uri("/login/second")).await);
        let get =
            |cookie: &str| TestRequest::get().uri("/statement").insert_header(("cookie", cookie.to_owned()));
        let post = |path: &str| TestRequest::post().uri(path).insert_header(("cookie", first.clone()));
        ask(&app, get(&first)).await.problem("step-up-required");
        ask(&app, post("/biometry/consent").set_json(json!({ "authorization": true }))).await.granted();
        ask(&app, post("/biometry/session/start")).await.granted();
        let upload = post("/biometry/verify").insert_header(("content-type", capture().content_type()));
        ask(&app, upload.set_payload(capture().bytes())).await.granted();
        assert_eq!(ask(&app, get(&first)).await.text(), "statement");
        ask(&app, get(&second)).await.problem("step-up-required");
        assert_eq!(ask(&app, post("/logout")).await.status, 204);
        // The cookie still names a session, which holds nothing any more.
        ask(&app, get(&first)).await.problem("step-up-required");
    })
    .await;
}

/// The cookie that a login has set.
fn cookie(answer: &Answer) -> String {
    assert_eq!(answer.text(), "logged in");
    let line = answer.header("set-cookie").expect("a session");
    line.split(';').next().unwrap_or_default().to_owned()
}

fn unreadable() -> IdentifyError {
    IdentifyError::new("the session cannot be read")
}
