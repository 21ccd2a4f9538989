//! What the types promise, whatever they are put around.

use std::cell::RefCell;
use std::convert::Infallible;
use std::fmt::Debug;
use std::future::Ready;
use std::marker::PhantomPinned;
use std::pin::Pin;
use std::task::{Context, Poll};

use axum::body::Body;
use biometry_gate::cross_site::{CrossSiteLayer, CrossSiteService};
use biometry_gate::gate::{
    Enforcer, ForOperation, ReadIntent, Reading, RequestHead, ResponseFuture, RestoreLayer,
};
use biometry_gate::intent::Intent;
use biometry_gate::routes::{Routes, RoutesFuture};
use biometry_gate::{BiometryGate, BiometryGateLayer, BiometryGateService, Denial, Permit};
use biometry_gate_testkit::{Form, media};
use bytes::Bytes;
use http::{Request, Response};
use http_body_util::Full;
use tower::{Layer as _, Service, service_fn};

use super::desk::{Desk, answer, get, post};

/// Neither `Send` nor `Sync`, so that whatever holds it shows whether it asks for that.
type Local = std::rc::Rc<()>;

fn shared<T: Clone + Debug + Send + Sync + Unpin + 'static>() {}
fn sent<T: Send>() {}
fn serves<S: Service<Request<B>>, B>() {}

#[test]
fn layers_and_services_are_shared_freely() {
    shared::<BiometryGate>();
    shared::<BiometryGateLayer>();
    shared::<BiometryGateLayer<ForOperation>>();
    shared::<CrossSiteLayer>();
    shared::<Enforcer>();
    shared::<Permit>();
    shared::<Routes>();
    shared::<BiometryGateService<Inner<Full<Bytes>>>>();
    shared::<CrossSiteService<Inner<Full<Bytes>>>>();
    sent::<RoutesFuture>();
    sent::<ResponseFuture<Inner<Full<Bytes>>, Full<Bytes>>>();
}

#[test]
fn a_gate_asks_nothing_of_a_requests_body() {
    serves::<BiometryGateService<Inner<Body>>, ()>();
    serves::<BiometryGateService<Inner<Body>>, Local>();
    serves::<BiometryGateService<Inner<Vec<u8>>>, [u8; 3]>();
    serves::<CrossSiteService<Inner<Body>>, Local>();
    serves::<BiometryGateService<Inner<Body>, ForOperation>, Body>();
}

#[test]
fn the_routes_take_every_body_that_can_be_sent() {
    serves::<Routes, Body>();
    serves::<Routes, Full<Bytes>>();
    serves::<Routes, hyper::body::Incoming>();
    serves::<Routes, String>();
}

#[test]
fn facts_are_read_from_heads() {
    fn facts<F: RequestHead>() {}
    facts::<http::request::Parts>();
    facts::<biometry_gate_actix::Head<'_>>();
}

/// A service whose answers have any kind of body.
#[derive(Debug)]
struct Inner<R>(std::marker::PhantomData<fn() -> R>);

impl<R> Clone for Inner<R> {
    fn clone(&self) -> Self {
        Self(std::marker::PhantomData)
    }
}

impl<R, B> Service<Request<B>> for Inner<R> {
    type Response = Response<R>;
    type Error = Infallible;
    type Future = Ready<Result<Response<R>, Infallible>>;

    fn poll_ready(&mut self, _: &mut std::task::Context<'_>) -> std::task::Poll<Result<(), Infallible>> {
        unreachable!("bounds are checked by the compiler")
    }

    fn call(&mut self, _: Request<B>) -> Self::Future {
        unreachable!("bounds are checked by the compiler")
    }
}

/// A body that must not move, cannot be shared and cannot be cloned.
#[derive(Debug)]
struct Odd {
    left: RefCell<Option<Bytes>>,
    _pinned: PhantomPinned,
}

impl From<Bytes> for Odd {
    fn from(bytes: Bytes) -> Self {
        Self { left: RefCell::new(Some(bytes)), _pinned: PhantomPinned }
    }
}

