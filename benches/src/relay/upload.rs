//! The client: uploads that are fast, paced, held back before the end, or broken off.

use std::convert::Infallible;
use std::io;
use std::iter;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::{Duration, Instant, SystemTime};

use biometry_gate::clock::{Clock as _, SystemClock};
use bytes::Bytes;
use futures_util::stream;
use http_body_util::{BodyExt as _, StreamBody};
use hyper::body::{Body, Frame};
use hyper::client::conn::http2;
use hyper_util::rt::{TokioExecutor, TokioIo};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tokio::time::sleep;

use super::http::{is_ok, read_answer, request};
use super::wire::{Duplex, Identity, Wire, connect};
use crate::rounds::Dice;

/// A video, by its first bytes.
#[derive(Clone, Debug)]
pub struct Media(Arc<[u8]>);

/// Where uploads go, and what has to be done before.
#[derive(Clone, Debug)]
pub struct Target {
    /// The proxy.
    pub address: SocketAddr,
    /// Whether a session has to be started for each upload.
    pub has_sessions: bool,
    /// What is spoken with it.
    pub wire: Wire,
    /// Whose certificate it has.
    pub identity: Option<Arc<Identity>>,
}

/// An upload that may begin: what the proxy wants to know has been said.
#[derive(Clone, Debug)]
pub struct Ticket {
    target: Target,
    caller: usize,
    path: &'static str,
    head: String,
}

impl Media {
    /// A WebM file of this many bytes, no two stretches of it alike.
    pub fn new(bytes: usize) -> Self {
        let mut dice = Dice::seeded(0x5eed);
        let mut media = WEBM.to_vec();
        media.reserve(bytes);
        while media.len() < bytes {
            media.extend_from_slice(&(dice.below(usize::MAX) as u64).to_le_bytes());
        }
        media.truncate(bytes);
        Self(media.into())
    }

    /// The form that it is uploaded in, piece by piece.
    fn form(&self) -> impl Body<Data = Bytes, Error = Infallible> + use<> {
        let file = Bytes::from_owner(Arc::clone(&self.0));
        let pieces = (0..file.len()).step_by(PIECE);
        let pieces = pieces.map(move |from| file.slice(from..file.len().min(from + PIECE)));
        let all = iter::once(Bytes::from_static(OPENING)).chain(pieces).chain([Bytes::from_static(CLOSING)]);
        StreamBody::new(stream::iter(all.map(|piece| Ok(Frame::data(piece)))))
    }

    /// Its bytes.
    pub fn bytes(&self) -> &[u8] {
        &self.0
    }
}

impl Target {
    /// Plain HTTP/1.1 without sessions.
    pub fn plain(address: SocketAddr) -> Self {
        Self { address, has_sessions: false, wire: Wire::Http1, identity: None }
    }

    /// Does what comes before the upload of `caller`: consent and a session, where there are such.
    ///
    /// # Errors
    /// When the proxy refuses or cannot be reached.
    pub async fn admit(&self, caller: usize, media: &Media) -> io::Result<Ticket> {
        let who = format!("\r\nx-caller: caller-{caller}");
        let path = if self.has_sessions {
            let consent = br#"{"authorization":true}"#;
            request(self, "POST /biometry/consent", &format!("application/json{who}"), consent).await?;
            request(self, "POST /biometry/session/start", &format!("application/json{who}"), b"").await?;
            "/biometry/verify"
        } else {
            "/api-gateway/process-video"
        };
        let length = OPENING.len() + media.bytes().len() + CLOSING.len();
        let head = format!(
            "POST {path} HTTP/1.1\r\nhost: {}\r\nconnection: close{who}\r\n\
             content-type: multipart/form-data; boundary={BOUNDARY}\r\ncontent-length: {length}\r\n\r\n",
            self.address
        );
        Ok(Ticket { target: self.clone(), caller, path, head })
    }
}

impl Ticket {
    /// Uploads as fast as it is taken.
    ///
    /// # Errors
    /// When it is not answered with 200.
    pub async fn send(self, media: &Media) -> io::Result<()> {
        if self.target.wire == Wire::Http2 {
            return self.send_by_http2(media).await;
        }
        let mut stream = self.open().await?;
        stream.write_all(media.bytes()).await?;
        stream.write_all(CLOSING).await?;
        stream.flush().await?;
        read_answer(&mut *stream).await.map(drop)
    }

