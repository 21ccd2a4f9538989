use std::net::SocketAddr;

use biometry_gate_testkit::{Answer, Wire};
use bytes::Bytes;
use h2::client::ResponseFuture;
use h2::{Reason, SendStream};
use http::Method;

use super::case::{Connection, Outcome};
use super::http2::{self, Line};

/// How a body is put on the wire.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Framing {
    /// HTTP/1.1 with `Content-Length`.
    Length,
    /// HTTP/1.1 in chunks.
    Chunked,
    /// HTTP/2 in data frames.
    Http2,
}

/// Header fields that are not about a body's length.
pub(crate) type Fields = Vec<(String, Vec<u8>)>;

/// An upload whose body is sent piece by piece.
#[derive(Debug)]
pub(super) enum Sending {
    Length(Wire),
    Chunked(Wire),
    Http2 { line: Line, response: Option<ResponseFuture>, stream: SendStream<Bytes> },
}

impl Framing {
    pub(super) const ALL: [Self; 3] = [Self::Length, Self::Chunked, Self::Http2];

    /// Sends the head of an upload of `length` bytes.
    pub(super) async fn open(self, address: SocketAddr, fields: &Fields, length: usize) -> Sending {
        match self {
            Self::Length => {
                let line = format!("content-length: {length}\r\n\r\n");
                Sending::Length(send_head(address, fields, &line).await)
            }
            Self::Chunked => {
                Sending::Chunked(send_head(address, fields, "transfer-encoding: chunked\r\n\r\n").await)
            }
            Self::Http2 => {
                let mut line = Line::connect(address).await;
                let (response, stream) = line.open(Method::POST, VERIFY, fields, false).await;
                Sending::Http2 { line, response: Some(response), stream }
            }
        }
    }
}

impl Sending {
    /// Sends a piece; answers whether the host still takes any.
    pub(super) async fn send(&mut self, piece: Bytes) -> bool {
        match self {
            _ if piece.is_empty() => true,
            Self::Length(wire) => wire.send(piece).await,
            Self::Chunked(wire) => {
                let size = format!("{:x}\r\n", piece.len());
                wire.send([size.as_bytes(), &piece, b"\r\n"].concat()).await
            }
            Self::Http2 { stream, .. } => http2::send(stream, piece).await,
        }
    }

    /// Sends all pieces, as long as the host takes them.
    pub(super) async fn send_all(&mut self, pieces: impl IntoIterator<Item = Bytes>) -> bool {
        for piece in pieces {
            if !self.send(piece).await {
                return false;
            }
        }
        true
    }

    /// Says that this was all.
    pub(super) async fn finish(&mut self) {
        match self {
            Self::Length(_) => {}
            Self::Chunked(wire) => drop(wire.send("0\r\n\r\n").await),
            Self::Http2 { stream, .. } => drop(stream.send_data(Bytes::new(), true)),
        }
    }

    pub(super) async fn answer(&mut self) -> Answer {
        match self {
            Self::Length(wire) | Self::Chunked(wire) => wire.answer().await,
            Self::Http2 { response, .. } => http2::answer(response.take().expect("one answer")).await,
        }
    }

    /// The connection behind the answer is what the outcome says. HTTP/2 goes on with other streams in any case.
    pub(super) async fn check_connection(&mut self, answer: &Answer, outcome: Outcome) {
        match (self, outcome) {
            (Self::Http2 { line, .. }, _) => {
                let (health, _) = line.open(Method::GET, "/healthz", &Fields::new(), true).await;
                http2::answer(health).await.ok();
            }
            (
                Self::Length(wire) | Self::Chunked(wire),
                Outcome::Refused { connection: Connection::Closed, .. },
            ) => {
                assert_eq!(answer.header("connection"), Some("close"));
                assert!(wire.is_closed().await, "nothing comes behind the answer");
            }
            (Self::Length(wire) | Self::Chunked(wire), _) => {
                assert_eq!(answer.header("connection"), None);
                assert!(wire.send("GET /healthz HTTP/1.1\r\nHost: bank\r\n\r\n").await, "it is kept");
                wire.answer().await.ok();
            }
        }
    }

    /// Hangs up.
    pub(super) fn hang_up(self) {
        drop(self);
    }

    /// Breaks off: the stream where there are streams, the connection where there are none.
    pub(super) fn reset(self) {
        match self {
            Self::Length(wire) | Self::Chunked(wire) => wire.reset(),
            Self::Http2 { mut stream, line, .. } => {
                stream.send_reset(Reason::CANCEL);
                line.linger();
            }
        }
    }
}

/// A body in pieces that have nothing to do with its lines.
pub(super) fn pieces(body: &Bytes, size: usize) -> impl Iterator<Item = Bytes> + use<'_> {
    (0..body.len()).step_by(size).map(move |at| body.slice(at..body.len().min(at + size)))
}

async fn send_head(address: SocketAddr, fields: &Fields, last: &str) -> Wire {
    let mut head = format!("POST {VERIFY} HTTP/1.1\r\nhost: {address}\r\n").into_bytes();
    for (name, value) in fields {
        head.extend_from_slice(&[name.as_bytes(), b": ", value, b"\r\n"].concat());
    }
    head.extend_from_slice(last.as_bytes());
    let mut wire = Wire::connect(address).await;
    wire.send(head).await;
    wire
}

const VERIFY: &str = "/biometry/verify";
