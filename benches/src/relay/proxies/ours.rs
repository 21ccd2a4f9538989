//! The mounted routes in an axum host, with every check they make and every limit at its default, but for how many
//! uploads, starts and seconds there may be.

use std::net::SocketAddr;
use std::time::Duration;

use axum::Router;
use biometry_client::{ApiKey, BaseUrl, Client};
use biometry_gate::Limits;
use biometry_gate::policy::{Policy, Threshold};
use biometry_gate::principal::{HostSession, IdentifyError, Principal};
use biometry_gate::{BiometryGate, CaptureLimits};
use http::request::Parts;

use crate::platform::API_KEY;

pub(super) fn router(upstream: SocketAddr) -> Router {
    Router::new().nest_service("/biometry", biometry_gate_axum::routes(&gate(upstream)))
}

/// The gate of our routes, on any framework.
pub(super) fn gate(upstream: SocketAddr) -> BiometryGate {
    let base = BaseUrl::parse(&format!("http://{upstream}")).expect("an address");
    let client = Client::connect(base, ApiKey::parse(API_KEY).expect("a key")).expect("a client");
    let policy = Policy::for_session("statement", Threshold::percent(70.0).expect("a threshold"));
    BiometryGate::builder(client, identify)
        .policy(policy)
        .limits(Limits::default().starts(1_000_000, Duration::from_secs(60)))
        .capture_limits(CaptureLimits::default().with_total(Duration::from_secs(600)))
        .platform(|platform| platform.max_uploads(2_048))
        .build()
        .expect("a gate")
}

/// A stand-in for the host's session.
fn identify(head: &Parts) -> Result<Option<Principal>, IdentifyError> {
    let name = head.headers.get("x-caller").and_then(|value| value.to_str().ok());
    name.map(|name| Ok(Principal::new(name, HostSession::parse("bench")?)?)).transpose()
}
