//! Several tenants: each has a host name, its own users, its own key at the platform and its own policies.

use std::error::Error;

use axum::Router;
use axum::extract::{Path, Request, State};
use axum::http::{HeaderMap, StatusCode, header::HOST};
use axum::middleware::{Next, from_fn};
use axum::response::Response;
use axum::routing::{get, post};
use biometry_client::{ApiKey, BaseUrl, Client};
use biometry_gate::gate::Project;
use biometry_gate::principal::{FromExtensions, HostSession, Identified, IdentifyError, Principal, Tenant};
use biometry_gate::{BiometryGate, Policy, Threshold};
use biometry_gate_axum::{Verified, routes};
use biometry_sandbox::Sandbox;
use serde::{Deserialize, Serialize};
use tower_sessions::{MemoryStore, Session, SessionManagerLayer};

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let sandbox = Sandbox::start().await?;
    let client = || -> Result<_, Box<dyn Error>> {
        Ok(Client::connect(BaseUrl::parse(&sandbox.base_url())?, ApiKey::parse(&sandbox.mint_key())?)?)
    };
    let gate = gate([client()?, client()?, client()?])?;
    let listener = tokio::net::TcpListener::bind("127.0.0.1:3000").await?;
    println!("listening on http://acme.localhost:3000 and http://zeta.localhost:3000");
    let inside = tokio::net::TcpListener::bind("127.0.0.1:3001").await?;
    tokio::spawn(axum::serve(inside, for_staff(&gate)).into_future());
    Ok(axum::serve(listener, app(&gate)?).await?)
}

/// One gate for all tenants. Each one's verifications are made with its own key, and judged by its own policies.
pub fn gate([own, acme, zeta]: [Client; 3]) -> Result<BiometryGate, Box<dyn Error>> {
    let usual = Policy::for_session("statement", Threshold::percent(70.0)?);
    let strict = Policy::for_session("statement", Threshold::percent(99.9)?);
    let gate = BiometryGate::builder(own, FromExtensions).policy(usual.clone());
    let gate = gate.tenant(Tenant::parse("acme")?, Project::new(acme).policy(usual));
    let gate = gate.tenant(Tenant::parse("zeta")?, Project::new(zeta).policy(strict));
    Ok(gate.build()?)
}

pub fn app(gate: &BiometryGate) -> Result<Router, Box<dyn Error>> {
    // Without TLS here: leave `with_secure` out where there is.
    let sessions = SessionManagerLayer::new(MemoryStore::default()).with_secure(false);
    // The extractor is the proof in the handler's signature.
    let statement = get(async |Verified(_): Verified| "the statement");
    Ok(Router::new()
        .route("/statement", statement.route_layer(gate.require("statement")?))
        .nest_service("/biometry", routes(gate))
        .route("/login/{name}", post(log_in))
        .with_state(gate.clone())
        .layer(from_fn(name_the_caller))
        .layer(sessions))
}

/// Which tenant a request is for. Names come from this list alone: a tenant is no text that clients choose.
fn tenant_of(headers: &HeaderMap) -> Option<Tenant> {
    let host = headers.get(HOST)?.to_str().ok()?;
    let name = ["acme", "zeta"].into_iter().find(|name| host.starts_with(&format!("{name}.localhost")))?;
    Tenant::parse(name).ok()
}

/// What the session keeps: a user is a user of one tenant.
#[derive(Serialize, Deserialize)]
struct Login {
    tenant: String,
    user: String,
}

/// A session of one tenant is none at another's host, whatever cookie arrives there.
async fn principal(headers: &HeaderMap, session: &Session) -> Result<Option<Principal>, IdentifyError> {
    let login = session.get::<Login>("login").await;
    let login = login.map_err(|_| IdentifyError::new("the session cannot be read"))?;
    let (Some(login), Some(id), Some(tenant)) = (login, session.id(), tenant_of(headers)) else {
        return Ok(None);
    };
    if login.tenant != tenant.as_str() {
        return Ok(None);
    }
    Ok(Some(Principal::of_tenant(tenant, &login.user, HostSession::parse(&id.to_string())?)?))
}

async fn name_the_caller(session: Session, mut request: Request, next: Next) -> Response {
    let caller = principal(request.headers(), &session).await;
    request.extensions_mut().insert(Identified(caller));
    next.run(request).await
}

/// Stands for a login with a password.
async fn log_in(
    State(gate): State<BiometryGate>,
    Path(user): Path<String>,
    headers: HeaderMap,
    session: Session,
) -> Result<(), StatusCode> {
    let tenant = tenant_of(&headers).ok_or(StatusCode::NOT_FOUND)?.as_str().to_owned();
    if let Some(former) = principal(&headers, &session).await.map_err(failed)? {
        gate.log_out(&former).await.map_err(failed)?;
    }
    session.cycle_id().await.map_err(failed)?;
    session.insert("login", Login { tenant, user }).await.map_err(failed)
}

/// On an address that only your own staff reaches.
pub fn for_staff(gate: &BiometryGate) -> Router {
    Router::new().route("/key-replaced", post(key_replaced)).with_state(gate.clone())
}

/// Whatever was proved at one tenant is void, and the others go on.
async fn key_replaced(State(gate): State<BiometryGate>, headers: HeaderMap) -> Result<(), StatusCode> {
    let tenant = tenant_of(&headers).ok_or(StatusCode::NOT_FOUND)?;
    gate.admin().revoke_tenant(&tenant).await.map_err(failed)
}

fn failed<E>(_: E) -> StatusCode {
    StatusCode::SERVICE_UNAVAILABLE
}
