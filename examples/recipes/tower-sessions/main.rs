//! tower-sessions alone: a middleware reads the session, which has to be waited for, and tells the gate what it found.

use std::error::Error;

use axum::Router;
use axum::extract::{Path, Request, State};
use axum::http::StatusCode;
use axum::middleware::{Next, from_fn};
use axum::response::Response;
use axum::routing::{get, post};
use biometry_client::{ApiKey, BaseUrl, Client};
use biometry_gate::cross_site::CrossSiteLayer;
use biometry_gate::principal::{FromExtensions, HostSession, Identified, IdentifyError, Principal};
use biometry_gate::{BiometryGate, Policy, Threshold};
use biometry_gate_axum::{Verified, routes};
use biometry_sandbox::Sandbox;
use tower_sessions::{MemoryStore, Session, SessionManagerLayer};

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let sandbox = Sandbox::start().await?;
    let client = Client::connect(BaseUrl::parse(&sandbox.base_url())?, ApiKey::parse(&sandbox.mint_key())?)?;
    let listener = tokio::net::TcpListener::bind("127.0.0.1:3000").await?;
    println!("listening on http://{}", listener.local_addr()?);
    Ok(axum::serve(listener, app(&gate(client)?)?).await?)
}

/// One verification opens the statement for five minutes.
pub fn gate(client: Client) -> Result<BiometryGate, Box<dyn Error>> {
    let statement = Policy::for_session("statement", Threshold::percent(70.0)?);
    Ok(BiometryGate::builder(client, FromExtensions).policy(statement).build()?)
}

/// From the inside out: the gate and the mounted routes, what names the caller, the sessions.
pub fn app(gate: &BiometryGate) -> Result<Router, Box<dyn Error>> {
    // Without TLS here: leave `with_secure` out where there is.
    let sessions = SessionManagerLayer::new(MemoryStore::default()).with_secure(false);
    // The extractor is the proof in the handler's signature.
    let statement = get(async |Verified(_): Verified| "the statement");
    Ok(Router::new()
        .route("/statement", statement.route_layer(gate.require("statement")?))
        .nest_service("/biometry", routes(gate))
        .route("/login/{name}", post(log_in))
        .route("/logout", post(log_out))
        .route("/rotate", post(rotate))
        .with_state(gate.clone())
        .layer(CrossSiteLayer::new(gate.cross_site().clone()))
        .layer(from_fn(name_the_caller))
        .layer(sessions))
}

/// Only a session that was read has an id to rely on: before that it is whatever the cookie says, issued or not.
async fn principal(session: &Session) -> Result<Option<Principal>, IdentifyError> {
    let user = session.get::<String>("user").await;
    // An outage, and no stranger. The reason goes to the log.
    let user = user.map_err(|_| IdentifyError::new("the session cannot be read"))?;
    let (Some(user), Some(id)) = (user, session.id()) else { return Ok(None) };
    Ok(Some(Principal::new(&user, HostSession::parse(&id.to_string())?)?))
}

async fn name_the_caller(session: Session, mut request: Request, next: Next) -> Response {
    let caller = principal(&session).await;
    request.extensions_mut().insert(Identified(caller));
    next.run(request).await
}

/// Stands for a login with a password. What was proved in the former login ends with it.
async fn log_in(
    State(gate): State<BiometryGate>,
    Path(name): Path<String>,
    session: Session,
) -> Result<(), StatusCode> {
    if let Some(former) = principal(&session).await.map_err(failed)? {
        gate.log_out(&former).await.map_err(failed)?;
    }
    session.cycle_id().await.map_err(failed)?;
    session.insert("user", name).await.map_err(failed)
}

/// A logout that cannot void what was proved has failed.
async fn log_out(State(gate): State<BiometryGate>, session: Session) -> Result<(), StatusCode> {
    if let Some(owner) = principal(&session).await.map_err(failed)? {
        gate.log_out(&owner).await.map_err(failed)?;
    }
    session.flush().await.map_err(failed)
}

/// A session that goes on under a new id. The id exists once the session is saved.
async fn rotate(State(gate): State<BiometryGate>, session: Session) -> Result<(), StatusCode> {
    let from = principal(&session).await.map_err(failed)?.ok_or(StatusCode::UNAUTHORIZED)?;
    session.cycle_id().await.map_err(failed)?;
    session.save().await.map_err(failed)?;
    let to = principal(&session).await.map_err(failed)?.ok_or(StatusCode::INTERNAL_SERVER_ERROR)?;
    gate.rotate_session(&from, &to).await.map_err(failed)
}

fn failed<E>(_: E) -> StatusCode {
    StatusCode::SERVICE_UNAVAILABLE
}
