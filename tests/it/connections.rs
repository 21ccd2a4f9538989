//! How long connections are waited for, on the listeners that the adapters offer and in the banks.

use std::net::SocketAddr;
use std::time::Duration;

use biometry_gate::strict_http::ConnectionLimits;
use biometry_gate_testkit::Wire;
use tokio::task::JoinHandle;

use crate::harness::{Host, World};

on_every_host! {
    a_short_body_of_the_banks_own_routes_is_not_waited_for_for_ever,
}

async fn a_short_body_of_the_banks_own_routes_is_not_waited_for_for_ever<H: Host>() {
    let world = World::open::<H>().await;
    let mut wire = Wire::connect(world.address()).await;
    wire.send("POST /login HTTP/1.1\r\nHost: bank\r\nContent-Length: 27\r\n\r\n{\"email\":").await;
    let answer = wire.answer().await;
    answer.problem("upload-timeout");
    assert_eq!(answer.header("connection"), Some("close"));
    assert!(wire.is_closed().await);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn axums_connections_are_waited_for_within_bounds() {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.expect("a free port");
    let address = listener.local_addr().expect("an address");
    let router = ::axum::Router::new().route("/", ::axum::routing::get(async || "hello"));
    let listener = biometry_gate_axum::StrictListener::new(listener).limits(limits());
    let server = tokio::spawn(async move { ::axum::serve(listener, router).await.expect("it serves") });
    waits_within_bounds(address, server).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn actixs_connections_are_waited_for_within_bounds() {
    use actix_web::{App, web};
    let listener = std::net::TcpListener::bind("127.0.0.1:0").expect("a free port");
    let address = listener.local_addr().expect("an address");
    let server = actix_web::dev::Server::build().workers(2).disable_signals();
    let app = || App::new().route("/", web::get().to(async || "hello"));
    let server = biometry_gate_actix::strict_http::listen_with(server, listener, limits(), app);
    let server = server.expect("a listener").run();
    let server = tokio::spawn(async move { server.await.expect("it serves") });
    waits_within_bounds(address, server).await;
}

async fn waits_within_bounds(address: SocketAddr, server: JoinHandle<()>) {
    for (sent, last_words) in [
        ("", ""),
        ("GET / HTTP/1.1\r\nHost: x\r\n", "HTTP/1.1 400 "),
        ("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", ""),
        ("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\0\0\0\x04\0\0\0\0\0", ""),
    ] {
        let mut wire = Wire::connect(address).await;
        wire.send(sent).await;
        let said = wire.last_words().await;
        assert!(said.starts_with(last_words.as_bytes()), "{sent:?}: {said:?}");
        assert!(!last_words.is_empty() || !said.starts_with(b"HTTP/1.1"), "{sent:?}: {said:?}");
    }
    let mut wire = Wire::connect(address).await;
    for _ in 0..2 {
        wire.send("GET / HTTP/1.1\r\nHost: x\r\n\r\n").await;
        assert_eq!(wire.answer().await.status, 200);
    }
    assert!(wire.is_closed().await, "behind the last answer");
    server.abort();
}

fn limits() -> ConnectionLimits {
    let soon = Duration::from_millis(500);
    ConnectionLimits::default().with_head(soon).with_idle(soon)
}
