//! Gates in front of tower-http's services and layers, whose bodies a gate cannot make.

use std::convert::Infallible;

use axum::Router;
use axum::http::request::Parts;
use axum::http::{Request, Response};
use biometry_gate::principal::{HostSession, IdentifyError, Principal};
use biometry_gate::{BiometryGate, Policy, Threshold};
use biometry_gate_axum::routes;
use biometry_sandbox::Sandbox;
use bytes::Bytes;
use http_body_util::Full;
use tower::{ServiceBuilder, service_fn};
use tower_http::compression::CompressionLayer;
use tower_http::services::ServeDir;
use tower_http::trace::TraceLayer;

use crate::harness::{ANA, Served, platform};

fn ana(_: &Parts) -> Result<Option<Principal>, IdentifyError> {
    Ok(Some(Principal::new(ANA, HostSession::parse("the-one-session-of-this-host")?)?))
}

async fn gate() -> (BiometryGate, Sandbox) {
    let (client, sandbox) = platform().await;
    let statement = Policy::for_session("statement", Threshold::vendor_verdict_only());
    (BiometryGate::builder(client, ana).policy(statement).build().expect("a gate"), sandbox)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_gate_fits_a_stack_of_tower_http() {
    let (gate, _sandbox) = gate().await;
    let service = ServiceBuilder::new()
        .layer(gate.require("statement").expect("a policy").any_body())
        .layer(TraceLayer::new_for_http())
        .layer(CompressionLayer::new())
        .service(service_fn(async |_: Request<axum::body::Body>| {
            Ok::<_, Infallible>(Response::new(Full::new(Bytes::from("the statement"))))
        }));
    let app = Router::new().nest_service("/biometry", routes(&gate)).fallback_service(service);
    Served::open(app).await.visitor().passes().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_gate_fits_files() {
    let (gate, _sandbox) = gate().await;
    let folder = tempfile::tempdir().expect("a folder");
    std::fs::write(folder.path().join("statement"), "the statement").expect("a file");
    let files = ServiceBuilder::new()
        .layer(gate.require("statement").expect("a policy").any_body())
        .service(ServeDir::new(folder.path()));
    let app = Router::new().nest_service("/biometry", routes(&gate)).fallback_service(files);
    Served::open(app).await.visitor().passes().await;
}