impl http_body::Body for Odd {
    type Data = Bytes;
    type Error = Infallible;

    fn poll_frame(
        self: Pin<&mut Self>,
        _: &mut Context<'_>,
    ) -> Poll<Option<Result<http_body::Frame<Bytes>, Infallible>>> {
        Poll::Ready(self.left.take().map(|data| Ok(http_body::Frame::data(data))))
    }
}

#[test]
fn bodies_need_not_be_shared_moved_or_cloned() {
    serves::<BiometryGateService<Inner<Odd>>, Odd>();
    serves::<CrossSiteService<Inner<Odd>>, Odd>();
    serves::<BiometryGateService<Inner<Odd>, ForOperation>, Odd>();
    serves::<Routes, Odd>();
    shared::<BiometryGateService<Inner<Odd>>>();
    sent::<ResponseFuture<Inner<Odd>, Odd>>();
    sent::<ResponseFuture<Inner<Odd>, Odd, ForOperation>>();
}

/// Fits wherever axum takes a layer.
#[test]
fn layers_fit_routers_and_stacks() {
    fn around_everything<L>(layer: L) -> axum::Router
    where
        L: tower::Layer<axum::routing::Route> + Clone + Send + Sync + 'static,
        L::Service: Service<axum::extract::Request, Response = axum::response::Response, Error = Infallible>
            + Clone
            + Send
            + Sync
            + 'static,
        <L::Service as Service<axum::extract::Request>>::Future: Send,
    {
        let page = || axum::routing::get(async || "page");
        axum::Router::new()
            .route("/a", page().layer(layer.clone()))
            .route("/b", page().route_layer(layer.clone()))
            .route_layer(layer.clone())
            .fallback(async || "fallback")
            .layer(layer.clone())
            .merge(axum::Router::new().nest("/c", axum::Router::new().route("/", page()).layer(layer)))
    }
    let _: fn(BiometryGateLayer) -> axum::Router = around_everything;
    let _: fn(BiometryGateLayer<ForOperation>) -> axum::Router = around_everything;
    let _: fn(CrossSiteLayer) -> axum::Router = around_everything;
    let _: fn(RestoreLayer) -> axum::Router = around_everything;
}

#[tokio::test]
async fn odd_bodies_are_read_to_their_end() {
    let desk = Desk::open().await;
    let odd = |request: Request<Full<Bytes>>, body: Bytes| request.map(|_| Odd::from(body));
    let consent = Bytes::from_static(br#"{"authorization":true}"#);
    answer(desk.gate.routes(), odd(post("/consent", "application/json", ""), consent)).await.granted();
    answer(desk.gate.routes(), odd(post("/session/start", "text/plain", ""), Bytes::new())).await.granted();
    let form = Form::new().file("video", media::webm(100_000));
    let upload = odd(post("/verify", &form.content_type(), ""), form.bytes());
    assert_eq!(answer(desk.gate.routes(), upload).await.granted()["scoring_result"], "pass");

    let echo =
        service_fn(async |request: Request<Odd>| Ok::<_, Infallible>(Response::new(request.into_body())));
    let gated = desk.gate.require("statement").unwrap().layer(echo);
    assert_eq!(answer(gated, odd(get("/"), "as it came".into())).await.text(), "as it came");
    let gated = desk.gate.require_for("transfer", "/", Unread).unwrap().layer(echo);
    let refused = answer(gated.clone(), odd(get("/"), "what".into())).await.problem("step-up-required");
    desk.approve(&refused["step_up"]["intent"]["id"]).await;
    assert_eq!(answer(gated, odd(get("/"), "what".into())).await.text(), "what");
}

/// A reader of operations that are all the same. It cannot be cloned.
#[derive(Debug)]
struct Unread;

impl ReadIntent for Unread {
    fn read(&self, _: &http::request::Parts, _: &Bytes) -> Result<Reading, Denial> {
        Ok(Reading::of(Intent::new("transfer").line("What", "what")))
    }
}
