//! `relay-proxy WORD UPSTREAM WIRE FOLDER`: one of the proxies that are written in Rust, with the certificate in a folder.
//! Prints where it listens.

use std::io;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use biometry_gate_benches::relay::proxies::{TlsListener, on_actix, router};
use biometry_gate_benches::relay::wire::Wire;
use tokio::net::{TcpListener, TcpSocket};

#[tokio::main]
async fn main() -> ExitCode {
    let Some((word, upstream, wire, folder)) = arguments() else {
        eprintln!("usage: relay-proxy WORD UPSTREAM WIRE FOLDER");
        return ExitCode::from(2);
    };
    // The peers' clients ask for one, though what they speak with the upstream is not encrypted.
    let _ = rustls::crypto::ring::default_provider().install_default();
    match serve(&word, upstream, wire, &folder).await {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("relay-proxy: {error}");
            ExitCode::FAILURE
        }
    }
}

fn arguments() -> Option<(String, SocketAddr, Wire, PathBuf)> {
    let mut arguments = std::env::args().skip(1);
    let (word, upstream, wire) = (arguments.next()?, arguments.next()?.parse().ok()?, arguments.next()?);
    Some((word, upstream, Wire::parse(&wire)?, arguments.next()?.into()))
}

async fn serve(word: &str, upstream: SocketAddr, wire: Wire, folder: &Path) -> io::Result<()> {
    let listener = listen()?;
    if word == "ours-on-actix" {
        return on_actix::serve(listener.into_std()?, upstream, wire, folder)?.await;
    }
    if word == "raw-on-actix" {
        return on_actix::pipe_all(listener.into_std()?, upstream)?.await;
    }
    if word == "drop-on-actix" {
        return on_actix::drop_all(listener.into_std()?)?.await;
    }
    let router =
        router(word, upstream).ok_or_else(|| io::Error::other(format!("there is no proxy {word}")))?;
    match wire {
        Wire::Http1 | Wire::Http2 => axum::serve(listener, router).await,
        Wire::Tls => axum::serve(TlsListener::new(listener, folder)?, router).await,
    }
}

/// Listens on a free port, and says on which.
fn listen() -> io::Result<TcpListener> {
    let socket = TcpSocket::new_v4()?;
    socket.bind(([127, 0, 0, 1], 0).into())?;
    let listener = socket.listen(4_096)?;
    println!("{}", listener.local_addr()?);
    Ok(listener)
}
