use std::sync::Arc;
use std::time::Duration;

use hyper_util::client::legacy::Client;
use hyper_util::client::proxy::matcher::Matcher;
use hyper_util::rt::{TokioExecutor, TokioTimer};

use super::connections::{Clients, Connections, HttpClient};
use super::connector::Connector;
use super::{HyperTransport, tls};
use crate::transport::TransportError;

/// Builds a [`HyperTransport`]; the defaults are listed there.
#[derive(Clone, Debug)]
pub struct HyperTransportBuilder {
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

impl Default for HyperTransportBuilder {
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

impl HyperTransportBuilder {
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

    /// Uses the proxies the environment names (`HTTPS_PROXY`, `NO_PROXY` …), by `CONNECT` to an address that begins with
    /// `http://`; with a proxy of another kind no connection is made. Off by default: a person who can set a variable
    /// could otherwise learn whom you verify, and when.
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
    /// Of kind [`Setup`](crate::TransportErrorKind::Setup) when an extra root is no certificate or the TLS
    /// library refuses its configuration.
    pub fn build(self) -> Result<HyperTransport, TransportError> {
        let total_limit = self.total_limit;
        let proxy = match self.proxy {
            Proxy::None => None,
            Proxy::System => Some(Arc::new(Matcher::from_env())),
        };
        let recipe = Recipe { tls: Arc::new(tls::configure(&self.extra_roots)?), proxy, settings: self };
        Ok(HyperTransport { connections: Arc::new(Connections::new(recipe)), total_limit })
    }
}

/// What clients are made of: any number of them, all alike.
pub(super) struct Recipe {
    settings: HyperTransportBuilder,
    tls: Arc<rustls::ClientConfig>,
    proxy: Option<Arc<Matcher>>,
}

impl Recipe {
    pub(super) fn clients(&self) -> Clients {
        Clients { outward: self.client(self.proxy.clone()), loopback: self.client(None) }
    }

    fn client(&self, proxy: Option<Arc<Matcher>>) -> HttpClient {
        Client::builder(TokioExecutor::new())
            .pool_timer(TokioTimer::new())
            .pool_max_idle_per_host(self.settings.idle_connections)
            .pool_idle_timeout(self.settings.idle_time)
            .build(Connector::new(Arc::clone(&self.tls), proxy, self.settings.connect_limit))
    }
}
