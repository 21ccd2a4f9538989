//! Requests written byte by byte, for clients that misbehave.

#![expect(clippy::unwrap_used, reason = "a test that cannot be set up fails")]

use std::fmt::Write as _;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use crate::client::Platform;

/// A connection that has sent the head of a verification.
pub(crate) struct Upload {
    pub(crate) stream: TcpStream,
}

impl Upload {
    /// Sends the head; the body is the caller's.
    pub(crate) async fn begin(platform: &Platform, user: &str, headers: &[(&str, &str)]) -> Self {
        let mut head = format!(
            "POST /api-gateway/process-video HTTP/1.1\r\nHost: sandbox\r\nAuthorization: Bearer {}\r\n\
             X-User-Fullname: {user}\r\nContent-Type: multipart/form-data; boundary=XX\r\n",
            platform.key
        );
        for (name, value) in headers {
            write!(head, "{name}: {value}\r\n").unwrap();
        }
        let mut stream = TcpStream::connect(platform.sandbox.addr()).await.unwrap();
        stream.write_all(format!("{head}\r\n").as_bytes()).await.unwrap();
        Self { stream }
    }

    pub(crate) async fn send(&mut self, bytes: impl AsRef<[u8]>) {
        self.stream.write_all(bytes.as_ref()).await.unwrap();
    }

    /// Reads until the reply's headers are there.
    pub(crate) async fn status(&mut self) -> u16 {
        let mut reply = Vec::new();
        while !reply.windows(4).any(|window| window == b"\r\n\r\n") {
            assert_ne!(self.stream.read_buf(&mut reply).await.unwrap(), 0, "closed without a reply");
        }
        String::from_utf8_lossy(&reply).split(' ').nth(1).unwrap().parse().unwrap()
    }

    /// Whether the connection was closed without any reply.
    pub(crate) async fn closed_without_reply(&mut self) -> bool {
        let mut reply = Vec::new();
        matches!(self.stream.read_to_end(&mut reply).await, Ok(0) | Err(_)) && reply.is_empty()
    }
}

/// The parts of a verification up to and into its file.
pub(crate) const FILE_BEGUN: &str = "--XX\r\nContent-Disposition: form-data; name=\"phrase\"\r\n\r\none two\r\n\
    --XX\r\nContent-Disposition: form-data; name=\"video\"; filename=\"blob\"\r\nContent-Type: video/mp4\r\n\r\n";
pub(crate) const FILE_ENDED: &str = "\r\n--XX--\r\n";
