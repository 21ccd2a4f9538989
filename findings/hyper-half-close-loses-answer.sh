#!/usr/bin/env bash
# hyper 1.12.0: a client that ends its side of the connection after the request gets no answer, and the handler is dropped.
#
# Expected: TCP lets a client say "that was all" and read on, as `nc -N` and scripts that call `shutdown(SHUT_WR)` do. The
#   request is complete, so that it is served and answered.
# Seen: unless the answer is ready at once, the handler's future is dropped at its next await and the connection ends
#   without a byte. With `http1::Builder::half_close(true)`, which the servers built on hyper leave off, it is answered.
set -euo pipefail
work=$(mktemp -d); trap 'rm -rf "$work"' EXIT; cd "$work"
export CARGO_TARGET_DIR=${CARGO_TARGET_DIR:-$work/target}

mkdir src
cat >Cargo.toml <<'TOML'
[package]
name = "half-close"
version = "0.0.0"
edition = "2021"
[dependencies]
hyper = { version = "=1.12.0", features = ["server", "http1"] }
hyper-util = { version = "=0.1.21", features = ["tokio"] }
http-body-util = "=0.1.5"
tokio = { version = "=1.54.1", features = ["io-util", "net", "rt", "time"] }
TOML
cat >src/main.rs <<'RUST'
use std::{convert::Infallible, time::Duration};
use std::sync::{Arc, atomic::{AtomicBool, Ordering}};
use http_body_util::Empty;
use hyper::{Response, body::Bytes, server::conn::http1, service::service_fn};
use hyper_util::rt::TokioIo;
use tokio::{io::{AsyncReadExt, AsyncWriteExt}, net::{TcpListener, TcpStream}};

/// What a client reads that half-closes after its request, and whether the handler ran to its end.
async fn tried(half_close: bool) -> (String, bool) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let mut client = TcpStream::connect(listener.local_addr().unwrap()).await.unwrap();
    let (server, _) = listener.accept().await.unwrap();
    client.write_all(b"GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n").await.unwrap();
    client.shutdown().await.unwrap();
    let finished = Arc::new(AtomicBool::new(false));
    let at_end = Arc::clone(&finished);
    let handler = service_fn(move |_| {
        let finished = Arc::clone(&at_end);
        async move {
            tokio::time::sleep(Duration::from_millis(200)).await;
            finished.store(true, Ordering::SeqCst);
            Ok::<_, Infallible>(Response::new(Empty::<Bytes>::new()))
        }
    });
    let connection = http1::Builder::new().half_close(half_close).serve_connection(TokioIo::new(server), handler);
    let mut answer = String::new();
    let serving = tokio::spawn(connection);
    client.read_to_string(&mut answer).await.unwrap();
    let _ = serving.await.unwrap();
    (answer.lines().next().unwrap_or("nothing").to_owned(), finished.load(Ordering::SeqCst))
}

fn main() {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    for half_close in [false, true] {
        let (answer, finished) = runtime.block_on(tried(half_close));
        println!("half_close({half_close}): the client reads {answer}, the handler came to its end: {finished}");
    }
}
RUST
cat >recorded <<'TEXT'
half_close(false): the client reads nothing, the handler came to its end: false
half_close(true): the client reads HTTP/1.1 200 OK, the handler came to its end: true
TEXT

cargo run --quiet | tee seen
diff recorded seen || { echo "changed: this is not the recorded behaviour"; exit 1; }
echo "as recorded"
