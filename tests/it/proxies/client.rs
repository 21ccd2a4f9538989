//! Clients that upload much, and look for an answer at different times.

use std::io;
use std::net::SocketAddr;

use biometry_gate_testkit::{Answer, Wire};
use bytes::Bytes;

/// How a body is sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Framing {
    Length,
    Chunks,
    /// With a length, and only once the server has asked for it.
    Expect,
}

/// When a client looks for its answer.
#[derive(Clone, Copy, Debug)]
pub(super) enum Looks {
    /// While it sends: it stops when there is one.
    Meanwhile,
    /// When it has sent everything. It gives up where it cannot.
    Afterwards,
    /// When it has sent everything, or cannot send more.
    AtTheEnd,
}

/// One upload: its body is `first`, then `size` bytes of zeros.
#[derive(Clone, Debug)]
pub(super) struct Post<'a> {
    pub(super) path: &'a str,
    /// Lines of the head, each with its end.
    pub(super) fields: &'a str,
    pub(super) framing: Framing,
    pub(super) first: Bytes,
    pub(super) size: usize,
}

impl Post<'_> {
    /// # Errors
    /// When the client gets no whole answer.
    pub(super) async fn send(&self, address: SocketAddr, looks: Looks) -> io::Result<Answer> {
        let mut wire = Wire::connect(address).await;
        wire.send(self.head(address)).await;
        if self.framing == Framing::Expect {
            assert_eq!(wire.interim().await, 100);
        }
        if self.send_body(&mut wire, looks).await {
            return wire.try_answer().await;
        }
        match looks {
            Looks::Meanwhile | Looks::AtTheEnd => wire.try_answer().await,
            Looks::Afterwards => Err(io::ErrorKind::BrokenPipe.into()),
        }
    }

    /// Sends the head and so much of the body.
    pub(super) async fn begin(&self, address: SocketAddr, bytes: usize) -> Wire {
        let mut wire = Wire::connect(address).await;
        wire.send(self.head(address)).await;
        if self.framing == Framing::Expect {
            assert_eq!(wire.interim().await, 100);
        }
        if self.framing == Framing::Chunks {
            wire.send(format!("{:x}\r\n", self.first.len())).await;
        }
        wire.send(&self.first[..bytes.min(self.first.len())]).await;
        wire.send(vec![0; bytes.saturating_sub(self.first.len())]).await;
        wire
    }

    fn head(&self, address: SocketAddr) -> String {
        let Self { path, fields, .. } = self;
        let length = self.first.len() + self.size;
        let framing = match self.framing {
            Framing::Length => format!("Content-Length: {length}"),
            Framing::Chunks => "Transfer-Encoding: chunked".to_owned(),
            Framing::Expect => format!("Content-Length: {length}\r\nExpect: 100-continue"),
        };
        format!(
            "POST {path} HTTP/1.1\r\nHost: {address}\r\n{fields}Content-Type: multipart/form-data; boundary={BOUNDARY}\r\n\
             {framing}\r\n\r\n"
        )
    }

    /// Answers whether everything was sent.
    async fn send_body(&self, wire: &mut Wire, looks: Looks) -> bool {
        let zeros = Bytes::from(vec![0; PIECE]);
        let first = self.first.chunks(PIECE).map(|piece| self.first.slice_ref(piece));
        let rest = (0..self.size).step_by(PIECE).map(|at| zeros.slice(..PIECE.min(self.size - at)));
        for piece in first.chain(rest) {
            let piece = match self.framing {
                Framing::Chunks => {
                    [format!("{:x}\r\n", piece.len()).as_bytes(), &piece, b"\r\n"].concat().into()
                }
                Framing::Length | Framing::Expect => piece,
            };
            let sent = match looks {
                Looks::Meanwhile => wire.send_unless_answered(&piece).await,
                Looks::Afterwards | Looks::AtTheEnd => wire.send(&piece).await,
            };
            if !sent {
                return false;
            }
        }
        self.framing != Framing::Chunks || wire.send("0\r\n\r\n").await
    }
}

pub(super) const BOUNDARY: &str = "x";
const PIECE: usize = 65_536;
