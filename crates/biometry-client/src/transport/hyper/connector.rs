//! How connections are made: within a time limit, by TLS beyond loopback, through a proxy where one is asked for.

use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;

use http::Uri;
use hyper_rustls::{HttpsConnector, MaybeHttpsStream};
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::client::legacy::connect::proxy::Tunnel;
use hyper_util::client::proxy::matcher::{Intercept, Matcher};
use hyper_util::rt::TokioIo;
use rustls::ClientConfig;
use tokio::net::TcpStream;
use tokio::time::timeout;
use tower_service::Service;

use crate::BoxError;

#[derive(Clone)]
pub(super) struct Connector {
    tcp: HttpConnector,
    tls: Arc<ClientConfig>,
    proxy: Option<Arc<Matcher>>,
    limit: Duration,
}

type Connection = MaybeHttpsStream<TokioIo<TcpStream>>;
type Connecting = Pin<Box<dyn Future<Output = Result<Connection, BoxError>> + Send>>;

impl Connector {
    pub(super) fn new(tls: Arc<ClientConfig>, proxy: Option<Arc<Matcher>>, limit: Duration) -> Self {
        let mut tcp = HttpConnector::new();
        // An address with the scheme `https` is no mistake here: TLS comes on top.
        tcp.enforce_http(false);
        tcp.set_nodelay(true);
        Self { tcp, tls, proxy, limit }
    }

    fn connect(&self, target: Uri) -> Connecting {
        let intercept = self.proxy.as_ref().and_then(|proxy| proxy.intercept(&target));
        let Some(intercept) = intercept else {
            return HttpsConnector::from((self.tcp.clone(), Arc::clone(&self.tls))).call(target);
        };
        match self.tunnel(&intercept) {
            Some(tunnel) => HttpsConnector::from((tunnel, Arc::clone(&self.tls))).call(target),
            None => Box::pin(std::future::ready(Err("the proxy is not one that is reached by http".into()))),
        }
    }

    fn tunnel(&self, intercept: &Intercept) -> Option<Tunnel<HttpConnector>> {
        if intercept.uri().scheme_str() != Some("http") {
            return None;
        }
        let tunnel = Tunnel::new(intercept.uri().clone(), self.tcp.clone());
        Some(match intercept.basic_auth() {
            Some(auth) => tunnel.with_auth(auth.clone()),
            None => tunnel,
        })
    }
}

impl Service<Uri> for Connector {
    type Response = Connection;
    type Error = BoxError;
    type Future = Connecting;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), BoxError>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, target: Uri) -> Connecting {
        let connecting = self.connect(target);
        let limit = self.limit;
        Box::pin(async move { timeout(limit, connecting).await? })
    }
}
