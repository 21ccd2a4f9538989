use std::sync::Arc;
use std::time::Duration;

use reqwest::redirect::Policy;
use reqwest::{Client, ClientBuilder, retry};

use super::connections::{Clients, Connections};
use super::{ReqwestTransport, tls};
use crate::transport::{TransportError, TransportErrorKind};

/// Builds a [`ReqwestTransport`]; the defaults are listed there.
#[derive(Clone, Debug)]
pub struct ReqwestTransportBuilder {
    connect_limit: Duration,
    total_limit: Duration,
    idle_connections: usize,
    idle_time: Duration,
    proxy: Proxy,
    extra_roots: Vec<Vec<u8>>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Proxy {
    None,
    System,
}

impl Default for ReqwestTransportBuilder {
    fn default() -> Self {
        Self {
            connect_limit: Duration::from_secs(3),
            total_limit: Duration::from_secs(60),
            idle_connections: 32,
            idle_time: Duration::from_secs(60),
            proxy: Proxy::None,
            extra_roots: Vec::new(),
        }
    }
}

impl ReqwestTransportBuilder {
    /// How long making a connection may take, TLS included. Default 3 s.
    pub fn connect_limit(mut self, limit: Duration) -> Self {
        self.connect_limit = limit;
        self
    }

    /// How long an exchange may take from sending to the last byte of the reply. Default 60 s. A
    /// single request replaces it by a [`Deadline`](crate::Deadline).
    pub fn total_limit(mut self, limit: Duration) -> Self {
        self.total_limit = limit;
        self
    }

    /// How many idle connections are kept, and for how long; on runtimes of a single thread, by each of them. Default 32
    /// for 60 s.
    pub fn idle_connections(mut self, count: usize, time: Duration) -> Self {
        self.idle_connections = count;
        self.idle_time = time;
        self
    }

    /// Uses the proxies the environment names (`HTTPS_PROXY`, `NO_PROXY` …). Off by default: whoever
    /// can set a variable could otherwise learn whom you verify, and when.
    pub fn system_proxy(mut self) -> Self {
        self.proxy = Proxy::System;
        self
    }

    /// Trusts one more certificate authority, given as DER, besides the platform's trust store.
    pub fn add_root_certificate(mut self, der: impl Into<Vec<u8>>) -> Self {
        self.extra_roots.push(der.into());
        self
    }

    /// Builds the transport. On a machine without trusted certificates this succeeds, and every TLS
    /// handshake fails instead: loopback needs none.
    ///
    /// # Errors
    /// Of kind [`Setup`](TransportErrorKind::Setup) when an extra root is no certificate or the TLS
    /// library refuses its configuration.
    pub fn build(self) -> Result<ReqwestTransport, TransportError> {
        let total_limit = self.total_limit;
        let recipe = Recipe { tls: tls::configure(&self.extra_roots)?, settings: self };
        Ok(ReqwestTransport { connections: Arc::new(Connections::new(recipe)?), total_limit })
    }
}

/// What clients are made of: any number of them, all alike.
pub(super) struct Recipe {
    settings: ReqwestTransportBuilder,
    tls: rustls::ClientConfig,
}

impl Recipe {
    pub(super) fn clients(&self) -> Result<Clients, TransportError> {
        let outward = match self.settings.proxy {
            Proxy::None => self.client().no_proxy(),
            Proxy::System => self.client(),
        };
        Ok(Clients { outward: finish(outward)?, loopback: finish(self.client().no_proxy())? })
    }

    fn client(&self) -> ClientBuilder {
        // Whatever features the rest of the build has switched on in reqwest, these stay off.
        Client::builder()
            .tls_backend_preconfigured(self.tls.clone())
            .redirect(Policy::none())
            .retry(retry::never())
            .referer(false)
            .no_gzip()
            .no_brotli()
            .no_deflate()
            .no_zstd()
            .connect_timeout(self.settings.connect_limit)
            .pool_max_idle_per_host(self.settings.idle_connections)
            .pool_idle_timeout(self.settings.idle_time)
    }
}

fn finish(builder: ClientBuilder) -> Result<Client, TransportError> {
    builder.build().map_err(|_| TransportError::not_sent(TransportErrorKind::Setup))
}
