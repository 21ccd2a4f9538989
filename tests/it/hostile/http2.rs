use std::net::SocketAddr;

use biometry_gate_testkit::{Answer, PATIENCE};
use bytes::{Bytes, BytesMut};
use h2::SendStream;
use h2::client::{ResponseFuture, SendRequest};
use http::{HeaderName, HeaderValue, Method, Request};
use tokio::net::TcpStream;
use tokio::task::JoinHandle;
use tokio::time::timeout;

use super::sending::Fields;

/// A bare HTTP/2 connection without TLS and without an upgrade. Dropped, it is gone.
#[derive(Debug)]
pub(crate) struct Line {
    requests: SendRequest<Bytes>,
    address: SocketAddr,
    connection: Option<JoinHandle<()>>,
}

impl Line {
    pub(crate) async fn connect(address: SocketAddr) -> Self {
        let stream = TcpStream::connect(address).await.expect("the host listens");
        let (requests, connection) = h2::client::handshake(stream).await.expect("the host speaks HTTP/2");
        let connection = tokio::spawn(async move { drop(connection.await) });
        Self { requests, address, connection: Some(connection) }
    }

    /// Sends a request's head; it is all there is, or the body follows.
    pub(crate) async fn open(
        &mut self,
        method: Method,
        path: &str,
        fields: &Fields,
        is_all: bool,
    ) -> (ResponseFuture, SendStream<Bytes>) {
        let mut head = Request::builder().method(method).uri(format!("http://{}{path}", self.address));
        for (name, value) in fields {
            let name = HeaderName::try_from(name.as_str()).expect("a header's name");
            head = head.header(name, HeaderValue::from_bytes(value).expect("a header's value"));
        }
        let head = head.body(()).expect("a head");
        let mut ready = self.requests.clone().ready().await.expect("the connection is open");
        ready.send_request(head, is_all).expect("the head can be sent")
    }

    /// Leaves the connection open until its last stream has ended.
    pub(crate) fn linger(mut self) {
        self.connection = None;
    }
}

impl Drop for Line {
    fn drop(&mut self) {
        if let Some(connection) = &self.connection {
            connection.abort();
        }
    }
}

/// Sends a piece in data frames. Answers whether the host took all of it.
pub(crate) async fn send(stream: &mut SendStream<Bytes>, mut piece: Bytes) -> bool {
    while !piece.is_empty() {
        stream.reserve_capacity(piece.len());
        let room = std::future::poll_fn(|cx| stream.poll_capacity(cx));
        let room = timeout(PATIENCE, room).await.expect("the host takes data or ends the stream");
        let Some(Ok(room)) = room else { return false };
        let now = piece.split_to(room.min(piece.len()));
        if stream.send_data(now, false).is_err() {
            return false;
        }
    }
    true
}

pub(crate) async fn answer(response: ResponseFuture) -> Answer {
    let read = async {
        let (head, mut body) = response.await?.into_parts();
        let mut bytes = BytesMut::new();
        while let Some(data) = body.data().await {
            let data = data?;
            let _ = body.flow_control().release_capacity(data.len());
            bytes.extend_from_slice(&data);
        }
        Ok::<_, h2::Error>(Answer { status: head.status, headers: head.headers, body: bytes.freeze() })
    };
    timeout(PATIENCE, read).await.expect("an answer in time").expect("a whole answer")
}
