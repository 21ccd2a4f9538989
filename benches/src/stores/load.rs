//! Callers who ask again as soon as they are answered.

use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Instant;

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tokio::task::JoinSet;

use super::process::Server;

/// How many requests a round has, and over how many connections.
#[derive(Clone, Copy, Debug)]
pub struct Load {
    /// Requests of one round.
    pub requests: usize,
    /// Connections that are open at once.
    pub connections: usize,
}

/// What one round came to.
#[derive(Clone, Copy, Debug)]
pub struct Sample {
    /// Requests in a second.
    pub rate: f64,
    /// Microseconds of processor time that the server took for a request; the database's and the clients' is not in it.
    pub processor: f64,
}

impl Load {
    /// One round. Anything but a 200 is a panic: something else was measured.
    ///
    /// Where callers are let in again and again, each of them was there a moment ago: between its rounds a contender is
    /// left alone for longer than a cache remembers.
    pub async fn run(self, server: &Server) -> Sample {
        if !server.contender.is_single_use() {
            Self { requests: server.callers.len(), ..self }.round(server).await;
        }
        let (processor, began) = (server.processor_time(), Instant::now());
        self.round(server).await;
        let taken = began.elapsed().as_secs_f64();
        let processor = (server.processor_time() - processor) * 1e6 / self.requests as f64;
        Sample { rate: self.requests as f64 / taken, processor }
    }

    /// One round that is not measured.
    pub async fn round(self, server: &Server) {
        let first = server.next_caller(self.requests);
        let next = Arc::new(AtomicUsize::new(0));
        let mut clients = JoinSet::new();
        for _ in 0..self.connections {
            let (address, next, callers) = (server.address, Arc::clone(&next), Arc::clone(&server.callers));
            clients.spawn(async move {
                let mut stream = TcpStream::connect(address).await?;
                stream.set_nodelay(true)?;
                let mut answer = Vec::with_capacity(1024);
                loop {
                    let place = next.fetch_add(1, Ordering::Relaxed);
                    if place >= self.requests {
                        return Ok::<_, io::Error>(());
                    }
                    let caller = &callers[(first + place) % callers.len()];
                    ask(&mut stream, address, caller, &mut answer).await?;
                }
            });
        }
        for outcome in clients.join_all().await {
            outcome.unwrap_or_else(|error| panic!("{}: {error}", server.contender.name));
        }
    }
}

async fn ask(
    stream: &mut TcpStream,
    address: SocketAddr,
    caller: &str,
    answer: &mut Vec<u8>,
) -> io::Result<()> {
    let request =
        format!("GET /statement HTTP/1.1\r\nhost: {address}\r\naccept: application/json\r\n{caller}\r\n\r\n");
    stream.write_all(request.as_bytes()).await?;
    answer.clear();
    while !answer.ends_with(b"\r\n\r\nstatement") {
        if stream.read_buf(answer).await? == 0 {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
        if answer.len() >= OK.len() && !answer.starts_with(OK) {
            return Err(io::Error::other(String::from_utf8_lossy(answer).into_owned()));
        }
    }
    Ok(())
}

const OK: &[u8] = b"HTTP/1.1 200";
