//! actix-web hosts, with as many workers as the machine has cores, as axum has: the same routes, and what reads and drops.

use std::future::poll_fn;
use std::io;
use std::net::{SocketAddr, TcpListener};
use std::path::Path;
use std::pin::Pin;

use actix_web::dev::Server;
use actix_web::{App, HttpResponse, HttpServer, web};
use futures_core::Stream as _;

use super::ours::gate;
use crate::relay::wire::{Wire, server_config};

/// Reads uploads and lets go of them: what anything in an actix-web host costs at least.
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
