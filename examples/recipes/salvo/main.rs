//! salvo: its tower compatibility takes the gate's layer and the mounted routes as they are.

use std::error::Error;

use biometry_client::{ApiKey, BaseUrl, Client};
use biometry_gate::principal::{HostSession, IdentifyError, Principal};
use biometry_gate::{BiometryGate, ConfigError, Permit, Policy, Threshold};
use biometry_sandbox::Sandbox;
use http::header::AUTHORIZATION;
use http::request::Parts;
use salvo::http::{ReqBody, StatusError};
use salvo::prelude::{Listener as _, Request, Router, Server, TcpListener, handler};
use salvo::prelude::{TowerLayerCompat, TowerServiceCompat};

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let sandbox = Sandbox::start().await?;
    let client = Client::connect(BaseUrl::parse(&sandbox.base_url())?, ApiKey::parse(&sandbox.mint_key())?)?;
    let app = app(&gate(client)?)?;
    let acceptor = TcpListener::new("127.0.0.1:3000").try_bind().await?;
    println!("listening on http://127.0.0.1:3000");
    Server::new(acceptor).serve(app).await;
    Ok(())
}

/// One verification opens the statement for five minutes.
pub fn gate(client: Client) -> Result<BiometryGate, Box<dyn Error>> {
    let policy = Policy::for_session("statement", Threshold::percent(70.0)?);
    Ok(BiometryGate::builder(client, by_token).policy(policy).build()?)
}

/// Within a runtime: salvo's compatibility starts a task for each layer.
pub fn app(gate: &BiometryGate) -> Result<Router, ConfigError> {
    let gated = TowerLayerCompat::compat::<ReqBody>(gate.require("statement")?);
    let biometry = TowerServiceCompat::<ReqBody, _, _, _>::compat(gate.routes().under("/biometry"));
    Ok(Router::new()
        .push(Router::with_path("statement").hoop(gated).get(statement))
        .push(Router::with_path("biometry/{**rest}").goal(biometry)))
}

/// Gated: the permit is the proof.
#[handler]
async fn statement(request: &mut Request) -> Result<&'static str, StatusError> {
    Permit::of(request.extensions()).ok_or_else(StatusError::internal_server_error)?;
    Ok("the statement")
}

/// Stands for your login.
fn by_token(head: &Parts) -> Result<Option<Principal>, IdentifyError> {
    let is_ana = head.headers.get(AUTHORIZATION).is_some_and(|value| value == "Bearer token-of-ana");
    let ana = || Ok(Principal::new("pass+ana@example.com", HostSession::parse("session-of-ana")?)?);
    is_ana.then(ana).transpose()
}
