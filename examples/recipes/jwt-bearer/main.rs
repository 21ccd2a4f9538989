//! An API with bearer tokens: the key of a login is the claim `sid`, which a refreshed token keeps.

use std::error::Error;

use axum::extract::{Path, State};
use axum::http::{HeaderMap, StatusCode, header::AUTHORIZATION, request::Parts};
use axum::routing::{get, post};
use axum::{Json, Router};
use biometry_client::{ApiKey, BaseUrl, Client};
use biometry_gate::cross_site::CrossSite;
use biometry_gate::entropy::{Entropy as _, OsEntropy};
use biometry_gate::principal::{HostSession, Identify, IdentifyError, Principal};
use biometry_gate::{BiometryGate, Policy, Threshold};
use biometry_gate_axum::{Verified, routes};
use biometry_sandbox::Sandbox;
use jsonwebtoken::{DecodingKey, EncodingKey, Header, Validation, get_current_timestamp};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let sandbox = Sandbox::start().await?;
    let client = Client::connect(BaseUrl::parse(&sandbox.base_url())?, ApiKey::parse(&sandbox.mint_key())?)?;
    let tokens = Tokens::new()?;
    let listener = tokio::net::TcpListener::bind("127.0.0.1:3000").await?;
    println!("listening on http://{}", listener.local_addr()?);
    Ok(axum::serve(listener, app(&gate(client, &tokens)?, tokens)?).await?)
}

/// A statement asks for a verification of the last five minutes, and says so as RFC 9470 has it.
pub fn gate(client: Client, tokens: &Tokens) -> Result<BiometryGate, Box<dyn Error>> {
    let statement = Policy::for_session("statement", Threshold::percent(70.0)?);
    // A request with a token and no cookie was sent by none but its owner, from whichever site.
    let gate = BiometryGate::builder(client, tokens.clone()).cross_site(CrossSite::new().allow_tokens());
    Ok(gate.policy(statement).build()?)
}

pub fn app(gate: &BiometryGate, tokens: Tokens) -> Result<Router, Box<dyn Error>> {
    let statement = get(async |Verified(_): Verified| "the statement");
    Ok(Router::new()
        .route("/statement", statement.route_layer(gate.require("statement")?))
        .nest_service("/biometry", routes(gate))
        .route("/login/{name}", post(log_in))
        .route("/refresh", post(refresh))
        .route("/logout", post(log_out))
        .with_state((gate.clone(), tokens)))
}

type App = State<(BiometryGate, Tokens)>;

/// Stands for a login with a password. Each draws another `sid`: 128 random bits, in hexadecimal.
async fn log_in(State((_, tokens)): App, Path(sub): Path<String>) -> Result<Json<Value>, StatusCode> {
    let mut bits = [0; 16];
    OsEntropy.fill(&mut bits).map_err(failed)?;
    tokens.issue(&sub, &format!("{:032x}", u128::from_ne_bytes(bits)))
}

/// New tokens of the same login: what was proved in it stays.
async fn refresh(State((_, tokens)): App, headers: HeaderMap) -> Result<Json<Value>, StatusCode> {
    let claims = tokens.check(&headers, REFRESH).ok_or(StatusCode::UNAUTHORIZED)?;
    tokens.issue(&claims.sub, &claims.sid)
}

/// Where an authorization server reports a logout, it names the `sid`, too (OpenID Connect Back-Channel Logout).
async fn log_out(State((gate, _)): App, head: Parts) -> Result<(), StatusCode> {
    let owner = gate.logged_in(&head).map_err(|_| StatusCode::UNAUTHORIZED)?;
    gate.log_out(&owner).await.map_err(failed)
}

fn failed<E>(_: E) -> StatusCode {
    StatusCode::SERVICE_UNAVAILABLE
}

/// `sid` is the login session, `aud` what the token is for.
#[derive(Serialize, Deserialize)]
struct Claims {
    sub: String,
    sid: String,
    aud: String,
    exp: u64,
}

/// Signs tokens and checks them; stands for an authorization server and its keys.
#[derive(Clone)]
pub struct Tokens(EncodingKey, DecodingKey);

impl Tokens {
    pub fn new() -> Result<Self, Box<dyn Error>> {
        let mut secret = [0; 32];
        OsEntropy.fill(&mut secret)?;
        Ok(Self(EncodingKey::from_secret(&secret)?, DecodingKey::from_secret(&secret)?))
    }

    fn issue(&self, sub: &str, sid: &str) -> Result<Json<Value>, StatusCode> {
        let sign = |aud: &str, seconds| {
            let exp = get_current_timestamp() + seconds;
            let claims = Claims { sub: sub.to_owned(), sid: sid.to_owned(), aud: aud.to_owned(), exp };
            jsonwebtoken::encode(&Header::default(), &claims, &self.0).map_err(failed)
        };
        Ok(Json(json!({ "access_token": sign(ACCESS, 300)?, "refresh_token": sign(REFRESH, 86_400)? })))
    }

    /// Signature, time and audience are right, or the token names no user.
    fn check(&self, headers: &HeaderMap, audience: &str) -> Option<Claims> {
        let token = headers.get(AUTHORIZATION)?.to_str().ok()?.strip_prefix("Bearer ")?;
        let mut validation = Validation::default();
        validation.set_audience(&[audience]);
        Some(jsonwebtoken::decode(token, &self.1, &validation).ok()?.claims)
    }
}

impl Identify for Tokens {
    fn identify(&self, head: &Parts) -> Result<Option<Principal>, IdentifyError> {
        let Some(claims) = self.check(&head.headers, ACCESS) else { return Ok(None) };
        Ok(Some(Principal::new(&claims.sub, HostSession::parse(&claims.sid)?)?))
    }
}

const ACCESS: &str = "the API";
const REFRESH: &str = "the token endpoint";
