//! Callers who ask again as soon as they are answered.

use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Instant;

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tokio::task::JoinSet;

use super::rivals::Rival;

/// How many requests a round has, and over how many connections.
#[derive(Clone, Copy, Debug)]
pub struct Load {
    /// Requests of one round.
    pub requests: usize,
    /// Connections that are open at once.
    pub connections: usize,
}

impl Load {
    /// Requests per second of one round. Anything but a 200 is a panic: something else was measured.
    ///
    /// Where callers are let in again and again, each of them was there a moment ago: between its rounds a contender is
    /// left alone for longer than a cache remembers.
    pub async fn run(self, rival: &Rival) -> f64 {
        if rival.lets_in_again() {
            Self { requests: rival.live, ..self }.round(rival).await;
        }
        self.round(rival).await
    }

    async fn round(self, rival: &Rival) -> f64 {
        let first = rival.next_caller(self.requests);
        let next = Arc::new(AtomicUsize::new(0));
        let mut callers = JoinSet::new();
        let began = Instant::now();
        for _ in 0..self.connections {
            let (address, live, next) = (rival.address, rival.live, Arc::clone(&next));
            callers.spawn(async move {
                let mut stream = TcpStream::connect(address).await?;
                stream.set_nodelay(true)?;
                let mut answer = Vec::with_capacity(1024);
                loop {
                    let place = next.fetch_add(1, Ordering::Relaxed);
                    if place >= self.requests {
                        return Ok::<_, io::Error>(());
                    }
                    ask(&mut stream, address, (first + place) % live, &mut answer).await?;
                }
            });
        }
        for outcome in callers.join_all().await {
            outcome.unwrap_or_else(|error| panic!("{}: {error}", rival.name));
        }
        self.requests as f64 / began.elapsed().as_secs_f64()
    }
}

async fn ask(
    stream: &mut TcpStream,
    address: SocketAddr,
    caller: usize,
    answer: &mut Vec<u8>,
) -> io::Result<()> {
    let request = format!(
        "GET /statement HTTP/1.1\r\nhost: {address}\r\naccept: application/json\r\nx-caller: {caller}\r\n\r\n"
    );
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
