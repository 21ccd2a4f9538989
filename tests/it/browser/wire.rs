//! Commands to a driver that the client library does not know, or has to be sent when there is no runtime any more.

use std::io::{self, BufRead as _, BufReader, Read as _, Write as _};
use std::net::TcpStream;
use std::time::Duration;

/// Sends a command and reads the answer's body.
pub(super) fn ask(port: u16, method: &str, path: &str, body: &str) -> io::Result<Vec<u8>> {
    read_body(&mut send(port, method, path, body)?)
}

pub(super) fn send(port: u16, method: &str, path: &str, body: &str) -> io::Result<BufReader<TcpStream>> {
    let length = body.len();
    let mut stream = TcpStream::connect(("127.0.0.1", port))?;
    stream.set_read_timeout(Some(PATIENCE))?;
    let head =
        format!("{method} {path} HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nContent-Length: {length}\r\n\r\n");
    stream.write_all(head.as_bytes())?;
    stream.write_all(body.as_bytes())?;
    Ok(BufReader::new(stream))
}

/// Reads one answer; drivers keep the connection open behind it.
fn read_body(stream: &mut BufReader<TcpStream>) -> io::Result<Vec<u8>> {
    let mut length = 0;
    for line in stream.by_ref().lines() {
        let line = line?.to_ascii_lowercase();
        match line.split_once(':') {
            Some(("content-length", value)) => {
                length = value.trim().parse().map_err(|_| io::ErrorKind::InvalidData)?;
            }
            None if line.is_empty() => break,
            _ => {}
        }
    }
    let mut body = vec![0; length];
    stream.read_exact(&mut body)?;
    Ok(body)
}

const PATIENCE: Duration = Duration::from_secs(60);
