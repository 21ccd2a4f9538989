use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::task::{Context, Poll};
use std::time::Duration;

use biometry_client::{Body, BoxError, Deadline, Delivery, Transport as _, TransportErrorKind};
use bytes::Bytes;
use http_body::{Frame, SizeHint};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::sync::mpsc;

use super::{TransportHarness, exchange, open, request};
use crate::peer::{Peer, json_reply, read_head, read_rest};

/// What a test sends into a body; the body waits for it.
type Sender = mpsc::Sender<Result<Bytes, BoxError>>;

struct Fed {
    frames: mpsc::Receiver<Result<Bytes, BoxError>>,
    announced: Option<u64>,
}

impl http_body::Body for Fed {
    type Data = Bytes;
    type Error = BoxError;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, BoxError>>> {
        self.frames.poll_recv(cx).map(|frame| frame.map(|frame| frame.map(Frame::data)))
    }

    fn size_hint(&self) -> SizeHint {
        self.announced.map_or_else(SizeHint::new, SizeHint::with_exact)
    }
}

fn fed(announced: Option<u64>) -> (Sender, Body) {
    let (sender, frames) = mpsc::channel(1);
    (sender, Body::new(Fed { frames, announced }))
}

/// A peer that hands out each request's head at once and the rest once the connection has ended.
pub(super) async fn witness() -> (Peer, mpsc::UnboundedReceiver<String>, mpsc::UnboundedReceiver<Vec<u8>>) {
    let (head_sender, heads) = mpsc::unbounded_channel();
    let (rest_sender, rests) = mpsc::unbounded_channel();
    let peer = Peer::start(move |mut stream| {
        let (head_sender, rest_sender) = (head_sender.clone(), rest_sender.clone());
        async move {
            let Some(head) = read_head(&mut stream).await else { return };
            let _ = head_sender.send(head);
            let _ = rest_sender.send(read_rest(&mut stream).await);
        }
    })
    .await;
    (peer, heads, rests)
}

/// A request under way: the peer has its head and its first part.
struct UnderWay {
    sender: Sender,
    call: tokio::task::JoinHandle<Result<(), (TransportErrorKind, Delivery)>>,
    rests: mpsc::UnboundedReceiver<Vec<u8>>,
    _peer: Peer,
}

impl UnderWay {
    async fn begin<H: TransportHarness>(announced: Option<u64>, deadline: Option<Duration>) -> Self {
        let (peer, mut heads, rests) = witness().await;
        let (sender, body) = fed(announced);
        let transport = open::<H>();
        let mut request = request(&peer, body);
        request.extensions_mut().extend(extension(deadline));
        let call = tokio::spawn(async move {
            let outcome = exchange(&transport, request).await;
            outcome.map(drop).map_err(|error| (error.kind(), error.delivery()))
        });
        sender.send(Ok("first part".into())).await.expect("the body is wanted");
        heads.recv().await.expect("the request has begun");
        Self { sender, call, rests, _peer: peer }
    }

    /// What the peer got is not a whole body.
    async fn is_unfinished(&mut self) {
        let rest = self.rests.recv().await.expect("the connection ends");
        let shown = String::from_utf8_lossy(&rest);
        assert!(!shown.ends_with("0\r\n\r\n") && rest.len() < 1_000, "{shown}");
    }
}

fn extension(deadline: Option<Duration>) -> http::Extensions {
    let mut extensions = http::Extensions::new();
    if let Some(deadline) = deadline {
        extensions.insert(Deadline(deadline));
    }
    extensions
}

pub async fn a_body_of_known_length_is_announced_and_arrives_byte_for_byte<H: TransportHarness>() {
    let sent = crate::media::webm(3_000_000).bytes;
    let (sender, mut seen) = mpsc::unbounded_channel();
    let peer = Peer::start(move |mut stream| {
        let sender = sender.clone();
        async move {
            let head = read_head(&mut stream).await.expect("a head").to_lowercase();
            let length = head.lines().find_map(|line| line.strip_prefix("content-length: "));
            let mut body = vec![0; length.expect("a length").parse().expect("a number")];
            stream.read_exact(&mut body).await.expect("the whole body");
            let _ = stream.write_all(&json_reply(200, "{}")).await;
            let _ = sender.send(body);
        }
    })
    .await;
    exchange(&open::<H>(), request(&peer, Body::from_bytes(sent.clone()))).await.expect("a reply");
    assert!(seen.recv().await.expect("a body") == sent[..], "the body was changed on its way");
}

