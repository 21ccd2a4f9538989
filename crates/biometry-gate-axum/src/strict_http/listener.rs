use std::io;

use axum::serve::Listener;

use biometry_gate::strict_http::{ConnectionLimits, Connections, StrictStream};

/// A listener for `axum::serve` whose connections let no request through whose end two readers could see in different
/// places, and which bounds every wait for a client. See the [module](super) for why.
#[derive(Debug)]
pub struct StrictListener<L> {
    inner: L,
    connections: Connections,
}

impl<L> StrictListener<L> {
    /// Puts the check behind `listener`, a [`TcpListener`](tokio::net::TcpListener) for example, with the default
    /// [limits](ConnectionLimits).
    pub fn new(listener: L) -> Self {
        Self { inner: listener, connections: Connections::default() }
    }

    /// With other limits; see [`ConnectionLimits`] for the defaults.
    #[must_use]
    pub fn limits(mut self, limits: ConnectionLimits) -> Self {
        self.connections = Connections::new(limits);
        self
    }
}

impl<L: Listener> Listener for StrictListener<L> {
    type Io = StrictStream<L::Io>;
    type Addr = L::Addr;

    async fn accept(&mut self) -> (Self::Io, Self::Addr) {
        let (io, address) = self.inner.accept().await;
        (self.connections.check(io), address)
    }

    fn local_addr(&self) -> io::Result<Self::Addr> {
        self.inner.local_addr()
    }
}
