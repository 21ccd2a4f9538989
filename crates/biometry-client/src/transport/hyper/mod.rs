//! The bundled transport: HTTP/1.1 by hyper over rustls, which changes nothing in how the rest of a program uses either.

mod builder;
mod classify;
mod connections;
mod connector;
mod reply;
mod request;
mod tls;

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use tokio::time::{Instant, timeout_at};

pub use self::builder::HyperTransportBuilder;
use self::connections::{Connections, HttpClient};
use super::{Deadline, Transport, TransportError, TransportErrorKind};
use crate::Body;
use crate::base_url::{is_loopback, is_permitted};

/// The bundled transport.
///
/// - HTTP/1.1 over TLS 1.3, with the platform's trust store. Plain `http` to the loopback interface only.
/// - Cryptography by *ring*, unless the process has a default provider of rustls when the transport is built: then by
///   that one, with the versions of TLS that it has. No feature of `rustls` is switched on but `std`, and no default is
///   needed or installed, so that a program's own use of rustls is what it would be without this crate.
/// - No redirects, cookies, `Referer`, decompression or repetition.
/// - The environment's proxies are ignored unless [`system_proxy`](HyperTransportBuilder::system_proxy) asks for them;
///   never used for loopback.
/// - Limits: 3 s for a connection, 60 s for the whole exchange including the reply's body, unless the
///   request carries a [`Deadline`].
///
/// To reach a server that knows TLS 1.2 alone, depend on `rustls` with its feature `tls12` and install one of its
/// providers as the default in `main`, before the transport is built.
///
/// Needs a tokio runtime with time and I/O enabled. Cheap to clone; clones share their connections. So do
/// the threads of a runtime; runtimes of a single thread, which actix-web's workers are, each have their own.
#[derive(Clone)]
pub struct HyperTransport {
    connections: Arc<Connections>,
    total_limit: Duration,
}

impl HyperTransport {
    /// A transport with these defaults to change.
    pub fn builder() -> HyperTransportBuilder {
        HyperTransportBuilder::default()
    }

    fn client_for(&self, uri: &http::Uri) -> Result<HttpClient, TransportError> {
        if !is_permitted(uri) {
            return Err(TransportError::not_sent(TransportErrorKind::Address));
        }
        let clients = self.connections.here();
        Ok(if is_loopback(uri) { clients.loopback } else { clients.outward })
    }
}

#[async_trait]
impl Transport for HyperTransport {
    async fn send(&self, request: http::Request<Body>) -> Result<http::Response<Body>, TransportError> {
        let client = self.client_for(request.uri())?;
        let limit = request.extensions().get().map_or(self.total_limit, |Deadline(limit)| *limit);
        let (request, watch) = request::convert(request);
        let now = Instant::now();
        let deadline = now.checked_add(limit).unwrap_or(now + NEVER);
        match timeout_at(deadline, client.request(request)).await {
            Ok(Ok(response)) => match watch.take() {
                None => Ok(reply::convert(response, deadline)),
                // An answer to half an upload answers something else than the call.
                Some(cause) => Err(classify::broken_off(cause)),
            },
            Ok(Err(error)) => Err(classify::classify(&error, &watch)),
            Err(_) => Err(TransportError::maybe_sent(TransportErrorKind::Timeout)),
        }
    }
}

impl fmt::Debug for HyperTransport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("HyperTransport").field("total_limit", &self.total_limit).finish_non_exhaustive()
    }
}

/// A limit beyond what the clock can count means none; thirty years do as well.
const NEVER: Duration = Duration::from_secs(30 * 365 * 24 * 60 * 60);
