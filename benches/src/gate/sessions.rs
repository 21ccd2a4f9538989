//! tower-sessions over its store in memory.

use axum::Router;
use axum::extract::Request;
use axum::middleware::{Next, from_fn};
use axum::response::{IntoResponse as _, Response};
use axum::routing::get;
use http::header::{COOKIE, SET_COOKIE};
use http::{HeaderName, HeaderValue, StatusCode};
use tower::ServiceExt as _;
use tower_sessions::{MemoryStore, Session, SessionManagerLayer, SessionStore};

use super::contender::{Callers, Contender, statement};

pub(super) async fn contenders(live: usize) -> Vec<Contender> {
    let sessions = SessionManagerLayer::new(MemoryStore::default()).with_secure(false);
    let enter = Router::new().route("/login", get(log_in)).layer(sessions.clone());
    let cookies = log_in_all(&enter, live).await;
    let idle = Router::new().route("/statement", get(statement)).layer(sessions.clone());
    let read = Router::new().route("/statement", get(read_session)).layer(sessions.clone());
    let gate = Router::new()
        .route("/statement", get(statement))
        .route_layer(from_fn(gate_on_session))
        .layer(sessions);
    vec![
        Contender::new("tower-sessions, not asked", idle).headers(cookies.clone()).live(live),
        Contender::new("tower-sessions, one read, one caller", read.clone())
            .headers(cookies.clone())
            .live(live),
        Contender::new("tower-sessions, one read, any caller", read)
            .headers(cookies.clone())
            .callers(Callers::Any)
            .live(live),
        Contender::new("a gate on tower-sessions, one caller", gate).headers(cookies).live(live),
    ]
}

/// A route that reads the session's user, and the cookies of so many who are logged in.
pub(crate) async fn reading_router(
    live: usize,
    sessions: SessionManagerLayer<impl SessionStore + Clone>,
) -> (Router, Vec<(HeaderName, HeaderValue)>) {
    let enter = Router::new().route("/login", get(log_in)).layer(sessions.clone());
    let cookies = log_in_all(&enter, live).await;
    (Router::new().route("/statement", get(read_session)).layer(sessions), cookies)
}

/// Logs callers in, and hands out their cookies.
pub(super) async fn log_in_all(router: &Router, live: usize) -> Vec<(HeaderName, HeaderValue)> {
    let mut cookies = Vec::with_capacity(live);
    for caller in 0..live {
        let request = Request::get("/login").header("x-caller", HeaderValue::from(caller));
        let request = request.body(axum::body::Body::empty()).expect("a request");
        let response = router.clone().oneshot(request).await.unwrap_or_else(|never| match never {});
        let cookie = response.headers()[SET_COOKIE].to_str().expect("a readable cookie");
        let cookie = cookie.split(';').next().unwrap_or_default();
        cookies.push((COOKIE, HeaderValue::from_str(cookie).expect("a header")));
    }
    cookies
}

async fn log_in(session: Session) -> StatusCode {
    match session.insert(USER, "ana@example.com").await {
        Ok(()) => StatusCode::OK,
        Err(_) => StatusCode::INTERNAL_SERVER_ERROR,
    }
}

async fn read_session(session: Session) -> Response {
    match session.get::<String>(USER).await {
        Ok(Some(user)) => {
            std::hint::black_box(&user);
            statement().await.into_response()
        }
        _ => StatusCode::UNAUTHORIZED.into_response(),
    }
}

async fn gate_on_session(session: Session, request: Request, next: Next) -> Response {
    match session.get::<String>(USER).await {
        Ok(Some(_)) => next.run(request).await,
        _ => StatusCode::UNAUTHORIZED.into_response(),
    }
}

const USER: &str = "user";
