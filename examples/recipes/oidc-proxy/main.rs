//! Behind a proxy that signs people in by OpenID Connect and hands the claims on in headers.

use std::error::Error;

use axum::Router;
use axum::extract::State;
use axum::http::request::Parts;
use axum::http::{HeaderMap, StatusCode};
use axum::response::Redirect;
use axum::routing::{get, post};
use biometry_client::{ApiKey, BaseUrl, Client};
use biometry_gate::cross_site::CrossSiteLayer;
use biometry_gate::principal::{HostSession, Identify, IdentifyError, Principal};
use biometry_gate::{BiometryGate, Policy, Threshold};
use biometry_gate_axum::{Verified, routes};
use biometry_sandbox::Sandbox;
use sha2::{Digest as _, Sha256};

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let secret = std::env::var("PROXY_SECRET").unwrap_or_default();
    let proxy = Proxy::new(&secret).ok_or("set PROXY_SECRET to 32 characters or more")?;
    let sandbox = Sandbox::start().await?;
    let client = Client::connect(BaseUrl::parse(&sandbox.base_url())?, ApiKey::parse(&sandbox.mint_key())?)?;
    // An address that the proxy alone reaches, if there is one: the secret is for the case that there is none.
    let listener = tokio::net::TcpListener::bind("127.0.0.1:3000").await?;
    println!("listening on http://{}", listener.local_addr()?);
    Ok(axum::serve(listener, app(&gate(client, proxy)?)?).await?)
}

/// One verification opens the statement for five minutes.
pub fn gate(client: Client, proxy: Proxy) -> Result<BiometryGate, Box<dyn Error>> {
    let statement = Policy::for_session("statement", Threshold::percent(70.0)?);
    Ok(BiometryGate::builder(client, proxy).policy(statement).build()?)
}

pub fn app(gate: &BiometryGate) -> Result<Router, Box<dyn Error>> {
    // The extractor is the proof in the handler's signature.
    let statement = get(async |Verified(_): Verified| "the statement");
    Ok(Router::new()
        .route("/statement", statement.route_layer(gate.require("statement")?))
        .nest_service("/biometry", routes(gate))
        .route("/logout", post(log_out))
        .layer(CrossSiteLayer::new(gate.cross_site().clone()))
        .with_state(gate.clone()))
}

/// What was proved ends first, and then, at the proxy, the login. If the first cannot be done, neither is.
async fn log_out(State(gate): State<BiometryGate>, head: Parts) -> Result<Redirect, StatusCode> {
    let owner = gate.logged_in(&head).map_err(|_| StatusCode::UNAUTHORIZED)?;
    gate.log_out(&owner).await.map_err(|_| StatusCode::SERVICE_UNAVAILABLE)?;
    Ok(Redirect::to(LOGOUT_AT_THE_PROXY))
}

/// The proxy's word, which counts only with the secret that the proxy adds. A digest takes as long to compare whatever
/// the guess.
pub struct Proxy([u8; 32]);

impl Proxy {
    /// `None` where the secret is short: an empty one would be anyone's.
    pub fn new(secret: &str) -> Option<Self> {
        (secret.len() >= 32).then(|| Self(Sha256::digest(secret).into()))
    }
}

impl Identify for Proxy {
    fn identify(&self, head: &Parts) -> Result<Option<Principal>, IdentifyError> {
        let secret = one(&head.headers, SECRET)?;
        if secret.is_none_or(|secret| <[u8; 32]>::from(Sha256::digest(secret)) != self.0) {
            return Ok(None);
        }
        match (one(&head.headers, SUBJECT)?, one(&head.headers, SESSION)?) {
            (Some(sub), Some(sid)) => Ok(Some(Principal::new(sub, HostSession::parse(sid)?)?)),
            // The proxy leaves this path open.
            (None, None) => Ok(None),
            // Without a session, what was proved would outlive logouts.
            _ => Err(IdentifyError::new("the proxy sends `sub` or `sid` without the other")),
        }
    }
}

/// The value of a header that comes once. Repeated, one of them may be the client's.
fn one<'a>(headers: &'a HeaderMap, name: &str) -> Result<Option<&'a str>, IdentifyError> {
    let mut values = headers.get_all(name).iter();
    match (values.next(), values.next()) {
        (None, _) => Ok(None),
        (Some(value), None) => match value.to_str() {
            Ok(value) => Ok(Some(value)),
            Err(_) => Err(IdentifyError::new("a claim from the proxy is not ASCII")),
        },
        _ => Err(IdentifyError::new("a header of the proxy comes twice")),
    }
}

const SECRET: &str = "x-proxy-secret";
/// The claims `sub` and `sid`, as mod_auth_openidc calls them.
const SUBJECT: &str = "oidc_claim_sub";
const SESSION: &str = "oidc_claim_sid";
const LOGOUT_AT_THE_PROXY: &str = "/oidc/callback?logout=%2F";
