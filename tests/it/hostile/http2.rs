use std::net::SocketAddr;

use biometry_gate_testkit::{Answer, PATIENCE};
use bytes::{Bytes, BytesMut};
use h2::SendStream;
use h2::client::{ResponseFuture, SendRequest};
use http::{HeaderName, HeaderValue, Method, Request};
use tokio::net::TcpStream;
use tokio::task::JoinHandle;
use tokio::time::timeout;

/// A bare HTTP/2 connection without TLS and without an upgrade.
#[derive(Debug)]
pub(super) struct Line {
    requests: SendRequest<Bytes>,
    address: SocketAddr,
    connection: JoinHandle<()>,
}

impl Line {
    pub(super) async fn connect(address: SocketAddr) -> Self {
        let stream = TcpStream::connect(address).await.expect("the host listens");
        let (requests, connection) = h2::client::handshake(stream).await.expect("the host speaks HTTP/2");
        let connection = tokio::spawn(async move { drop(connection.await) });
        Self { requests, address, connection }
    }

    /// Sends a request's head.
    pub(super) async fn open(
        &mut self,
        method: Method,
        path: &str,
        fields: &[(String, Vec<u8>)],
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
}

impl Drop for Line {
    fn drop(&mut self) {
        self.connection.abort();
    }
}

/// Sends pieces as data frames while the host takes them. Answers whether it took all.
pub(super) async fn send(stream: &mut SendStream<Bytes>, pieces: Vec<Bytes>) -> bool {
    for piece in pieces {
        stream.reserve_capacity(piece.len());
        while stream.capacity() < piece.len() {
            let more = std::future::poll_fn(|cx| stream.poll_capacity(cx));
            match timeout(PATIENCE, more).await.expect("the host takes data or ends the stream") {
                Some(Ok(_)) => {}
                Some(Err(_)) | None => return false,
            }
        }
        if stream.send_data(piece, false).is_err() {
            return false;
        }
    }
    true
}

pub(super) async fn answer(response: ResponseFuture) -> Answer {
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

/// Uploads pieces to the verifying route, and asks for something else on the same connection afterwards.
pub(super) async fn exchange(
    address: SocketAddr,
    fields: &[(String, Vec<u8>)],
    pieces: Vec<Bytes>,
) -> Answer {
    let mut line = Line::connect(address).await;
    let (response, mut stream) = line.open(Method::POST, "/biometry/verify", fields, false).await;
    if send(&mut stream, pieces).await {
        let _ = stream.send_data(Bytes::new(), true);
    }
    let answer = answer(response).await;
    let (health, _) = line.open(Method::GET, "/healthz", &[], true).await;
    self::answer(health).await.ok();
    answer
}
