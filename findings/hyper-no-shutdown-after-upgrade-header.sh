#!/usr/bin/env bash
# hyper 1.12.0: one request with an `Upgrade` field keeps the server from ever shutting its connection down.
#
# Expected: a connection that was not upgraded ends as all others do: `poll_shutdown` is called on its IO, which is where
#   TLS says goodbye and where a server can wait for a client that is still sending.
# Seen: after a request with `Upgrade` that was answered 200 and not 101, hyper ends the connection by dropping the IO. It
#   holds for the rest of the connection, for any word in the field, and without `Connection: Upgrade`.
set -euo pipefail
work=$(mktemp -d); trap 'rm -rf "$work"' EXIT; cd "$work"
export CARGO_TARGET_DIR=${CARGO_TARGET_DIR:-$work/target}

mkdir src
cat >Cargo.toml <<'TOML'
[package]
name = "shut-down"
version = "0.0.0"
edition = "2021"
[dependencies]
hyper = { version = "=1.12.0", features = ["server", "http1"] }
hyper-util = { version = "=0.1.21", features = ["tokio"] }
http-body-util = "=0.1.5"
tokio = { version = "=1.54.1", features = ["io-util", "net", "rt", "time"] }
TOML
cat >src/main.rs <<'RUST'
use std::{convert::Infallible, pin::Pin, task::{Context, Poll}};
use std::sync::{Arc, atomic::{AtomicBool, Ordering}};
use http_body_util::Empty;
use hyper::{Response, body::Bytes, server::conn::http1, service::service_fn};
use hyper_util::rt::TokioIo;
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt, DuplexStream, ReadBuf};

/// Remembers whether it has been shut down.
struct Watched(DuplexStream, Arc<AtomicBool>);

impl AsyncRead for Watched {
    fn poll_read(mut self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &mut ReadBuf<'_>) -> Poll<std::io::Result<()>> {
        Pin::new(&mut self.0).poll_read(cx, buf)
    }
}

impl AsyncWrite for Watched {
    fn poll_write(mut self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &[u8]) -> Poll<std::io::Result<usize>> {
        Pin::new(&mut self.0).poll_write(cx, buf)
    }
    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<std::io::Result<()>> {
        Pin::new(&mut self.0).poll_flush(cx)
    }
    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<std::io::Result<()>> {
        self.1.store(true, Ordering::SeqCst);
        Pin::new(&mut self.0).poll_shutdown(cx)
    }
}

/// Whether a connection is shut down that ends after a request with these fields and another one without them.
async fn is_shut_down(fields: &str) -> bool {
    let (mut client, server) = tokio::io::duplex(65536);
    let shut_down = Arc::new(AtomicBool::new(false));
    let io = TokioIo::new(Watched(server, Arc::clone(&shut_down)));
    let answer = service_fn(|_| async { Ok::<_, Infallible>(Response::new(Empty::<Bytes>::new())) });
    let connection = http1::Builder::new().serve_connection(io, answer).with_upgrades();
    let requests = format!("GET / HTTP/1.1\r\nHost: a\r\n{fields}\r\nGET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n");
    client.write_all(requests.as_bytes()).await.unwrap();
    let mut answers = String::new();
    let serving = tokio::spawn(connection);
    client.read_to_string(&mut answers).await.unwrap();
    serving.await.unwrap().unwrap();
    assert_eq!(answers.matches("HTTP/1.1 200 OK").count(), 2);
    shut_down.load(Ordering::SeqCst)
}

fn main() {
    let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
    for fields in ["", "Connection: Upgrade\r\nUpgrade: websocket\r\n", "Upgrade: anything\r\n"] {
        println!("{fields:?}: shut down {}", runtime.block_on(is_shut_down(fields)));
    }
}
RUST
cat >recorded <<'TEXT'
"": shut down true
"Connection: Upgrade\r\nUpgrade: websocket\r\n": shut down false
"Upgrade: anything\r\n": shut down false
TEXT

cargo run --quiet | tee seen
diff recorded seen || { echo "changed: this is not the recorded behaviour"; exit 1; }
echo "as recorded"
