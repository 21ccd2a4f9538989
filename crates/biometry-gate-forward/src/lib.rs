//! Forward authorization: a small server over the gate, which a reverse proxy asks before it hands a request on, so that
//! an application in any language is gated.
//!
//! nginx (`auth_request`), Caddy (`forward_auth`) and HAProxy (Lua) are tried; the folder `proxies` has a configuration
//! for each, and the chapter [`guide::forward`](biometry_gate::guide::forward) says how it all works and what each proxy
//! cannot carry.
//!
//! ```no_run
//! # async fn run() -> Result<(), Box<dyn std::error::Error + Send + Sync>> {
//! use biometry_gate_forward::{Config, Forward};
//!
//! let config = Config::read("/etc/biometry-gate/forward.toml".as_ref())?;
//! let forward = Forward::open(config).await?;
//! forward.serve().await?;
//! # Ok(()) }
//! ```

mod answers;
mod asked;
mod caller;
mod config;
mod forward;
mod handover;
mod once;
mod operations;
mod rules;
mod trust;

pub use self::config::{Config, ConfigError};
pub use self::forward::Forward;
