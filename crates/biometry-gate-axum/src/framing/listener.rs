use std::io;

use axum::serve::Listener;

use biometry_gate::framing::StrictStream;

/// A listener whose connections let no request through whose end two readers could see in different places.
/// See the [module](super) for why.
#[derive(Debug)]
pub struct StrictListener<L> {
    inner: L,
}

impl<L> StrictListener<L> {
    /// Puts the check behind `listener`: a [`TcpListener`](tokio::net::TcpListener), for example.
    pub fn new(listener: L) -> Self {
        Self { inner: listener }
    }
}

impl<L: Listener> Listener for StrictListener<L> {
    type Io = StrictStream<L::Io>;
    type Addr = L::Addr;

    async fn accept(&mut self) -> (Self::Io, Self::Addr) {
        let (io, address) = self.inner.accept().await;
        (StrictStream::new(io), address)
    }

    fn local_addr(&self) -> io::Result<Self::Addr> {
        self.inner.local_addr()
    }
}
