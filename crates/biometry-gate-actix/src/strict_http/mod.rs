//! Connections on which every reader sees each request end at the same byte, for actix.
//!
//! actix settles by itself what is unclear about a request's end, and answers what it refuses without a body. Why that is
//! not enough behind a proxy, and what is checked, stands with the core's [`strict_http`](biometry_gate::strict_http). actix's own
//! `HttpServer` offers no hook on a new connection; its parts do:
//!
//! ```no_run
//! use std::net::TcpListener;
//!
//! use actix_web::App;
//! use actix_web::dev::Server;
//! use biometry_gate_actix::strict_http;
//!
//! # async fn serve() -> std::io::Result<()> {
//! let listener = TcpListener::bind("127.0.0.1:3000")?;
//! strict_http::listen(Server::build(), listener, App::new)?.run().await
//! # }
//! ```
//!
//! HTTP/1.1, and HTTP/2 with prior knowledge, both without TLS: that is the business of the proxy in front. How long a
//! connection is waited for is not actix's to say but [`ConnectionLimits`]': [`listen_with`] takes others than the usual ones.
//!
//! Clients that hold a body back until they are asked for it (`Expect: 100-continue`) are asked when something reads the
//! body, and not before: a client that is refused on the head alone sends no body. actix on its own asks at once.

mod app;
mod go_ahead;
mod rest;
mod stream;

use std::io;
use std::net::{SocketAddr, TcpListener};
use std::time::Duration;

use actix_http::error::DispatchError;
use actix_http::{HttpService, KeepAlive, Protocol, Request, Response};
use actix_server::ServerBuilder;
use actix_service::{
    IntoServiceFactory, Service, ServiceFactory, ServiceFactoryExt as _, fn_service, map_config,
};
use actix_web::Error;
use actix_web::body::MessageBody;
use actix_web::dev::AppConfig;
use actix_web::rt::net::TcpStream;
pub use biometry_gate::strict_http::ConnectionLimits;
use biometry_gate::strict_http::Connections;

use self::app::Apps;
use self::stream::Connection;

/// Adds a listener to a server, whose connections let no request through whose end two readers could see in different
/// places. `app` makes the app for each worker; the [limits](ConnectionLimits) are the default ones. See the
/// [module](self) for why.
///
/// # Errors
/// When the listener cannot be used.
pub fn listen<F, I, S, B>(server: ServerBuilder, listener: TcpListener, app: F) -> io::Result<ServerBuilder>
where
    F: Fn() -> I + Send + Clone + 'static,
    I: IntoServiceFactory<S, Request>,
    S: ServiceFactory<Request, Config = AppConfig> + 'static,
    S::Error: Into<Error> + 'static,
    S::InitError: std::fmt::Debug,
    S::Response: Into<Response<B>> + 'static,
    S::Service: 'static,
    <S::Service as Service<Request>>::Future: 'static,
    B: MessageBody + 'static,
{
    listen_with(server, listener, ConnectionLimits::default(), app)
}

/// [`listen`], with other limits.
///
/// # Errors
/// When the listener cannot be used.
pub fn listen_with<F, I, S, B>(
    server: ServerBuilder,
    listener: TcpListener,
    limits: ConnectionLimits,
    app: F,
) -> io::Result<ServerBuilder>
where
    F: Fn() -> I + Send + Clone + 'static,
    I: IntoServiceFactory<S, Request>,
    S: ServiceFactory<Request, Config = AppConfig> + 'static,
    S::Error: Into<Error> + 'static,
    S::InitError: std::fmt::Debug,
    S::Response: Into<Response<B>> + 'static,
    S::Service: 'static,
    <S::Service as Service<Request>>::Future: 'static,
    B: MessageBody + 'static,
{
    let address = listener.local_addr()?;
    let stopping = server.graceful_shutdown_signal();
    let (connections, silence) = (Connections::new(limits), limits.idle());
    server.listen("biometry-gate", listener, move || {
        let app = app().into_factory().map_err(|error: S::Error| error.into().error_response());
        let apps = Apps::<_, B>::new(map_config(app, |()| AppConfig::default()));
        let stopping = stopping.clone();
        let http = HttpService::build()
            // Connections see to their times and ends themselves.
            .client_request_timeout(Duration::ZERO)
            .keep_alive(KeepAlive::Os)
            .client_disconnect_timeout(Duration::ZERO)
            .expect(apps.held_back())
            .on_connect_ext(|connection: &Connection, data| {
                data.insert(connection.go_ahead().clone());
            })
            .graceful_shutdown_signal(move || {
                let stopping = stopping.clone();
                async move { stopping.notified().await }
            })
            .local_addr(address)
            .finish(apps);
        let connections = connections.clone();
        fn_service(move |stream| accept(stream, connections.clone(), silence)).and_then(http)
    })
}

/// Which version of HTTP a client speaks shows in its first bytes.
async fn accept(
    stream: TcpStream,
    connections: Connections,
    silence: Duration,
) -> Result<(Connection, Protocol, Option<SocketAddr>), DispatchError> {
    let mut start = [0; PREFACE.len()];
    let peeked = tokio::time::timeout(silence, stream.peek(&mut start)).await;
    peeked.map_err(|_| DispatchError::SlowRequestTimeout)??;
    let protocol = if start == PREFACE { Protocol::Http2 } else { Protocol::Http1 };
    let peer = stream.peer_addr().ok();
    // What is written is whole, so it should not wait for more.
    let _ = stream.set_nodelay(true);
    Ok((Connection::new(connections.check(stream)), protocol, peer))
}

/// As much of HTTP/2's first words (RFC 9113, section 3.4) as sets it apart from anything else.
const PREFACE: [u8; 12] = *b"PRI * HTTP/2";
