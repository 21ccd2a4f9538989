use std::io;
use std::net::SocketAddr;

use bytes::{Buf as _, Bytes, BytesMut};
use http::{HeaderMap, HeaderName, HeaderValue, StatusCode};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tokio::time::timeout;

use crate::PATIENCE;
use crate::answer::Answer;

/// A bare connection: what is written is what the host reads.
#[derive(Debug)]
pub struct Wire {
    stream: TcpStream,
    read: BytesMut,
}

impl Wire {
    /// Connects.
    ///
    /// # Panics
    /// When the host cannot be reached.
    pub async fn connect(address: SocketAddr) -> Self {
        let stream = TcpStream::connect(address).await.expect("the host listens");
        stream.set_nodelay(true).expect("an open socket");
        Self { stream, read: BytesMut::new() }
    }

    /// Writes bytes; answers whether the host still takes any.
    pub async fn send(&mut self, bytes: impl AsRef<[u8]>) -> bool {
        let sent = timeout(PATIENCE, self.stream.write_all(bytes.as_ref())).await;
        sent.expect("the host takes bytes or closes").is_ok()
    }

    /// Writes bytes as long as the host says nothing; answers whether it has taken all of them without a word.
    ///
    /// # Panics
    /// When it does neither in time.
    pub async fn send_unless_answered(&mut self, bytes: impl AsRef<[u8]>) -> bool {
        if !self.read.is_empty() {
            return false;
        }
        let (mut reading, mut writing) = self.stream.split();
        let sending = async {
            tokio::select! {
                biased;
                _ = reading.read_buf(&mut self.read) => false,
                sent = writing.write_all(bytes.as_ref()) => sent.is_ok(),
            }
        };
        timeout(PATIENCE, sending).await.expect("the host takes bytes, answers or closes")
    }

    /// Ends the sending half of the connection.
    pub async fn shut(&mut self) {
        let _ = self.stream.shutdown().await;
    }

    /// Ends the connection at once, as a client does that crashes: what was not read is lost.
    pub fn reset(self) {
        let _ = self.stream.set_zero_linger();
    }

    /// Reads one answer, interim ones skipped.
    ///
    /// # Panics
    /// When there is none in time, or it cannot be read.
    pub async fn answer(&mut self) -> Answer {
        self.try_answer().await.expect("a whole answer in time")
    }

    /// Reads one answer, interim ones skipped.
    ///
    /// # Errors
    /// When there is none in time, or it cannot be read.
    pub async fn try_answer(&mut self) -> io::Result<Answer> {
        timeout(PATIENCE, self.read_answer()).await?
    }

    /// Reads the status of an interim answer, 100 for example.
    ///
    /// # Panics
    /// When there is none in time, or it cannot be read.
    pub async fn interim(&mut self) -> u16 {
        let head = timeout(PATIENCE, self.read_head()).await.expect("an answer in time");
        head.expect("a whole answer").0.as_u16()
    }

    /// Reads until the host has said `words`, and takes all of it.
    ///
    /// # Panics
    /// When it does not say that in time.
    pub async fn until_said(&mut self, words: &str) -> Bytes {
        let reading = async {
            loop {
                if let Some(at) = find(&self.read, words.as_bytes()) {
                    return self.read.split_to(at + words.len()).freeze();
                }
                let more = self.read_more().await;
                assert!(more.is_ok_and(|bytes| bytes > 0), "the host ends without {words}");
            }
        };
        timeout(PATIENCE, reading).await.unwrap_or_else(|_| panic!("not in time: {words}"))
    }

    /// Whether the host has nothing more to say and closes the connection.
    ///
    /// # Panics
    /// When it keeps the connection open.
    pub async fn is_closed(&mut self) -> bool {
        let more = timeout(PATIENCE, self.read_more()).await.expect("the connection to be closed");
        // A reset closes, too: it follows where the host leaves bytes unread.
        self.read.is_empty() && more.map_or(true, |bytes| bytes == 0)
    }

