//! Server-sent events and a WebSocket that end with the proof they were opened with.

use std::convert::Infallible;
use std::error::Error;
use std::time::Duration;

use axum::Router;
use axum::body::Body;
use axum::extract::ws::{CloseFrame, Message, WebSocket, WebSocketUpgrade, close_code};
use axum::http::header::COOKIE;
use axum::http::request::Parts;
use axum::response::sse::{Event, KeepAlive, Sse};
use axum::response::{IntoResponse as _, Response};
use axum::routing::get;
use biometry_client::{ApiKey, BaseUrl, Client};
use biometry_gate::gate::{Builder, ExpiringBody};
use biometry_gate::principal::{HostSession, IdentifyError, Principal};
use biometry_gate::{BiometryGate, ConfigError, Permit, Policy, Threshold};
use biometry_gate_axum::{Verified, routes};
use biometry_sandbox::Sandbox;
use tokio::time::{MissedTickBehavior, interval};
use tokio_stream::{StreamExt as _, wrappers::IntervalStream};

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let sandbox = Sandbox::start().await?;
    let client = Client::connect(BaseUrl::parse(&sandbox.base_url())?, ApiKey::parse(&sandbox.mint_key())?)?;
    let gate = configure(BiometryGate::builder(client, by_cookie)).build()?;
    let listener = tokio::net::TcpListener::bind("127.0.0.1:3000").await?;
    println!("listening on http://{}", listener.local_addr()?);
    Ok(axum::serve(listener, app(&gate)?).await?)
}

/// One verification is good for five minutes, and so is a stream that was opened with it.
pub fn configure(builder: Builder) -> Builder {
    builder.policy(Policy::for_session("rates", Threshold::percent(70.0).expect("a percentage")))
}

pub fn app(gate: &BiometryGate) -> Result<Router, ConfigError> {
    Ok(Router::new()
        .route("/events", get(events))
        .route("/socket", get(socket))
        .route_layer(gate.require("rates")?)
        .nest_service("/biometry", routes(gate)))
}

/// The gate looks at a request once, when the stream opens. From then on the proof's end is the stream's: the client sees it
/// break off, tries again, and is asked to step up.
async fn events(Verified(permit): Verified) -> Response {
    let rates = IntervalStream::new(every_second()).map(|_| Event::default().data(rate()));
    let events = Sse::new(rates.map(Ok::<_, Infallible>)).keep_alive(KeepAlive::default()).into_response();
    events.map(|body| Body::new(ExpiringBody::new(body, permit.gate().until_expired(&permit))))
}

/// Browsers let any site open a WebSocket with the cookies of this one: the gate has refused those of other sites.
async fn socket(Verified(permit): Verified, upgrade: WebSocketUpgrade) -> Response {
    upgrade.on_upgrade(move |socket| send_rates(socket, permit))
}

async fn send_rates(mut socket: WebSocket, permit: Permit) {
    let mut expiry = permit.gate().until_expired(&permit);
    let mut ticks = every_second();
    loop {
        tokio::select! {
            () = &mut expiry => break,
            _ = ticks.tick() => if socket.send(Message::text(rate())).await.is_err() { return },
            // A client that leaves is not waited for.
            received = socket.recv() => if !matches!(received, Some(Ok(_))) { return },
        }
    }
    let reason = "the proof this socket was opened with is over".into();
    let _ = socket.send(Message::Close(Some(CloseFrame { code: close_code::POLICY, reason }))).await;
}

fn every_second() -> tokio::time::Interval {
    let mut ticks = interval(Duration::from_secs(1));
    ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    ticks
}

fn rate() -> &'static str {
    "EUR/USD 1.08"
}

/// Stands for your login. Neither `EventSource` nor `WebSocket` can send a token, so it is a cookie.
pub fn by_cookie(head: &Parts) -> Result<Option<Principal>, IdentifyError> {
    let is_ana = head.headers.get(COOKIE).is_some_and(|cookie| cookie == "session=session-of-ana");
    let ana = || Ok(Principal::new("pass+ana@example.com", HostSession::parse("session-of-ana")?)?);
    is_ana.then(ana).transpose()
}
