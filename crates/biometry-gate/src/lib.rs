//! Step-up by biometrics for Rust web applications.
//!
//! Placeholder essay.

pub mod audit;
mod capture;
pub mod challenge;
pub mod clock;
pub mod consent;
pub mod cross_site;
pub mod decision;
pub mod entropy;
pub mod gate;
pub mod id;
pub mod intent;
pub mod ledger;
pub mod phrase;
pub mod policy;
pub mod principal;
pub mod routes;
pub mod session;
pub mod store;
mod verifier;

pub use self::capture::CaptureLimits;
pub use self::gate::{BiometryGate, BiometryGateLayer, BiometryGateService, ConfigError, Denial, Permit};
