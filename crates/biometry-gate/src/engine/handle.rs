use std::sync::Arc;

use biometry_client::Client;

use super::Engine;
use super::builder::Builder;
use crate::principal::Identify;

/// The gate: built once, cheap to clone, shared by layers, routes and the host's own code.
#[derive(Clone, Debug)]
pub struct BiometryGate(pub(crate) Arc<Engine>);

impl BiometryGate {
    /// Starts to build a gate over a client of the platform and the host's way to tell who is calling.
    pub fn builder(client: Client, identify: impl Identify) -> Builder {
        Builder::new(client, Arc::new(identify))
    }
}