    /// Uploads all but the very end, lets everything arrive, and answers how long it takes from the last byte to the
    /// first of the answer.
    ///
    /// # Errors
    /// When it is not answered with 200.
    pub async fn tail(self, media: &Media) -> io::Result<Duration> {
        let mut stream = self.open().await?;
        stream.write_all(media.bytes()).await?;
        sleep(ARRIVAL).await;
        stream.write_all(CLOSING).await?;
        let sent = Instant::now();
        let mut start = [0; 16];
        stream.read_exact(&mut start).await?;
        let tail = sent.elapsed();
        if is_ok(&start) { Ok(tail) } else { Err(io::Error::other("not answered with 200")) }
    }

    /// Uploads `rate` bytes a second for `time`, then keeps the connection open until it is dropped.
    ///
    /// # Errors
    /// When the proxy does not take it.
    pub async fn trickle(self, media: &Media, rate: usize, time: Duration) -> io::Result<Box<dyn Duplex>> {
        let mut stream = self.open().await?;
        let piece = rate / 5;
        let until = Instant::now() + time;
        for chunk in media.bytes().chunks(piece) {
            if Instant::now() >= until {
                break;
            }
            stream.write_all(chunk).await?;
            sleep(Duration::from_millis(200)).await;
        }
        Ok(stream)
    }

    /// Uploads the first `bytes`, goes away, and says when.
    ///
    /// # Errors
    /// When the proxy does not take them.
    pub async fn abort(self, media: &Media, bytes: usize) -> io::Result<SystemTime> {
        let mut stream = self.open().await?;
        stream.write_all(&media.bytes()[..bytes]).await?;
        sleep(ARRIVAL).await;
        let gone = SystemClock.now();
        drop(stream);
        Ok(gone)
    }

    async fn send_by_http2(self, media: &Media) -> io::Result<()> {
        let stream = TokioIo::new(TcpStream::connect(self.target.address).await?);
        let (mut sender, connection) =
            http2::handshake(TokioExecutor::new(), stream).await.map_err(io::Error::other)?;
        let connection = tokio::spawn(connection);
        let request = http::Request::post(format!("http://{}{}", self.target.address, self.path))
            .header("x-caller", format!("caller-{}", self.caller))
            .header("content-type", format!("multipart/form-data; boundary={BOUNDARY}"))
            .body(media.form())
            .map_err(io::Error::other)?;
        let answer = sender.send_request(request).await.map_err(io::Error::other)?;
        let status = answer.status();
        answer.into_body().collect().await.map_err(io::Error::other)?;
        drop(sender);
        connection.abort();
        if status == http::StatusCode::OK { Ok(()) } else { Err(io::Error::other(status.to_string())) }
    }

    async fn open(self) -> io::Result<Box<dyn Duplex>> {
        let mut stream = connect(&self.target).await?;
        stream.write_all(self.head.as_bytes()).await?;
        stream.write_all(OPENING).await?;
        Ok(stream)
    }
}

/// What a client of HTTP/2 hands to its library at a time.
const PIECE: usize = 256 * 1024;
const BOUNDARY: &str = "----bench7MA4YWxkTrZu0gW";
const OPENING: &[u8] = b"------bench7MA4YWxkTrZu0gW\r\n\
    Content-Disposition: form-data; name=\"video\"; filename=\"capture.webm\"\r\nContent-Type: video/webm\r\n\r\n";
const CLOSING: &[u8] = b"\r\n------bench7MA4YWxkTrZu0gW--\r\n";
const WEBM: &[u8] =
    b"\x1a\x45\xdf\xa3\x9f\x42\x86\x81\x01\x42\xf7\x81\x01\x42\xf2\x81\x04\x42\xf3\x81\x08\x42\x82\
    \x84webm\x42\x87\x81\x04\x42\x85\x81\x02";
/// Long enough for what is in the sockets to arrive.
const ARRIVAL: Duration = Duration::from_millis(300);
