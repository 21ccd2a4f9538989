use std::io;

use actix_web::{App, HttpServer};
use bank::Bank;
use tokio::net::TcpListener;
use tokio::signal::unix::{SignalKind, signal};

use crate::host::Sessions;
use crate::routes::routes;

/// Serves the bank until SIGTERM or Ctrl-C, then finishes what is under way, for 25 seconds at the most.
///
/// # Errors
/// When a route asks for a policy that the gate does not have, the signals cannot be listened for, or the listener
/// fails.
pub async fn serve(listener: TcpListener, bank: Bank, sessions: Sessions) -> io::Result<()> {
    let routes = routes(bank).map_err(io::Error::other)?;
    let mut terminate = signal(SignalKind::terminate())?;
    let mut interrupt = signal(SignalKind::interrupt())?;
    let stopped = async move {
        tokio::select! {
            _ = terminate.recv() => {}
            _ = interrupt.recv() => {}
        }
    };
    HttpServer::new(move || App::new().configure(routes.clone()).wrap(sessions.middleware()))
        .shutdown_signal(stopped)
        .shutdown_timeout(LONGEST_DRAIN_SECS)
        .listen(listener.into_std()?)?
        .run()
        .await
}

const LONGEST_DRAIN_SECS: u64 = 25;
