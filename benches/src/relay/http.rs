//! Just enough of HTTP/1.1 to send a request on a connection of its own and read the answer.

use std::io;
use std::net::SocketAddr;

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};

use super::upload::Target;
use super::wire::{Duplex, connect};

/// Sends a short request, and answers the body. Anything but 200 is an error.
pub(super) async fn request(to: &Target, head: &str, content_type: &str, body: &[u8]) -> io::Result<Vec<u8>> {
    let mut stream = connect(to).await?;
    let to: SocketAddr = to.address;
    let length = body.len();
    let head = format!(
        "{head} HTTP/1.1\r\nhost: {to}\r\nconnection: close\r\ncontent-type: {content_type}\r\ncontent-length: {length}\r\n\r\n"
    );
    stream.write_all(head.as_bytes()).await?;
    stream.write_all(body).await?;
    stream.flush().await?;
    read_answer(&mut *stream).await
}

/// Reads to the end, and answers the body of a 200.
pub(super) async fn read_answer(stream: &mut dyn Duplex) -> io::Result<Vec<u8>> {
    let mut answer = Vec::new();
    stream.read_to_end(&mut answer).await?;
    let end = find(&answer, b"\r\n\r\n").ok_or(io::ErrorKind::UnexpectedEof)? + 4;
    if !is_ok(&answer) {
        let text = String::from_utf8_lossy(&answer[..answer.len().min(600)]).into_owned();
        return Err(io::Error::other(text));
    }
    Ok(answer.split_off(end))
}

/// Whether an answer begins as one with status 200.
pub(super) fn is_ok(answer: &[u8]) -> bool {
    answer.starts_with(b"HTTP/1.1 200") || answer.starts_with(b"HTTP/1.0 200")
}

/// Where `needle` begins.
pub(super) fn find(haystack: &[u8], needle: &[u8]) -> Option<usize> {
    let first = *needle.first()?;
    let mut from = 0;
    while let Some(at) = haystack[from..].iter().position(|&byte| byte == first) {
        if haystack[from + at..].starts_with(needle) {
            return Some(from + at);
        }
        from += at + 1;
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_there_is_found() {
        assert_eq!(find(b"aab", b"ab"), Some(1));
        assert_eq!(find(b"aab", b"ba"), None);
    }
}
