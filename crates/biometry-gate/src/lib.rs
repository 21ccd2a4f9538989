//! Step-up by biometrics for Rust web applications: a request passes only with proof that the right living person is
//! there.
//!
//! Teams gate sensitive routes, a payment or an admin action, behind a short video in which the user speaks a phrase.
//! The Biometry platform judges the video; this crate is the part on the server: it issues the phrase, relays the
//! upload while it arrives, holds the platform's reply against a policy, keeps what follows as a decision, and lets
//! requests through that a decision covers. The platform's key never leaves the server.
//!
//! ```
//! use biometry_client::Client;
//! use biometry_gate::{BiometryGate, BiometryGateLayer, FromExtensions, Policy, Threshold};
//!
//! fn gate(client: Client) -> Result<(BiometryGate, BiometryGateLayer), Box<dyn std::error::Error>> {
//!     let gate = BiometryGate::builder(client, FromExtensions)
//!         .policy(Policy::for_session("statement", Threshold::percent(70.0)?))
//!         .build()?;
//!     // Around the routes that show statements; `gate.routes()` is what the browser talks to.
//!     let layer = gate.require("statement")?;
//!     Ok((gate, layer))
//! }
//! # let _ = gate;
//! ```
//!
//! # Two paths
//!
//! - The **write path** turns a capture into a decision: [`routes`] take it in, consent is checked, the session is
//!   claimed, the capture is relayed, `decision::decide` concludes, the [`store`] settles.
//! - The **read path** turns a request into a [`Permit`] or a [`Denial`]: [`gate`] asks the host who is calling and the
//!   store for a decision that admits the policy.
//!
//! A subject's record has the rules of sessions, limits, single use and revocation, as plain transitions of plain data; a store
//! only makes them atomic. Nothing below [`gate`], [`routes`] and the stores waits for anything or reads a clock.
//!
//! # What it holds to
//!
//! - **One way in.** Only positive proof opens a route: exactly `pass`, a score that reaches the threshold, every
//!   required service present and passed, the issued phrase on the lips, no other person's face. What is unknown, missing,
//!   late or contradictory is refused.
//! - **Streams stay streams.** No capture is held, copied whole, or written to disk, and an aborted upload never
//!   arrives as a short complete one.
//! - **No secrets in output.** Keys, subjects, phrases, scores and media never appear in logs, `Debug`, errors or
//!   answers.
//! - **Misconfiguration is an error at start-up** that says how to fix it.
//!
//! # Features
//!
//! - `login` (default): signing in by face, for callers without a principal.
//! - `forms` (default): typed operations that are forms, by `require_for_form`.
//! - `documents` (default): the routes that check identity documents and match faces.
//! - `webhooks` (default): the route that takes what the platform delivers by itself.
//! - `strict-http` (default): refuses requests that two readers could frame differently, before a server reads them.
//! - `metrics`: counts and times what the gate does, through the [`metrics`](https://docs.rs/metrics) facade; see [`metrics`].
//! - `openapi`: describes the mounted routes as an OpenAPI 3.1 document, at `/openapi.json` below them.
//! - `receipts`: signed [receipts](guide::receipts) for services behind the app, and their public keys at `/jwks.json`.
//! - `shared-store`: stores that replicas share, and the near cache; crates of stores turn it on by themselves.
//!
//! Web frameworks are adapters' business: `biometry-gate-axum` is one. This crate speaks `http` 1.x and tower.

// A record is the same with and without the routes that write it, because replicas may differ in their features. Dead
// code is found where everything is built.
#![cfg_attr(
    not(all(feature = "documents", feature = "login", feature = "webhooks")),
    expect(
        dead_code,
        reason = "only the routes that are left out use some of what records, stores and uploads can do"
    )
)]
#![cfg_attr(
    not(all(feature = "documents", feature = "login")),
    expect(
        unused_imports,
        reason = "only the routes that are left out import some of what the write path shows"
    )
)]

pub mod audit;
mod capture;
pub mod challenge;
pub mod clock;
pub mod consent;
mod consents;
pub mod cross_site;
pub mod decision;
mod denial;
pub mod document;
mod engine;
pub mod enrollment;
pub mod entropy;
mod forward_compat;
#[cfg(fuzzing)]
#[doc(hidden)]
pub mod fuzzing;
pub mod gate;
pub mod guide;
pub mod id;
pub mod intent;
mod lingering;
#[cfg(feature = "login")]
mod login;
pub mod metrics;
mod mounted_routes;
mod outbox;
#[doc(hidden)]
pub mod phrase;
pub mod policy;
pub mod principal;
#[cfg(feature = "receipts")]
pub mod receipts;
#[cfg_attr(
    not(any(feature = "shared-store", test)),
    expect(
        dead_code,
        reason = "only stores that replicas share drop records and keep revocations of tenants"
    )
)]
mod record;
mod request_head;
mod request_ids;
pub mod routes;
pub mod session;
pub mod store;
#[cfg(feature = "strict-http")]
pub mod strict_http;
mod verifier;
#[cfg(feature = "webhooks")]
pub mod webhook;

pub use self::capture::CaptureLimits;
pub use self::consent::{Consent, Purpose};
pub use self::decision::Decision;
pub use self::denial::Denial;
pub use self::engine::{BiometryGate, Builder, ConfigError};
pub use self::gate::{BiometryGateLayer, BiometryGateService, IntentError, Permit};
pub use self::intent::Intent;
#[cfg(feature = "login")]
pub use self::login::SignedIn;
pub use self::policy::{Policy, Threshold};
pub use self::principal::{FromExtensions, Identify, Principal, Tenant};
pub use self::record::Limits;
pub use self::store::MemoryStore;
