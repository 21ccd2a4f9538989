//! actix-session: the key of a login is a name that the login draws and keeps in its session.

use std::error::Error;

use actix_session::storage::{CookieSessionStore, SessionStore};
use actix_session::{Session, SessionExt as _, SessionMiddleware};
use actix_web::cookie::Key;
use actix_web::error::ErrorServiceUnavailable;
use actix_web::web::{self, Data, ServiceConfig};
use actix_web::{App, HttpRequest, HttpServer};
use biometry_client::{ApiKey, BaseUrl, Client};
use biometry_gate::entropy::{Entropy as _, OsEntropy};
use biometry_gate::principal::{FromExtensions, HostSession, IdentifyError, Principal};
use biometry_gate::{BiometryGate, ConfigError, Policy, Threshold};
use biometry_gate_actix::{Head, Refusal, Resolver, Verified, require, routes};
use biometry_sandbox::Sandbox;

#[actix_web::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let sandbox = Sandbox::start().await?;
    let client = Client::connect(BaseUrl::parse(&sandbox.base_url())?, ApiKey::parse(&sandbox.mint_key())?)?;
    // The key of the cookies: in production out of your secrets, so that sessions outlive a restart.
    let (routes, key) = (app(gate(client)?)?, Key::generate());
    // A store on the server, Redis for one, forgets a session at its logout. A cookie that was copied lives on.
    let sessions = move || sessions(CookieSessionStore::default(), &key);
    let app = move || App::new().configure(routes.clone()).wrap(sessions());
    println!("listening on http://127.0.0.1:3000");
    Ok(HttpServer::new(app).bind("127.0.0.1:3000")?.run().await?)
}

/// Made once, outside of what `HttpServer::new` runs for each worker. One verification opens the statement for five minutes.
pub fn gate(client: Client) -> Result<BiometryGate, Box<dyn Error>> {
    let statement = Policy::for_session("statement", Threshold::percent(70.0)?);
    Ok(BiometryGate::builder(client, FromExtensions).policy(statement).build()?)
}

pub fn app(gate: BiometryGate) -> Result<impl FnOnce(&mut ServiceConfig) + Clone + Send, ConfigError> {
    let statements = require(&gate, "statement")?;
    Ok(move |app: &mut ServiceConfig| {
        // The extractor is the proof in the handler's signature.
        let statement = web::get().to(async |Verified(_): Verified| "the statement");
        app.app_data(Resolver::new(principal))
            .app_data(Data::new(gate.clone()))
            .route("/statement", statement.wrap(statements))
            .service(web::scope("/biometry").configure(routes(&gate)))
            .route("/login/{name}", web::post().to(log_in))
            .route("/logout", web::post().to(log_out))
            .route("/rotate", web::post().to(rotate));
    })
}

/// Stands outside of the gate and of the mounted routes.
pub fn sessions<S: SessionStore>(store: S, key: &Key) -> SessionMiddleware<S> {
    // Without TLS here: leave `cookie_secure` out where there is.
    SessionMiddleware::builder(store, key.clone()).cookie_secure(false).build()
}

fn principal(request: &HttpRequest) -> Result<Option<Principal>, IdentifyError> {
    let entry = |name| {
        let entry = request.get_session().get::<String>(name);
        // An outage, and no stranger. The reason goes to the log.
        entry.map_err(|_| IdentifyError::new("the session cannot be read"))
    };
    let (Some(user), Some(name)) = (entry("user")?, entry(NAME)?) else { return Ok(None) };
    Ok(Some(Principal::new(&user, HostSession::parse(&name)?)?))
}

type Answer = actix_web::Result<&'static str>;

/// Stands for a login with a password: first the former login ends, then the session gets a new key and a new name.
async fn log_in(
    gate: Data<BiometryGate>,
    request: HttpRequest,
    session: Session,
    user: web::Path<String>,
) -> Answer {
    end(&gate, &request).await?;
    session.clear();
    session.renew();
    session.insert(NAME, new_name()?)?;
    session.insert("user", user.as_str())?;
    Ok("")
}

/// A logout that cannot void what was proved has failed.
async fn log_out(gate: Data<BiometryGate>, request: HttpRequest, session: Session) -> Answer {
    end(&gate, &request).await?;
    session.purge();
    Ok("")
}

async fn end(gate: &BiometryGate, request: &HttpRequest) -> Result<(), Refusal> {
    let head = Head::of(request);
    if let Some(owner) = gate.principal(&head).map_err(|denial| gate.refuse_request(&head, denial))? {
        gate.log_out(&owner).await.map_err(|error| gate.refuse_request(&head, error.into()))?;
    }
    Ok(())
}

/// A session that goes on under a new key. Its name is what the gate knows it by, so that changes, too.
async fn rotate(gate: Data<BiometryGate>, request: HttpRequest, session: Session) -> Answer {
    let head = Head::of(&request);
    let caller = || gate.logged_in(&head).map_err(|denial| Refusal(gate.refuse_request(&head, denial)));
    let from = caller()?;
    session.insert(NAME, new_name()?)?;
    session.renew();
    let rotated = gate.rotate_session(&from, &caller()?).await;
    rotated.map_err(|error| Refusal(gate.refuse_request(&head, error.into())))?;
    Ok("")
}

/// 128 random bits, in hexadecimal.
fn new_name() -> actix_web::Result<String> {
    let mut bits = [0; 16];
    OsEntropy.fill(&mut bits).map_err(ErrorServiceUnavailable)?;
    Ok(format!("{:032x}", u128::from_ne_bytes(bits)))
}

const NAME: &str = "session-name";
