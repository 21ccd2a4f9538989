//! What the types promise, whatever they are put around.

use std::convert::Infallible;
use std::fmt::Debug;
use std::future::Ready;

use axum::body::Body;
use biometry_gate::cross_site::{CrossSiteLayer, CrossSiteService};
use biometry_gate::gate::{Facts, Guard, IntentGateLayer, IntentGateService, ResponseFuture};
use biometry_gate::routes::{Routes, RoutesFuture};
use biometry_gate::{BiometryGate, BiometryGateLayer, BiometryGateService, Permit};
use bytes::Bytes;
use http::{Request, Response};
use http_body_util::Full;
use tower::Service;

/// Neither `Send` nor `Sync`, so that whatever holds it shows whether it asks for that.
type Local = std::rc::Rc<()>;

/// Cannot be cloned.
#[derive(Debug)]
struct Unique;

fn shared<T: Clone + Debug + Send + Sync + Unpin + 'static>() {}
fn sent<T: Send>() {}
fn serves<S: Service<Request<B>>, B>() {}

#[test]
fn layers_and_services_are_shared_freely() {
    shared::<BiometryGate>();
    shared::<BiometryGateLayer>();
    shared::<IntentGateLayer<Unique>>();
    shared::<CrossSiteLayer>();
    shared::<Guard>();
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
    serves::<IntentGateService<Inner<Body>, fn(&http::request::Parts, &Bytes) -> _>, Body>();
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
    fn facts<F: Facts>() {}
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
