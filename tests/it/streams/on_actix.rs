use std::net::TcpListener;

use actix_web::dev::Server;
use actix_web::http::header::SEC_WEBSOCKET_ACCEPT;
use actix_web::web;
use actix_web::{App, HttpResponse};
use biometry_gate_actix::{ExpiringBody, Verified, require, strict_http};
use biometry_gate_testkit::host::{self, HostHarness, Serving};

use super::{ACCEPT, Hello};
use crate::contracts::routes_on_actix;

pub(crate) struct OnActix;

impl HostHarness for OnActix {
    async fn serve(app: host::App) -> Serving {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
        let address = listener.local_addr().expect("an address");
        let routes = routes_on_actix(app.clone()).expect("policies");
        let gate = require(app.gate(), "reusable").expect("a policy");
        let server = Server::build().workers(2).disable_signals();
        let server = strict_http::listen(server, listener, move || {
            App::new()
                .configure(routes.clone())
                .route("/gated/events", web::get().to(events).wrap(gate.clone()))
                .route("/gated/socket", web::get().to(socket).wrap(gate.clone()))
        });
        let server = server.expect("a listener").run();
        Serving::new(address, tokio::spawn(async move { server.await.expect("it serves") }))
    }
}

async fn events(Verified(permit): Verified) -> HttpResponse {
    let body = ExpiringBody::new(Hello::event(), permit.gate().until_expired(&permit));
    HttpResponse::Ok().content_type("text/event-stream").body(body)
}

/// What an actix handler writes to a socket is its answer's body.
async fn socket(Verified(permit): Verified) -> HttpResponse {
    let body = ExpiringBody::new(Hello::frame(), permit.gate().until_expired(&permit));
    let mut answer = HttpResponse::SwitchingProtocols();
    answer.upgrade("websocket").insert_header((SEC_WEBSOCKET_ACCEPT, ACCEPT)).body(body)
}
