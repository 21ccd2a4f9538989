//! Layers that do nothing, or as little as a header check.

use std::sync::Arc;
use std::task::{Context, Poll};

use axum::Router;
use axum::body::Body;
use axum::extract::{FromRequestParts, Request};
use axum::middleware::{Next, from_fn};
use axum::response::Response;
use axum::routing::get;
use http::StatusCode;
use http::request::Parts;
use tower::{Layer, Service};
use tower_http::auth::AsyncRequireAuthorizationLayer;
use tower_http::validate_request::ValidateRequestHeaderLayer;

use super::contender::{Contender, statement};
use super::decisions::CALLER;

pub(super) fn contenders() -> Vec<Contender> {
    let routes = || Router::new().route("/statement", get(statement));
    vec![
        Contender::new("a layer that does nothing", routes().route_layer(Nothing(Arc::from("settings")))),
        Contender::new(
            "an extractor that does nothing",
            Router::new().route("/statement", get(extracted)).with_state(Arc::new(())),
        ),
        Contender::new("`from_fn` that does nothing", routes().route_layer(from_fn(pass_on))),
        Contender::new(
            "tower-http `ValidateRequestHeaderLayer`",
            routes().route_layer(ValidateRequestHeaderLayer::custom(has_caller)),
        ),
        Contender::new(
            "tower-http `AsyncRequireAuthorizationLayer`",
            routes().route_layer(AsyncRequireAuthorizationLayer::new(async |mut request: Request| {
                has_caller(&mut request).map(|()| request)
            })),
        ),
    ]
}

struct NothingExtracted;

impl FromRequestParts<Arc<()>> for NothingExtracted {
    type Rejection = StatusCode;

    async fn from_request_parts(_: &mut Parts, _: &Arc<()>) -> Result<Self, StatusCode> {
        Ok(Self)
    }
}

async fn extracted(_: NothingExtracted) -> &'static str {
    statement().await
}

async fn pass_on(request: Request, next: Next) -> Response {
    next.run(request).await
}

#[expect(clippy::result_large_err, reason = "the layer asks for a response")]
fn has_caller(request: &mut Request) -> Result<(), Response> {
    if request.headers().contains_key(CALLER) {
        return Ok(());
    }
    let mut refusal = Response::new(Body::empty());
    *refusal.status_mut() = StatusCode::UNAUTHORIZED;
    Err(refusal)
}

/// It holds something, as layers do: axum clones it for each request.
#[derive(Clone, Debug)]
struct Nothing(Arc<str>);

#[derive(Clone, Debug)]
struct NothingService<S>(S, Arc<str>);

impl<S> Layer<S> for Nothing {
    type Service = NothingService<S>;

    fn layer(&self, inner: S) -> Self::Service {
        NothingService(inner, Arc::clone(&self.0))
    }
}

impl<S: Service<R>, R> Service<R> for NothingService<S> {
    type Response = S::Response;
    type Error = S::Error;
    type Future = S::Future;

    fn poll_ready(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), S::Error>> {
        self.0.poll_ready(cx)
    }

    fn call(&mut self, request: R) -> S::Future {
        std::hint::black_box(&self.1);
        self.0.call(request)
    }
}
