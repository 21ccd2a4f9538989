//! BiometryGate for axum: the mounted routes as a service, extractors, refusals as responses. [`getting_started`] goes through it
//! step by step.
//!
//! The layer itself comes from the core: [`BiometryGate::require`] and [`BiometryGate::require_for`] make tower
//! layers that fit [`Router::layer`](axum::Router::layer) and `route_layer`.
//!
//! ```
//! use axum::Router;
//! use axum::routing::get;
//! use biometry_gate::BiometryGate;
//! use biometry_gate_axum::Verified;
//!
//! fn app(gate: &BiometryGate) -> Result<Router, biometry_gate::ConfigError> {
//!     let gated = Router::new()
//!         .route("/statement", get(statement))
//!         // `route_layer`, so that unknown paths stay 404 instead of asking for a face.
//!         .route_layer(gate.require("statement")?);
//!     Ok(Router::new().merge(gated).nest_service("/biometry", biometry_gate_axum::routes(gate)))
//! }
//!
//! async fn statement(Verified(permit): Verified) -> String {
//!     format!("a live person was here, {:?} ago at most", permit.decision().expires_at())
//! }
//! # let _ = app;
//! ```
//!
//! [`StrictListener`] is for the listener given to `axum::serve`: what it does has to be done before hyper does it.
//!
//! Order matters in axum: a layer covers the routes that were added before it. The host's own session layer has to
//! be added after the gate, so that it runs first and the gate sees who is logged in.

mod extract;
#[doc = include_str!("docs/getting-started.md")]
pub mod getting_started {}
mod matched;
mod respond;
mod routes;
#[cfg(feature = "strict-http")]
pub mod strict_http;
mod target;

pub use self::extract::{
    Approved, BiometryConsent, BiometrySession, Consented, ConsentedToStorage, Verified,
};
pub use self::matched::{Matched, Named};
pub use self::respond::Refusal;
pub use self::routes::routes;
#[cfg(feature = "strict-http")]
pub use self::strict_http::{ConnectionLimits, StrictListener, StrictStream};
pub use self::target::keep_target;

#[doc(no_inline)]
pub use biometry_gate::{BiometryGate, BiometryGateLayer, BiometryGateService};

/// The examples of the README, run as tests.
#[cfg(doctest)]
#[doc = include_str!("../../../README.md")]
pub struct ReadmeExamples;
