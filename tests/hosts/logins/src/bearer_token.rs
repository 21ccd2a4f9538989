//! Tokens: the key is the claim `sid`, which stays when a token is refreshed. The claim `jti` is another one in each token.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use axum::extract::{Path, Request, State};
use axum::http::HeaderMap;
use axum::http::StatusCode;
use axum::http::header::AUTHORIZATION;
use axum::http::request::Parts;
use axum::middleware::{Next, from_fn_with_state};
use axum::response::Response;
use axum::routing::post;
use biometry_gate::cross_site::CrossSite;
use biometry_gate::principal::{HostSession, IdentifyError, Principal};
use biometry_gate::{BiometryGate, Builder};

use crate::harness::{ANA, BEN, Served, Visitor, app, gate_with};

/// What the host's own layer has checked of a token: signature, issuer, audience, expiry.
#[derive(Clone)]
struct Claims {
    sub: String,
    /// The session of the login at the authorization server: drawn at the login, the same in refreshed tokens.
    sid: String,
}

/// Stands for the authorization server and for the check of what it has signed.
#[derive(Clone, Default)]
struct Issuer(Arc<Mutex<HashMap<String, Claims>>>);

impl Issuer {
    fn issue(&self, claims: Claims) -> String {
        let mut tokens = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let token = format!("token-{}", tokens.len());
        tokens.insert(token.clone(), claims);
        token
    }

    fn log_in(&self, name: &str) -> String {
        let sid = format!("sid-{}", self.0.lock().unwrap_or_else(PoisonError::into_inner).len());
        self.issue(Claims { sub: name.to_owned(), sid })
    }

    fn check(&self, headers: &HeaderMap) -> Option<Claims> {
        let token = headers.get(AUTHORIZATION)?.to_str().ok()?.strip_prefix("Bearer ")?;
        self.0.lock().unwrap_or_else(PoisonError::into_inner).get(token).cloned()
    }
}

/// The host's token layer, outside of the gate.
async fn check_token(State(issuer): State<Issuer>, mut request: Request, next: Next) -> Response {
    if let Some(claims) = issuer.check(request.headers()) {
        request.extensions_mut().insert(claims);
    }
    next.run(request).await
}

/// The gate's resolver.
fn identify(head: &Parts) -> Result<Option<Principal>, IdentifyError> {
    let Some(claims) = head.extensions.get::<Claims>() else { return Ok(None) };
    Ok(Some(Principal::new(&claims.sub, HostSession::parse(&claims.sid)?)?))
}

/// Refreshes the token: another one of the same login.
async fn refresh(State(app): State<App>, headers: HeaderMap) -> Result<String, StatusCode> {
    let claims = app.issuer.check(&headers).ok_or(StatusCode::UNAUTHORIZED)?;
    Ok(app.issuer.issue(claims))
}

/// Where the authorization server reports a logout (OpenID Connect back-channel logout names the `sid`), what was proved
/// in the login ends with it.
async fn log_out(State(app): State<App>, parts: Parts) -> Result<(), StatusCode> {
    let owner = app.gate.logged_in(&parts).map_err(|_| StatusCode::UNAUTHORIZED)?;
    app.gate.log_out(&owner).await.map_err(|_| StatusCode::SERVICE_UNAVAILABLE)
}

#[derive(Clone)]
struct App {
    gate: BiometryGate,
    issuer: Issuer,
}

impl Visitor {
    fn with_token(mut self, token: &str) -> Self {
        self.headers = vec![("authorization", format!("Bearer {token}"))];
        self
    }

    /// As an app in a web view calls: of another site than the host, by what the browser in it says.
    fn in_a_web_view(mut self) -> Self {
        self.headers.push(("origin", "capacitor://localhost".to_owned()));
        self.headers.push(("sec-fetch-site", "cross-site".to_owned()));
        self
    }
}

pub(crate) async fn a_decision_belongs_to_the_login_that_a_token_names() {
    let tokens = |gate: Builder| gate.cross_site(CrossSite::new().allow_tokens());
    let (gate, sandbox) = gate_with(identify, tokens).await;
    let issuer = Issuer::default();
    let login = async |State(app): State<App>, Path(name): Path<String>| app.issuer.log_in(&name);
    let app = app(&gate)
        .route("/login/{name}", post(login))
        .route("/refresh", post(refresh))
        .route("/logout", post(log_out))
        .with_state(App { gate, issuer: issuer.clone() })
        .layer(from_fn_with_state(issuer, check_token));
    let served = Served::open(app, sandbox).await;

    let stranger = Visitor::new(&served);
    stranger.statement().await.problem("authentication-required");
    let token = async |name: &str| stranger.post(&format!("/login/{name}")).send().await.text();
    let here = stranger.clone().with_token(&token(ANA).await);
    here.passes().await;
    let refreshed = here.post("/refresh").send().await.text();
    let refreshed = here.clone().with_token(&refreshed);
    assert_ne!(refreshed.headers, here.headers);
    refreshed.sees_the_statement().await;
    let app = stranger.clone().with_token(&token(BEN).await).in_a_web_view();
    app.passes().await;

    for name in [ANA, BEN] {
        let other = stranger.clone().with_token(&token(name).await);
        other.statement().await.problem("step-up-required");
    }
    refreshed.done("/logout").await;
    for visitor in [here, refreshed] {
        visitor.statement().await.problem("step-up-required");
    }
}
