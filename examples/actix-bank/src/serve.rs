use std::io;
use std::time::Duration;

use actix_web::App;
use actix_web::dev::{Server, ServerHandle};
use bank::Bank;
use biometry_gate::BiometryGate;
use biometry_gate_actix::strict_http;
use tokio::net::TcpListener;
use tokio::signal::unix::{Signal, SignalKind, signal};

use crate::host::Sessions;
use crate::routes::routes;

/// Serves the bank until SIGTERM or Ctrl-C, then finishes what is under way, for at most 30 seconds.
///
/// # Errors
/// When a route asks for a policy that the gate does not have, the signals cannot be listened for, or the listener
/// fails.
pub async fn serve(listener: TcpListener, bank: Bank, sessions: Sessions) -> io::Result<()> {
    let (gate, connections) = (bank.gate.clone(), bank.connections);
    let routes = routes(bank).map_err(io::Error::other)?;
    let signals = [signal(SignalKind::terminate())?, signal(SignalKind::interrupt())?];
    let app = move || App::new().configure(routes.clone()).wrap(sessions.middleware());
    let server = Server::build().disable_signals().shutdown_timeout(LONGEST_STOP_SECS);
    let mut server = strict_http::listen_with(server, listener.into_std()?, connections, app)?.run();
    let stopped = stop(server.handle(), gate, signals);
    tokio::select! {
        outcome = &mut server => return outcome,
        () = stopped => {}
    }
    server.await
}

/// Each of actix's workers goes as soon as its own connections are done, and takes what the gate has left running on it
/// along. So verifications are settled first.
async fn stop(server: ServerHandle, gate: BiometryGate, [mut terminate, mut interrupt]: [Signal; 2]) {
    tokio::select! {
        _ = terminate.recv() => {}
        _ = interrupt.recv() => {}
    }
    server.pause().await;
    if !gate.drain(LONGEST_DRAIN).await {
        tracing::warn!("some verifications were still under way");
    }
    server.stop(true).await;
}

const LONGEST_DRAIN: Duration = Duration::from_secs(25);
const LONGEST_STOP_SECS: u64 = 5;
