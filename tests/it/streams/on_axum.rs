use axum::Router;
use axum::body::Body;
use axum::extract::Request;
use axum::response::{IntoResponse as _, Response};
use axum::routing::get;
use biometry_gate::gate::ExpiringBody;
use biometry_gate_axum::{StrictListener, Verified};
use biometry_gate_testkit::host::{App, HostHarness, Serving};
use http::StatusCode;
use http::header::{CONNECTION, CONTENT_TYPE, SEC_WEBSOCKET_ACCEPT, UPGRADE};
use hyper_util::rt::TokioIo;
use tokio::io::AsyncWriteExt as _;
use tokio::net::TcpListener;

use super::{ACCEPT, Hello};

pub(crate) struct OnAxum;

impl HostHarness for OnAxum {
    async fn serve(app: App) -> Serving {
        let gate = app.gate().clone();
        let router = Router::new()
            .route("/gated/events", get(events))
            .route("/gated/socket", get(socket))
            .route_layer(gate.require("reusable").expect("a policy"))
            .nest_service("/biometry", biometry_gate_axum::routes(&gate));
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
        let address = listener.local_addr().expect("an address");
        let server = axum::serve(StrictListener::new(listener), router);
        Serving::new(address, tokio::spawn(async move { server.await.expect("it serves") }))
    }
}

async fn events(Verified(permit): Verified) -> Response {
    let body = ExpiringBody::new(Hello::event(), permit.gate().until_expired(&permit));
    ([(CONTENT_TYPE, "text/event-stream")], Body::new(body)).into_response()
}

async fn socket(Verified(permit): Verified, mut request: Request) -> Response {
    let upgrade = hyper::upgrade::on(&mut request);
    tokio::spawn(async move {
        let mut socket = TokioIo::new(upgrade.await.expect("a socket"));
        let Hello(frame) = Hello::frame();
        socket.write_all(&frame.expect("a frame")).await.expect("an open socket");
        // Dropped, it is closed.
        permit.gate().until_expired(&permit).await;
    });
    let fields = [(CONNECTION, "upgrade"), (UPGRADE, "websocket"), (SEC_WEBSOCKET_ACCEPT, ACCEPT)];
    (StatusCode::SWITCHING_PROTOCOLS, fields).into_response()
}
