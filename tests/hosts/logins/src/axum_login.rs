//! axum-login over tower-sessions: the key is the id of the session that `AuthSession` has read.

use std::convert::Infallible;
use std::sync::Arc;

use ::axum_login::{AuthManagerLayerBuilder, AuthSession, AuthUser, AuthnBackend};
use ::tower_sessions::{MemoryStore, SessionManagerLayer};
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::http::request::Parts;
use axum::routing::post;
use biometry_gate::BiometryGate;
use biometry_gate::principal::{HostSession, IdentifyError, Principal};

use crate::harness::{Copies, Served, app, failed, gate, sessions_hold_decisions};

#[derive(Clone, Debug)]
struct User(Arc<str>);

impl AuthUser for User {
    type Id = String;

    fn id(&self) -> String {
        self.0.to_string()
    }

    fn session_auth_hash(&self) -> &[u8] {
        b"changes with the password"
    }
}

#[derive(Clone, Debug)]
struct Users;

impl AuthnBackend for Users {
    type User = User;
    type Credentials = String;
    type Error = Infallible;

    async fn authenticate(&self, name: String) -> Result<Option<User>, Infallible> {
        Ok(Some(User(name.into())))
    }

    async fn get_user(&self, id: &String) -> Result<Option<User>, Infallible> {
        Ok(Some(User(id.as_str().into())))
    }
}

type Auth = AuthSession<Users>;

/// The gate's resolver: axum-login's layer stands outside of the gate and has left this in the extensions.
fn identify(head: &Parts) -> Result<Option<Principal>, IdentifyError> {
    head.extensions.get::<Auth>().map_or(Ok(None), principal)
}

fn principal(auth: &Auth) -> Result<Option<Principal>, IdentifyError> {
    let (Some(user), Some(session)) = (&auth.user, auth.session.id()) else { return Ok(None) };
    Ok(Some(Principal::new(&user.id(), HostSession::parse(&session.to_string())?)?))
}

/// First the former login ends, then the session gets a new id, then the login begins. axum-login changes the id only where
/// nobody was logged in.
async fn log_in(
    State(gate): State<BiometryGate>,
    Path(name): Path<String>,
    mut auth: Auth,
) -> Result<(), StatusCode> {
    let user = auth.authenticate(name).await.map_err(failed)?.ok_or(StatusCode::UNAUTHORIZED)?;
    if let Some(former) = principal(&auth).map_err(failed)? {
        gate.log_out(&former).await.map_err(failed)?;
    }
    auth.session.cycle_id().await.map_err(failed)?;
    auth.login(&user).await.map_err(failed)
}

/// A logout that cannot void what was proved has failed.
async fn log_out(State(gate): State<BiometryGate>, mut auth: Auth) -> Result<(), StatusCode> {
    if let Some(owner) = principal(&auth).map_err(failed)? {
        gate.log_out(&owner).await.map_err(failed)?;
    }
    auth.logout().await.map(drop).map_err(failed)
}

/// A session that goes on under a new id. The id exists once the session is saved.
async fn rotate(State(gate): State<BiometryGate>, auth: Auth) -> Result<(), StatusCode> {
    let from = principal(&auth).map_err(failed)?.ok_or(StatusCode::UNAUTHORIZED)?;
    auth.session.cycle_id().await.map_err(failed)?;
    auth.session.save().await.map_err(failed)?;
    let to = principal(&auth).map_err(failed)?.ok_or(StatusCode::INTERNAL_SERVER_ERROR)?;
    gate.rotate_session(&from, &to).await.map_err(failed)
}

pub(crate) async fn a_decision_belongs_to_the_login_of_axum_login() {
    let (gate, sandbox) = gate(identify).await;
    let sessions = SessionManagerLayer::new(MemoryStore::default()).with_secure(false);
    let app = app(&gate)
        .route("/login/{name}", post(log_in))
        .route("/logout", post(log_out))
        .route("/rotate", post(rotate))
        .with_state(gate)
        .layer(AuthManagerLayerBuilder::new(Users, sessions).build());
    sessions_hold_decisions(&Served::open(app, sandbox).await, Copies::NameNoLogin).await;
}
