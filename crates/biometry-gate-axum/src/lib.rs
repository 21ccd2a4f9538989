//! BiometryGate for axum: gate routes behind proof that the right living person is there. [`getting_started`] goes
//! through it step by step.
//!
//! The core's layers fit axum as they are: [`BiometryGate::require`] and
//! [`require_for_json`](BiometryGate::require_for_json) make tower layers for [`Router::layer`](axum::Router::layer)
//! and `route_layer`. This crate adds what axum has and tower has not: extractors, refusals as responses, the route
//! that the router has matched, and a listener.
//!
//! # A whole application
//!
//! It names the caller, gates a route, mounts the routes that the browser talks to, and takes the proof into a
//! handler's signature. Here it answers two requests, one without a login and one without a verification:
//!
//! ```
//! use axum::extract::Request;
//! use axum::middleware::{Next, from_fn};
//! use axum::response::Response;
//! use axum::{Router, routing::get};
//! use biometry_client::{ApiKey, BaseUrl, Client};
//! use biometry_gate::principal::{FromExtensions, HostSession, Principal};
//! use biometry_gate::{BiometryGate, Policy, Threshold};
//! use biometry_gate_axum::{Refusal, Verified};
//!
//! fn app(api_key: &str) -> Result<Router, Box<dyn std::error::Error>> {
//!     let client = Client::connect(BaseUrl::production(), ApiKey::parse(api_key)?)?;
//!     let gate = BiometryGate::builder(client, FromExtensions)
//!         .policy(Policy::for_session("export", Threshold::percent(70.0)?))
//!         .build()?;
//!     Ok(Router::new()
//!         .route("/export", get(export).route_layer(gate.require("export")?))
//!         .nest_service("/biometry", biometry_gate_axum::routes(&gate))
//!         // Added last, so that it runs first.
//!         .layer(from_fn(name_the_principal)))
//! }
//!
//! /// Runs only for a caller whose policy is satisfied.
//! async fn export(Verified(permit): Verified) -> Result<String, Refusal> {
//!     permit.expect_policy("export")?;
//!     Ok(format!("the data of {}", permit.subject().as_str()))
//! }
//!
//! /// Stands for your own session middleware.
//! async fn name_the_principal(mut request: Request, next: Next) -> Response {
//!     if request.headers().get("cookie").is_some_and(|cookie| cookie == "session=b6f1d2") {
//!         let session = HostSession::parse("b6f1d2").expect("visible ASCII");
//!         request.extensions_mut().insert(Principal::new("ana", session).expect("not empty"));
//!     }
//!     next.run(request).await
//! }
//!
//! # #[tokio::main(flavor = "current_thread")] async fn main() -> Result<(), Box<dyn std::error::Error>> {
//! # use axum::body::{Body, to_bytes};
//! # use tower::ServiceExt as _;
//! # // A fake key that names the three services of the policy.
//! # let key_from_your_secret_store = "eyJhbGciOiJIUzI1NiJ9.eyJpZCI6ImstMSIsInNlbGVjdGVkX3NlcnZpY2VzIjpbIkZhY2UgTGl2ZW5lc3MgRGV0ZWN0aW9uIiwiRmFjZSBSZWNvZ25pdGlvbiIsIlZpc3VhbCBTcGVlY2ggUmVjb2duaXRpb24iXX0.c2ln";
//! let app = app(key_from_your_secret_store)?;
//! for (cookie, code) in [("", "authentication-required"), ("session=b6f1d2", "step-up-required")] {
//!     let request = Request::get("/export").header("cookie", cookie).body(Body::empty())?;
//!     let refusal = app.clone().oneshot(request).await?;
//!     assert_eq!(refusal.status(), 401);
//!     let problem = to_bytes(refusal.into_body(), 10_000).await?;
//!     assert!(problem.windows(code.len()).any(|text| text == code.as_bytes()));
//! }
//! # Ok(()) }
//! ```
//!
//! # What is here
//!
//! | to | use |
//! |---|---|
//! | mount the routes | [`routes`] |
//! | gate a route | [`BiometryGate::require`] |
//! | gate an operation | [`BiometryGate::require_for_json`] with [`Matched`], or [`Named`] |
//! | get the permit, the approved value | [`Verified`], [`Approved`] |
//! | get the caller's session or consent | [`BiometrySession`], [`BiometryConsent`], [`Consented`], [`ConsentedToStorage`] |
//! | refuse in the same form | [`Refusal`] |
//! | bring a browser back into a nested router | [`keep_target`] |
//! | refuse requests that two readers could frame differently | [`StrictListener`] |
//!
//! # Order
//!
//! A layer of axum covers the routes that were added before it, and what was added last runs first. Add the host's
//! session layer after the gate and the mounted routes, so that both see who is logged in. Prefer `route_layer` for the
//! gate, so that unknown paths stay 404 instead of asking for a face. Put CORS outside of the gate, so that a page can
//! read a refusal.

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
