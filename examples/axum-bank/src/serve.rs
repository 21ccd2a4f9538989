use std::io;
use std::time::Duration;

use axum::Router;
use axum::serve::ListenerExt as _;
use biometry_gate::strict_http::ConnectionLimits;
use biometry_gate_axum::StrictListener;
use tokio::net::TcpListener;
use tokio::signal::unix::{SignalKind, signal};
use tokio::sync::watch;

/// Serves until SIGTERM or Ctrl-C, then finishes what is under way, for at most 25 seconds.
///
/// # Errors
/// When the signals cannot be listened for, or the listener fails.
pub async fn serve(listener: TcpListener, app: Router, connections: ConnectionLimits) -> io::Result<()> {
    let (stopping, stop) = watch::channel(false);
    let mut terminate = signal(SignalKind::terminate())?;
    let mut interrupt = signal(SignalKind::interrupt())?;
    tokio::spawn(async move {
        tokio::select! {
            _ = terminate.recv() => {}
            _ = interrupt.recv() => {}
        }
        let _ = stopping.send(true);
    });
    // What is written is whole, so it should not wait for more: a browser's acknowledgement may take 40 ms.
    let listener = listener.tap_io(|stream| drop(stream.set_nodelay(true)));
    let listener = StrictListener::new(listener).limits(connections);
    let server = axum::serve(listener, app).with_graceful_shutdown(stopped(stop.clone()));
    tokio::select! {
        outcome = server => outcome,
        () = late(stop) => {
            tracing::warn!("some requests were still under way");
            Ok(())
        }
    }
}

async fn stopped(mut stop: watch::Receiver<bool>) {
    // A sender that is gone means the same.
    let _ = stop.wait_for(|&stopping| stopping).await;
}

async fn late(stop: watch::Receiver<bool>) {
    stopped(stop).await;
    tokio::time::sleep(LONGEST_DRAIN).await;
}

const LONGEST_DRAIN: Duration = Duration::from_secs(25);
