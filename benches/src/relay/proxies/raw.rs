//! The body as it comes, handed to hyper's client: no parsing, no checks, no limits.

use std::net::SocketAddr;

use axum::Router;
use axum::body::Body;
use axum::extract::{Request, State};
use axum::response::{IntoResponse as _, Response};
use axum::routing::post;
use http::{StatusCode, Uri, Version};
use hyper_util::client::legacy::Client;
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::rt::TokioExecutor;

pub(super) fn router(upstream: SocketAddr) -> Router {
    let client = Client::builder(TokioExecutor::new()).build_http();
    Router::new().route(super::UPLOAD, post(pipe)).with_state((client, upstream))
}

async fn pipe(
    State((client, upstream)): State<(Client<HttpConnector, Body>, SocketAddr)>,
    mut request: Request,
) -> Response {
    let uri = format!("http://{upstream}{}", super::UPLOAD);
    *request.uri_mut() = Uri::try_from(uri).expect("an address");
    // It may have come by HTTP/2.
    *request.version_mut() = Version::HTTP_11;
    request.headers_mut().remove(http::header::CONNECTION);
    request.headers_mut().remove(http::header::HOST);
    match client.request(request).await {
        Ok(response) => response.map(Body::new),
        Err(_) => StatusCode::BAD_GATEWAY.into_response(),
    }
}
