//! What people write: the file as bytes, and a form around it for reqwest.

use std::net::SocketAddr;

use axum::Router;
use axum::body::Body;
use axum::extract::{DefaultBodyLimit, Multipart, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse as _, Response};
use axum::routing::post;
use reqwest::multipart::{Form, Part};

pub(super) fn router(upstream: SocketAddr) -> Router {
    let client = reqwest::Client::builder().no_proxy().build().expect("a client");
    Router::new()
        .route(super::UPLOAD, post(forward))
        .layer(DefaultBodyLimit::disable())
        .with_state((client, upstream))
}

async fn forward(
    State((client, upstream)): State<(reqwest::Client, SocketAddr)>,
    mut form: Multipart,
) -> Response {
    while let Ok(Some(field)) = form.next_field().await {
        if field.name() != Some("video") {
            continue;
        }
        let Ok(bytes) = field.bytes().await else { break };
        let part = Part::stream(bytes).file_name("capture.webm");
        let url = format!("http://{upstream}{}", super::UPLOAD);
        let sent = client.post(url).multipart(Form::new().part("video", part)).send().await;
        return match sent {
            Ok(response) => http::Response::from(response).map(Body::new),
            Err(_) => StatusCode::BAD_GATEWAY.into_response(),
        };
    }
    StatusCode::BAD_REQUEST.into_response()
}