pub async fn a_body_arrives_while_it_is_still_being_made<H: TransportHarness>() {
    let (arrived_sender, mut arrived) = mpsc::unbounded_channel();
    let peer = Peer::start(move |mut stream| {
        let arrived = arrived_sender.clone();
        async move {
            let mut seen = read_head(&mut stream).await.expect("a head").into_bytes();
            while !seen.ends_with(b"\r\n0\r\n\r\n") {
                if stream.read_buf(&mut seen).await.unwrap_or(0) == 0 {
                    return;
                }
                let _ = arrived.send(seen.clone());
            }
            let _ = stream.write_all(&json_reply(200, "{}")).await;
        }
    })
    .await;
    let (sender, body) = fed(None);
    let (transport, request) = (open::<H>(), request(&peer, body));
    let call = tokio::spawn(async move { exchange(&transport, request).await });
    let mut seen = Vec::new();
    for part in ["first part", "second part"] {
        sender.send(Ok(part.into())).await.expect("the body is wanted");
        while !String::from_utf8_lossy(&seen).contains(part) {
            seen = arrived.recv().await.expect("more of the body");
        }
    }
    drop(sender);
    let reply = call.await.expect("no panic").expect("a reply");
    assert_eq!(reply.status(), 200);
    assert!(String::from_utf8_lossy(&seen).to_lowercase().contains("transfer-encoding: chunked"));
}

pub async fn a_failing_body_aborts_the_request<H: TransportHarness>() {
    for announced in [None, Some(1_000)] {
        let mut under_way = UnderWay::begin::<H>(announced, None).await;
        under_way.sender.send(Err("the camera is gone".into())).await.expect("the body is wanted");
        let outcome = (&mut under_way.call).await.expect("no panic");
        assert_eq!(outcome, Err((TransportErrorKind::RequestBody, Delivery::MaybeSent)));
        under_way.is_unfinished().await;
    }
}

pub async fn a_body_shorter_than_announced_is_never_completed<H: TransportHarness>() {
    let mut under_way = UnderWay::begin::<H>(Some(1_000), None).await;
    // Nothing feeds it any more.
    under_way.sender = fed(None).0;
    assert!((&mut under_way.call).await.expect("no panic").is_err());
    under_way.is_unfinished().await;
}

pub async fn a_dropped_call_aborts_the_request<H: TransportHarness>() {
    let mut under_way = UnderWay::begin::<H>(None, None).await;
    under_way.sender.send(Ok("second part".into())).await.expect("the body is wanted");
    under_way.call.abort();
    under_way.is_unfinished().await;
}

pub async fn a_deadline_aborts_the_request<H: TransportHarness>() {
    let mut under_way = UnderWay::begin::<H>(None, Some(Duration::from_secs(1))).await;
    let outcome = (&mut under_way.call).await.expect("no panic");
    assert_eq!(outcome, Err((TransportErrorKind::Timeout, Delivery::MaybeSent)));
    under_way.is_unfinished().await;
}

pub async fn an_answer_in_the_middle_of_the_body_is_heard<H: TransportHarness>() {
    let peer = Peer::answering(json_reply(401, "{}")).await;
    let (_sender, body) = fed(None);
    let reply = open::<H>().send(request(&peer, body)).await.expect("a reply");
    assert_eq!(reply.status(), 401);
}

pub async fn a_peer_that_does_not_read_stops_the_body<H: TransportHarness>() {
    struct Endless(Arc<AtomicUsize>);
    impl http_body::Body for Endless {
        type Data = Bytes;
        type Error = BoxError;
        fn poll_frame(
            self: Pin<&mut Self>,
            _: &mut Context<'_>,
        ) -> Poll<Option<Result<Frame<Bytes>, BoxError>>> {
            self.0.fetch_add(FRAME.len(), Ordering::SeqCst);
            Poll::Ready(Some(Ok(Frame::data(Bytes::from_static(FRAME)))))
        }
    }
    static FRAME: &[u8] = &[0; 64 * 1024];
    let peer = Peer::start(|mut stream| async move {
        read_head(&mut stream).await;
        std::future::pending::<()>().await;
    })
    .await;
    let taken = Arc::new(AtomicUsize::new(0));
    let mut request = request(&peer, Body::new(Endless(Arc::clone(&taken))));
    request.extensions_mut().insert(Deadline(Duration::from_millis(500)));
    let error = exchange(&open::<H>(), request).await.expect_err("no server answers");
    assert_eq!(error.kind(), TransportErrorKind::Timeout);
    // The sockets' own buffers take a few megabytes; what they do not take is not asked for.
    let taken = taken.load(Ordering::SeqCst);
    assert!((FRAME.len()..32 * 1024 * 1024).contains(&taken), "{taken}");
}
