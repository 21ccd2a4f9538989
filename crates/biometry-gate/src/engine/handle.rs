//! The one handle on a gate that hosts hold.

use std::sync::Arc;

use biometry_client::Client;

use super::Engine;
use super::builder::Builder;
use crate::principal::Identify;

/// The gate: built once at start-up, cheap to clone, shared by layers, routes and the host's own code.
///
/// Build one for a process and clone it: two gates with a memory store each know nothing of each other's decisions.
/// Call [`drain`](Self::drain) when the server has stopped.
///
/// ```
/// use biometry_gate::{BiometryGate, FromExtensions, Policy, Threshold};
///
/// # fn build(client: biometry_client::Client) -> Result<BiometryGate, Box<dyn std::error::Error>> {
/// let gate = BiometryGate::builder(client, FromExtensions)
///     .policy(Policy::for_session("statement", Threshold::percent(70.0)?))
///     .build()?;
/// # Ok(gate) }
/// # let _ = build;
/// ```
#[derive(Clone, Debug)]
pub struct BiometryGate(pub(crate) Arc<Engine>);

impl BiometryGate {
    /// Starts to build a gate, over a client of the platform and the host's way to tell who is calling.
    pub fn builder(client: Client, identify: impl Identify) -> Builder {
        Builder::new(client, Arc::new(identify))
    }
}
