//! tower-sessions alone: a middleware reads the session, which has to be waited for, and tells the gate what it found.

use ::tower_sessions::{MemoryStore, Session, SessionManagerLayer};
use axum::extract::{Path, Request, State};
use axum::http::StatusCode;
use axum::middleware::{Next, from_fn};
use axum::response::Response;
use axum::routing::post;
use biometry_gate::BiometryGate;
use biometry_gate::principal::{FromExtensions, HostSession, Identified, IdentifyError, Principal};

use crate::harness::{Copies, Served, app, failed, gate, sessions_hold_decisions};

/// Only a session that was read has an id to rely on: before that it is whatever the cookie says, issued or not.
async fn principal(session: &Session) -> Result<Option<Principal>, IdentifyError> {
    let user = session.get::<String>("user").await;
    let user = user.map_err(|_| IdentifyError::new("the session cannot be read"))?;
    let (Some(user), Some(id)) = (user, session.id()) else { return Ok(None) };
    Ok(Some(Principal::new(&user, HostSession::parse(&id.to_string())?)?))
}

/// Stands inside of the session layer, and outside of the gate and the mounted routes.
async fn name_the_caller(session: Session, mut request: Request, next: Next) -> Response {
    let caller = principal(&session).await;
    request.extensions_mut().insert(Identified(caller));
    next.run(request).await
}

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

async fn log_out(State(gate): State<BiometryGate>, session: Session) -> Result<(), StatusCode> {
    if let Some(owner) = principal(&session).await.map_err(failed)? {
        gate.log_out(&owner).await.map_err(failed)?;
    }
    session.flush().await.map_err(failed)
}

async fn rotate(State(gate): State<BiometryGate>, session: Session) -> Result<(), StatusCode> {
    let from = principal(&session).await.map_err(failed)?.ok_or(StatusCode::UNAUTHORIZED)?;
    session.cycle_id().await.map_err(failed)?;
    session.save().await.map_err(failed)?;
    let to = principal(&session).await.map_err(failed)?.ok_or(StatusCode::INTERNAL_SERVER_ERROR)?;
    gate.rotate_session(&from, &to).await.map_err(failed)
}

pub(crate) async fn a_decision_belongs_to_the_session_of_tower_sessions() {
    let (gate, sandbox) = gate(FromExtensions).await;
    let sessions = SessionManagerLayer::new(MemoryStore::default()).with_secure(false);
    let app = app(&gate)
        .route("/login/{name}", post(log_in))
        .route("/logout", post(log_out))
        .route("/rotate", post(rotate))
        .with_state(gate)
        .layer(from_fn(name_the_caller))
        .layer(sessions);
    sessions_hold_decisions(&Served::open(app, sandbox).await, Copies::NameNoLogin).await;
}
