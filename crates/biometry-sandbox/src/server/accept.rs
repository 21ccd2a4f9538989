//! Accepting connections and serving HTTP/1.1 and cleartext HTTP/2 on them.

use std::sync::Arc;
use std::time::Duration;

use hyper::service::service_fn;
use hyper_util::rt::{TokioExecutor, TokioIo, TokioTimer};
use hyper_util::server::conn::auto;
use hyper_util::server::graceful::{GracefulShutdown, Watcher};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::oneshot;
use tokio::task::JoinSet;

use super::Inner;
use crate::edge;

/// Runs until it is stopped, then lets open exchanges finish for a while. Dropped, it ends all connections.
pub(super) async fn accept(listener: TcpListener, sandbox: Arc<Inner>, mut stop: oneshot::Receiver<()>) {
    let graceful = GracefulShutdown::new();
    let mut connections = JoinSet::new();
    loop {
        tokio::select! {
            accepted = listener.accept() => match accepted {
                Ok((stream, _)) => {
                    connections.spawn(serve(stream, Arc::clone(&sandbox), graceful.watcher()));
                }
                // Out of file descriptors, most likely: the next attempt would fail at once too.
                Err(_) => tokio::time::sleep(ACCEPT_PAUSE).await,
            },
            Some(_) = connections.join_next() => {}
            _ = &mut stop => break,
        }
    }
    drop(listener);
    let _ = tokio::time::timeout(GRACE, graceful.shutdown()).await;
}

async fn serve(stream: TcpStream, sandbox: Arc<Inner>, watcher: Watcher) {
    // Without delay a reply's last packet does not wait for an acknowledgement of the one before.
    let _ = stream.set_nodelay(true);
    let service = service_fn(move |request| edge::serve(Arc::clone(&sandbox), request));
    let mut server = auto::Builder::new(TokioExecutor::new());
    server.http1().timer(TokioTimer::new());
    server.http2().timer(TokioTimer::new());
    let connection = server.serve_connection(TokioIo::new(stream), service).into_owned();
    if let Err(error) = watcher.watch(connection).await {
        tracing::debug!(error, "a connection ended early");
    }
}

const ACCEPT_PAUSE: Duration = Duration::from_millis(50);
const GRACE: Duration = Duration::from_secs(5);
