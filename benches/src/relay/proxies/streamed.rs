//! The more careful version of it: the file is streamed out of axum's `Multipart` into reqwest's form.

use std::net::SocketAddr;

use async_stream::try_stream;
use axum::Router;
use axum::body::{Body, Bytes};
use axum::extract::multipart::MultipartError;
use axum::extract::{DefaultBodyLimit, Multipart, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse as _, Response};
use axum::routing::post;
use futures_core::Stream;
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
    form: Multipart,
) -> Response {
    let body = reqwest::Body::wrap_stream(video(form));
    let part = Part::stream(body).file_name("capture.webm");
    let url = format!("http://{upstream}{}", super::UPLOAD);
    match client.post(url).multipart(Form::new().part("video", part)).send().await {
        Ok(response) => http::Response::from(response).map(Body::new),
        Err(_) => StatusCode::BAD_GATEWAY.into_response(),
    }
}

fn video(mut form: Multipart) -> impl Stream<Item = Result<Bytes, MultipartError>> {
    try_stream! {
        while let Some(mut field) = form.next_field().await? {
            if field.name() != Some("video") {
                continue;
            }
            while let Some(chunk) = field.chunk().await? {
                yield chunk;
            }
        }
    }
}
