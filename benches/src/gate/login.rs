//! axum-login over tower-sessions' store in memory.

use std::convert::Infallible;
use std::sync::Arc;

use axum::Router;
use axum::http::{HeaderMap, StatusCode};
use axum::routing::get;
use axum_login::{AuthManagerLayerBuilder, AuthSession, AuthUser, AuthnBackend, login_required};
use http::{HeaderName, HeaderValue};
use tower_sessions::{MemoryStore, SessionManagerLayer, SessionStore};

use super::contender::{Callers, Contender, statement};
use super::sessions::log_in_all;

pub(super) async fn contenders(live: usize) -> Vec<Contender> {
    let sessions = SessionManagerLayer::new(MemoryStore::default()).with_secure(false);
    let (gated, cookies) = users_router(live, sessions).await;
    vec![
        Contender::new("axum-login `login_required!`, one caller", gated.clone())
            .headers(cookies.clone())
            .live(live),
        Contender::new("axum-login `login_required!`, any caller", gated)
            .headers(cookies)
            .callers(Callers::Any)
            .live(live),
    ]
}

/// A route for those who are logged in, and the cookies of so many.
pub(crate) async fn users_router(
    live: usize,
    sessions: SessionManagerLayer<impl SessionStore + Clone>,
) -> (Router, Vec<(HeaderName, HeaderValue)>) {
    let users = Users((0..live).map(|id| User { id, password: b"hash".as_slice().into() }).collect());
    let layer = AuthManagerLayerBuilder::new(users, sessions).build();
    let enter = Router::new().route("/login", get(log_in)).layer(layer.clone());
    let cookies = log_in_all(&enter, live).await;
    let gated =
        Router::new().route("/statement", get(statement)).route_layer(login_required!(Users)).layer(layer);
    (gated, cookies)
}

async fn log_in(mut session: AuthSession<Users>, headers: HeaderMap) -> StatusCode {
    let caller = headers.get("x-caller").and_then(|value| value.to_str().ok()?.parse().ok());
    let Ok(Some(user)) = session.authenticate(caller.unwrap_or(usize::MAX)).await else {
        return StatusCode::UNAUTHORIZED;
    };
    match session.login(&user).await {
        Ok(()) => StatusCode::OK,
        Err(_) => StatusCode::INTERNAL_SERVER_ERROR,
    }
}

#[derive(Clone, Debug)]
struct User {
    id: usize,
    password: Arc<[u8]>,
}

#[derive(Clone, Debug)]
struct Users(Arc<[User]>);

impl AuthUser for User {
    type Id = usize;

    fn id(&self) -> usize {
        self.id
    }

    fn session_auth_hash(&self) -> &[u8] {
        &self.password
    }
}

impl AuthnBackend for Users {
    type User = User;
    type Credentials = usize;
    type Error = Infallible;

    async fn authenticate(&self, id: usize) -> Result<Option<User>, Infallible> {
        Ok(self.0.get(id).cloned())
    }

    async fn get_user(&self, id: &usize) -> Result<Option<User>, Infallible> {
        Ok(self.0.get(*id).cloned())
    }
}