    /// Everything that the host still says until the connection ends.
    ///
    /// # Panics
    /// When it keeps the connection open.
    pub async fn last_words(&mut self) -> Bytes {
        let rest = async { while self.read_more().await.is_ok_and(|bytes| bytes > 0) {} };
        timeout(PATIENCE, rest).await.expect("the connection to be closed");
        self.read.split().freeze()
    }

    /// Every answer until the connection ends, interim ones skipped; what cannot be read as one ends the list.
    ///
    /// # Panics
    /// When the host keeps the connection open.
    pub async fn all_answers(&mut self) -> Vec<Answer> {
        let mut answers = Vec::new();
        let reading = async {
            while let Ok(answer) = self.read_answer().await {
                answers.push(answer);
            }
        };
        timeout(PATIENCE, reading).await.expect("the connection to be closed");
        answers
    }

    async fn read_answer(&mut self) -> io::Result<Answer> {
        loop {
            let (status, headers) = self.read_head().await?;
            if !status.is_informational() {
                let body = self.read_body(&headers).await?;
                return Ok(Answer { status, headers, body });
            }
        }
    }

    async fn read_head(&mut self) -> io::Result<(StatusCode, HeaderMap)> {
        let end = loop {
            match find(&self.read, b"\r\n\r\n") {
                Some(end) => break end,
                None if self.read_more().await? == 0 => return Err(io::ErrorKind::UnexpectedEof.into()),
                None => {}
            }
        };
        let head = self.read.split_to(end + 4);
        parse_head(&String::from_utf8_lossy(&head[..end])).ok_or_else(|| io::ErrorKind::InvalidData.into())
    }

    async fn read_body(&mut self, headers: &HeaderMap) -> io::Result<Bytes> {
        let is_chunked = headers.get("transfer-encoding").is_some_and(|coding| coding == "chunked");
        let length = headers.get("content-length").and_then(|length| length.to_str().ok()?.parse().ok());
        match length {
            Some(length) => self.take(length).await,
            None if is_chunked => self.read_chunks().await,
            None => {
                while self.read_more().await? > 0 {}
                Ok(self.read.split().freeze())
            }
        }
    }

    async fn read_chunks(&mut self) -> io::Result<Bytes> {
        let mut body = BytesMut::new();
        loop {
            let line = loop {
                match find(&self.read, b"\r\n") {
                    Some(end) => break self.read.split_to(end + 2),
                    None if self.read_more().await? == 0 => return Err(io::ErrorKind::UnexpectedEof.into()),
                    None => {}
                }
            };
            let size = String::from_utf8_lossy(&line).trim().to_owned();
            let size = usize::from_str_radix(&size, 16).map_err(|_| io::ErrorKind::InvalidData)?;
            let mut chunk = self.take(size + 2).await?;
            chunk.truncate(size);
            body.extend_from_slice(&chunk);
            if size == 0 {
                return Ok(body.freeze());
            }
        }
    }

    async fn take(&mut self, bytes: usize) -> io::Result<Bytes> {
        while self.read.remaining() < bytes {
            if self.read_more().await? == 0 {
                return Err(io::ErrorKind::UnexpectedEof.into());
            }
        }
        Ok(self.read.split_to(bytes).freeze())
    }

    async fn read_more(&mut self) -> io::Result<usize> {
        self.stream.read_buf(&mut self.read).await
    }
}

fn parse_head(head: &str) -> Option<(StatusCode, HeaderMap)> {
    let mut lines = head.split("\r\n");
    let line = lines.next()?;
    let status = line.strip_prefix("HTTP/1.1 ").or_else(|| line.strip_prefix("HTTP/1.0 "))?;
    let status = status.get(..3)?.parse().ok()?;
    let mut headers = HeaderMap::new();
    for line in lines {
        let (name, value) = line.split_once(':')?;
        let name = HeaderName::try_from(name).ok()?;
        headers.append(name, HeaderValue::try_from(value.trim()).ok()?);
    }
    Some((status, headers))
}

fn find(bytes: &[u8], what: &[u8]) -> Option<usize> {
    bytes.windows(what.len()).position(|window| window == what)
}
