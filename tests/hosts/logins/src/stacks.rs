//! Gates in front of tower-http's services and layers, whose bodies a gate cannot make.

use std::convert::Infallible;

use axum::Router;
use axum::http::request::Parts;
use axum::http::{Request, Response};
use biometry_gate::principal::{HostSession, IdentifyError, Principal};
use biometry_gate_axum::routes;
use bytes::Bytes;
use http_body_util::Full;
use tower::{ServiceBuilder, service_fn};
use tower_http::compression::CompressionLayer;
use tower_http::services::ServeDir;
use tower_http::trace::TraceLayer;

use crate::harness::{ANA, Served, Visitor, gate};

fn ana(_: &Parts) -> Result<Option<Principal>, IdentifyError> {
    Ok(Some(Principal::new(ANA, HostSession::parse("the-one-session-of-this-host")?)?))
}

pub(crate) async fn a_gate_fits_a_stack_of_tower_http() {
    let (gate, sandbox) = gate(ana).await;
    let service = ServiceBuilder::new()
        .layer(gate.require("statement").expect("a policy").any_body())
        .layer(TraceLayer::new_for_http())
        .layer(CompressionLayer::new())
        .service(service_fn(async |_: Request<axum::body::Body>| {
            Ok::<_, Infallible>(Response::new(Full::new(Bytes::from("the statement"))))
        }));
    let app = Router::new().nest_service("/biometry", routes(&gate)).fallback_service(service);
    Visitor::new(&Served::open(app, sandbox).await).passes().await;
}

pub(crate) async fn a_gate_fits_files() {
    let (gate, sandbox) = gate(ana).await;
    let folder = std::env::temp_dir().join(format!("host-logins-{}", std::process::id()));
    std::fs::create_dir_all(&folder).expect("a folder");
    std::fs::write(folder.join("statement"), "the statement").expect("a file");
    let files = ServiceBuilder::new()
        .layer(gate.require("statement").expect("a policy").any_body())
        .service(ServeDir::new(&folder));
    let app = Router::new().nest_service("/biometry", routes(&gate)).fallback_service(files);
    Visitor::new(&Served::open(app, sandbox).await).passes().await;
    std::fs::remove_dir_all(folder).expect("the folder is removed");
}
