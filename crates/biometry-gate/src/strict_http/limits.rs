use std::sync::Arc;
use std::time::Duration;

use super::StrictStream;
use crate::capture::CaptureLimits;
use crate::lingering::Lingering;

/// How long a listener waits for the clients of its connections, against clients that are slow on purpose.
///
/// The reader of a request's body sets its own limits: uploads have [`CaptureLimits`].
///
/// ```
/// use biometry_gate::strict_http::ConnectionLimits;
/// use std::time::Duration;
///
/// let limits = ConnectionLimits::default().with_head(Duration::from_secs(5));
/// assert_eq!(limits.idle(), Duration::from_secs(60));
/// ```
#[derive(Clone, Copy, Debug)]
pub struct ConnectionLimits {
    head: Duration,
    idle: Duration,
    write: Duration,
    uploads: CaptureLimits,
    lingering: usize,
}

impl Default for ConnectionLimits {
    fn default() -> Self {
        Self {
            head: Duration::from_secs(10),
            idle: Duration::from_secs(60),
            write: Duration::from_secs(30),
            uploads: CaptureLimits::default(),
            lingering: 1_024,
        }
    }
}

impl ConnectionLimits {
    /// From a request's first byte to the end of its head. Default 10 s; then the answer is 400.
    #[must_use]
    pub const fn with_head(mut self, time: Duration) -> Self {
        self.head = time;
        self
    }

    /// How long a connection may wait for its next request, or for its first. Default 60 s; then it is closed.
    #[must_use]
    pub const fn with_idle(mut self, time: Duration) -> Self {
        self.idle = time;
        self
    }

    /// How long a client may take nothing of an answer. Default 30 s; then the connection breaks off.
    #[must_use]
    pub const fn with_write(mut self, time: Duration) -> Self {
        self.write = time;
        self
    }

    /// What an upload may take: a client that was answered early is heard out for as long and as much as that. Give what the
    /// gate has. Default: its defaults.
    #[must_use]
    pub const fn with_uploads(mut self, limits: CaptureLimits) -> Self {
        self.uploads = limits;
        self
    }

    /// How many connections are heard out at a time. Default 1,024; beyond that, those end early that were answered 401,
    /// the oldest first.
    #[must_use]
    pub const fn with_lingering(mut self, connections: usize) -> Self {
        self.lingering = connections;
        self
    }

    pub(super) const fn head(&self) -> Duration {
        self.head
    }

    /// How long a connection may wait for its next request, or for its first.
    pub const fn idle(&self) -> Duration {
        self.idle
    }

    pub(super) const fn write(&self) -> Duration {
        self.write
    }

    pub(super) const fn uploads(&self) -> CaptureLimits {
        self.uploads
    }
}

/// What the connections of one listener have in common: their limits, and how many of them linger after an early
/// answer. Cheap to clone. Make one for a listener, and [`check`](Self::check) every connection with it.
#[derive(Clone, Debug)]
pub struct Connections(Arc<Shared>);

#[derive(Debug)]
struct Shared {
    limits: ConnectionLimits,
    lingering: Lingering,
}

impl Connections {
    /// For a listener with these limits.
    pub fn new(limits: ConnectionLimits) -> Self {
        let lingering = Lingering::new(limits.lingering);
        Self(Arc::new(Shared { limits, lingering }))
    }

    /// Puts the check around a connection that was accepted, before the server reads from it; behind TLS, around the
    /// decrypted stream.
    pub fn check<IO>(&self, io: IO) -> StrictStream<IO>
    where
        IO: super::Io,
    {
        StrictStream::among(io, self.clone())
    }

    pub(super) fn limits(&self) -> &ConnectionLimits {
        &self.0.limits
    }

    pub(super) fn lingering(&self) -> &Lingering {
        &self.0.lingering
    }
}

impl Default for Connections {
    fn default() -> Self {
        Self::new(ConnectionLimits::default())
    }
}
