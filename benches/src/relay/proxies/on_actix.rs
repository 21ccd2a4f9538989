//! actix-web hosts, with as many workers as the machine has cores, as axum has: the same routes, what hands uploads on as
//! they come, and what reads and drops.

use std::future::poll_fn;
use std::io;
use std::net::{SocketAddr, TcpListener};
use std::path::Path;
use std::pin::Pin;

use actix_web::dev::Server;
use actix_web::error::PayloadError;
use actix_web::http::StatusCode;
use actix_web::{App, HttpRequest, HttpResponse, HttpServer, web};
use bytes::Bytes;
use futures_core::Stream as _;
use http_body_util::BodyExt as _;
use http_body_util::channel::Channel;
use hyper_util::client::legacy::Client;
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::rt::TokioExecutor;

use super::ours::gate;
use crate::relay::wire::{Wire, server_config};

/// Reads uploads and drops them: what anything in an actix-web host costs at least.
///
/// # Errors
/// When the listener cannot be served.
pub fn drop_all(listener: TcpListener) -> io::Result<Server> {
    let app = || App::new().route(super::UPLOAD, web::post().to(swallow));
    Ok(HttpServer::new(app).disable_signals().listen(listener)?.run())
}

async fn swallow(mut body: web::Payload) -> HttpResponse {
    while let Some(chunk) = poll_fn(|cx| Pin::new(&mut body).poll_next(cx)).await {
        if chunk.is_err() {
            return HttpResponse::BadRequest().finish();
        }
    }
    HttpResponse::Ok().finish()
}

/// Hands uploads as they come to hyper's client, of which each worker has one: no parsing, no checks, no limits.
///
/// # Errors
/// When the listener cannot be served.
pub fn pipe_all(listener: TcpListener, upstream: SocketAddr) -> io::Result<Server> {
    let app = move || {
        let client: Upstream = Client::builder(TokioExecutor::new()).build_http();
        let route = web::post().to(move |request, body| pipe(client.clone(), upstream, request, body));
        App::new().route(super::UPLOAD, route)
    };
    Ok(HttpServer::new(app).disable_signals().listen(listener)?.run())
}

type Upstream = Client<HttpConnector, Channel<Bytes, PayloadError>>;

async fn pipe(
    client: Upstream,
    upstream: SocketAddr,
    request: HttpRequest,
    mut body: web::Payload,
) -> HttpResponse {
    // A payload must not leave its thread, and what hyper sends has to be able to.
    let (mut sender, channel) = Channel::new(2);
    actix_web::rt::spawn(async move {
        while let Some(chunk) = poll_fn(|cx| Pin::new(&mut body).poll_next(cx)).await {
            let sent = match chunk {
                Ok(chunk) => sender.send_data(chunk).await,
                Err(error) => return sender.abort(error),
            };
            if sent.is_err() {
                return;
            }
        }
    });
    let mut piped = http::Request::post(format!("http://{upstream}{}", super::UPLOAD));
    for name in ["content-type", "content-length"] {
        if let Some(value) = request.headers().get(name) {
            piped = piped.header(name, value.as_bytes());
        }
    }
    let answer = client.request(piped.body(channel).expect("a request")).await;
    let Ok(answer) = answer else { return HttpResponse::BadGateway().finish() };
    let status = StatusCode::from_u16(answer.status().as_u16()).expect("a status");
    match answer.into_body().collect().await {
        Ok(body) => HttpResponse::build(status).content_type("application/json").body(body.to_bytes()),
        Err(_) => HttpResponse::BadGateway().finish(),
    }
}

/// Serves uploads on their way to `upstream`; the certificate is in `folder`.
///
/// # Errors
/// When the listener cannot be served.
pub fn serve(listener: TcpListener, upstream: SocketAddr, wire: Wire, folder: &Path) -> io::Result<Server> {
    let gate = gate(upstream);
    let app =
        move || App::new().service(web::scope("/biometry").configure(biometry_gate_actix::routes(&gate)));
    // The windows that axum's hyper gives, which actix-web leaves to the protocol's 64 KiB.
    let server = HttpServer::new(app)
        .disable_signals()
        .h2_initial_window_size(1 << 20)
        .h2_initial_connection_window_size(1 << 20);
    let server = match wire {
        Wire::Http1 => server.listen(listener)?,
        Wire::Http2 => server.listen_auto_h2c(listener)?,
        Wire::Tls => server.listen_rustls_0_23(listener, server_config(folder)?)?,
    };
    Ok(server.run())
}
