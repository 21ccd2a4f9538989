//! axum-login over tower-sessions: the key of a login is the id of its session.

use std::{convert::Infallible, error::Error};

use axum::Router;
use axum::extract::{Path, State};
use axum::http::{StatusCode, request::Parts};
use axum::routing::{get, post};
use axum_login::tower_sessions::{MemoryStore, SessionManagerLayer};
use axum_login::{AuthManagerLayerBuilder, AuthSession, AuthUser, AuthnBackend};
use biometry_client::{ApiKey, BaseUrl, Client};
use biometry_gate::principal::{HostSession, IdentifyError, Principal};
use biometry_gate::{BiometryGate, Policy, Threshold};
use biometry_gate_axum::{Verified, routes};
use biometry_sandbox::Sandbox;

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
    Ok(BiometryGate::builder(client, identify).policy(statement).build()?)
}

/// The login stands outside of the gate and of the mounted routes.
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
        .layer(AuthManagerLayerBuilder::new(Users, sessions).build()))
}

/// The gate's resolver: axum-login has left its session in the extensions.
fn identify(head: &Parts) -> Result<Option<Principal>, IdentifyError> {
    head.extensions.get::<Auth>().map_or(Ok(None), principal)
}

fn principal(auth: &Auth) -> Result<Option<Principal>, IdentifyError> {
    let (Some(user), Some(session)) = (&auth.user, auth.session.id()) else { return Ok(None) };
    Ok(Some(Principal::new(&user.0, HostSession::parse(&session.to_string())?)?))
}

/// First the former login ends, then the session gets a new id, then the login begins. axum-login changes the id only
/// where no user was logged in.
async fn log_in(gate: State<BiometryGate>, name: Path<String>, mut auth: Auth) -> Result<(), StatusCode> {
    let user = auth.authenticate(name.0).await.map_err(failed)?.ok_or(StatusCode::UNAUTHORIZED)?;
    if let Some(former) = principal(&auth).map_err(failed)? {
        gate.log_out(&former).await.map_err(failed)?;
    }
    auth.session.cycle_id().await.map_err(failed)?;
    auth.login(&user).await.map_err(failed)
}

/// A logout that cannot void what was proved has failed.
async fn log_out(gate: State<BiometryGate>, mut auth: Auth) -> Result<(), StatusCode> {
    if let Some(owner) = principal(&auth).map_err(failed)? {
        gate.log_out(&owner).await.map_err(failed)?;
    }
    auth.logout().await.map(drop).map_err(failed)
}

/// A session that goes on under a new id. The id exists once the session is saved.
async fn rotate(gate: State<BiometryGate>, auth: Auth) -> Result<(), StatusCode> {
    let from = principal(&auth).map_err(failed)?.ok_or(StatusCode::UNAUTHORIZED)?;
    auth.session.cycle_id().await.map_err(failed)?;
    auth.session.save().await.map_err(failed)?;
    let to = principal(&auth).map_err(failed)?.ok_or(StatusCode::INTERNAL_SERVER_ERROR)?;
    gate.rotate_session(&from, &to).await.map_err(failed)
}

type Auth = AuthSession<Users>;

fn failed<E>(_: E) -> StatusCode {
    StatusCode::SERVICE_UNAVAILABLE
}

/// Stands for your users and their passwords: it believes any name.
#[derive(Clone, Debug)]
struct Users;

#[derive(Clone, Debug)]
struct User(String);

impl AuthUser for User {
    type Id = String;
    fn id(&self) -> String {
        self.0.clone()
    }
    fn session_auth_hash(&self) -> &[u8] {
        b"changes with the password"
    }
}

impl AuthnBackend for Users {
    type User = User;
    type Credentials = String;
    type Error = Infallible;
    async fn authenticate(&self, name: String) -> Result<Option<User>, Infallible> {
        Ok(Some(User(name)))
    }
    async fn get_user(&self, id: &String) -> Result<Option<User>, Infallible> {
        Ok(Some(User(id.clone())))
    }
}
