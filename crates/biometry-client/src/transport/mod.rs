//! How requests travel: a trait of one method, and the bundled transport behind it.

mod error;
#[cfg(feature = "hyper")]
mod hyper;
mod key_ring;
#[cfg(feature = "retry")]
mod retry;
mod tower;

use std::fmt::Debug;
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;

pub use self::error::{TransportError, TransportErrorKind};
#[cfg(feature = "hyper")]
pub use self::hyper::{HyperTransport, HyperTransportBuilder};
pub(crate) use self::key_ring::{KeyRing, Turns};
#[cfg(feature = "retry")]
pub use self::retry::{Backoff, Retrying};
pub use self::tower::{TowerTransport, TransportService};
use crate::Body;

/// Carries one request to the platform and brings the reply.
///
/// The client builds and reads; the transport only carries. An implementation
/// - follows no redirect: the key must not travel to an address that was not configured,
/// - bounds the time of the whole exchange, the reply's body included, and honours a [`Deadline`]
///   among the request's extensions instead of its own limit,
/// - aborts the request when its body yields an error, and never completes it short,
/// - adds no header of its own accord that names a user, and puts neither address nor header into
///   an error or a log,
/// - sends the request at most once.
///
/// Errors of the reply's body may be [`TransportError`]s, which the client then reports as they are;
/// anything else counts as a broken connection.
#[async_trait]
pub trait Transport: Debug + Send + Sync + 'static {
    /// Sends the request and returns once the reply's head is there.
    async fn send(&self, request: http::Request<Body>) -> Result<http::Response<Body>, TransportError>;
}

#[async_trait]
impl<T: Transport + ?Sized> Transport for Arc<T> {
    async fn send(&self, request: http::Request<Body>) -> Result<http::Response<Body>, TransportError> {
        (**self).send(request).await
    }
}

/// A request extension: the time this one exchange may take, from sending to the last byte of the
/// reply, instead of the transport's own limit.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Deadline(pub Duration);
