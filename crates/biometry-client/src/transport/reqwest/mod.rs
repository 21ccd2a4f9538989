//! The bundled transport: reqwest over rustls, with everything switched off that a key must not meet.

mod builder;
mod classify;
mod connections;
mod reply;
mod request;
mod tls;

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use tokio::time::{Instant, timeout_at};

pub use self::builder::ReqwestTransportBuilder;
use self::connections::Connections;
use super::{Deadline, Transport, TransportError, TransportErrorKind};
use crate::Body;
use crate::base_url::{is_loopback, is_permitted};

/// The bundled transport.
///
/// - TLS by rustls with the *ring* provider and the platform's trust store; no process-wide default
///   provider is needed or installed. Plain `http` to the loopback interface only.
/// - No redirects, cookies, `Referer`, decompression or repetition.
/// - The environment's proxies are ignored unless
///   [`system_proxy`](ReqwestTransportBuilder::system_proxy) asks for them; never used for loopback.
/// - Limits: 3 s for a connection, 60 s for the whole exchange including the reply's body, unless the
///   request carries a [`Deadline`].
///
/// Needs a tokio runtime with time and I/O enabled. Cheap to clone; clones share their connections. So do
/// the threads of a runtime; runtimes of a single thread, which actix-web's workers are, each have their own.
#[derive(Clone)]
pub struct ReqwestTransport {
    connections: Arc<Connections>,
    total_limit: Duration,
}

impl ReqwestTransport {
    /// A transport with these defaults to change.
    pub fn builder() -> ReqwestTransportBuilder {
        ReqwestTransportBuilder::default()
    }

    fn client_for(&self, uri: &http::Uri) -> Result<reqwest::Client, TransportError> {
        if !is_permitted(uri) {
            return Err(TransportError::not_sent(TransportErrorKind::Address));
        }
        let clients = self.connections.here();
        Ok(if is_loopback(uri) { clients.loopback } else { clients.outward })
    }
}

#[async_trait]
impl Transport for ReqwestTransport {
    async fn send(&self, request: http::Request<Body>) -> Result<http::Response<Body>, TransportError> {
        let client = self.client_for(request.uri())?;
        let limit = request.extensions().get().map_or(self.total_limit, |Deadline(limit)| *limit);
        let (request, watch) = request::convert(request)?;
        let now = Instant::now();
        let deadline = now.checked_add(limit).unwrap_or(now + NEVER);
        match timeout_at(deadline, client.execute(request)).await {
            Ok(Ok(response)) => match watch.take() {
                None => Ok(reply::convert(response, deadline)),
                // An answer to half an upload is an answer to something nobody asked.
                Some(cause) => Err(classify::broken_off(cause)),
            },
            Ok(Err(error)) => Err(classify::classify(&error, &watch)),
            Err(_) => Err(TransportError::maybe_sent(TransportErrorKind::Timeout)),
        }
    }
}

impl fmt::Debug for ReqwestTransport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ReqwestTransport").field("total_limit", &self.total_limit).finish_non_exhaustive()
    }
}

/// A limit beyond what the clock can count means none; thirty years do as well.
const NEVER: Duration = Duration::from_secs(30 * 365 * 24 * 60 * 60);
