//! A video on its way: whole, streamed, and never completed short.

use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::task::{Context, Poll};
use std::time::Duration;

use biometry_client::{Body, BoxError, Delivery, ErrorKind, Verdict};
use bytes::Bytes;
use http_body::{Frame, SizeHint};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::sync::mpsc;

use crate::peer::{Peer, json, read_head, read_rest};
use crate::stub::ask;

const PASS: &str = r#"{"scoring_result":"pass"}"#;

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
async fn witness() -> (Peer, mpsc::UnboundedReceiver<String>, mpsc::UnboundedReceiver<Vec<u8>>) {
    let (head_sender, heads) = mpsc::unbounded_channel();
    let (rest_sender, rests) = mpsc::unbounded_channel();
    let peer = Peer::start(move |mut stream| {
        let (head_sender, rest_sender) = (head_sender.clone(), rest_sender.clone());
        async move {
            head_sender.send(read_head(&mut stream).await).unwrap();
            rest_sender.send(read_rest(&mut stream).await).unwrap();
        }
    })
    .await;
    (peer, heads, rests)
}

fn assert_unfinished(rest: &[u8]) {
    let shown = String::from_utf8_lossy(rest);
    assert!(shown.contains("first part"), "{shown}");
    assert!(!shown.ends_with("0\r\n\r\n"), "{shown}");
    assert!(!shown.contains("--\r\n"), "{shown}");
}

#[tokio::test]
async fn a_video_arrives_while_it_is_still_being_made() {
    let (arrived_sender, mut arrived) = mpsc::unbounded_channel();
    let peer = Peer::start(move |mut stream| {
        let arrived = arrived_sender.clone();
        async move {
            let mut seen = read_head(&mut stream).await.into_bytes();
            while !seen.ends_with(b"--\r\n\r\n0\r\n\r\n") {
                if stream.read_buf(&mut seen).await.unwrap() == 0 {
                    return;
                }
                arrived.send(seen.clone()).unwrap();
            }
            stream.write_all(&json(200, PASS)).await.unwrap();
        }
    })
    .await;
    let (sender, video) = fed(None);
    let client = peer.client();
    let call = tokio::spawn(async move { client.process_video(ask(video)).await });
    let mut seen = Vec::new();
    for part in ["first part", "second part"] {
        sender.send(Ok(part.into())).await.unwrap();
        while !String::from_utf8_lossy(&seen).contains(part) {
            seen = arrived.recv().await.unwrap();
        }
    }
    drop(sender);
    let reply = call.await.unwrap().unwrap();
    assert_eq!(reply.value().verdict(), Verdict::Pass);
    assert!(String::from_utf8_lossy(&seen).to_lowercase().contains("transfer-encoding: chunked"));
}

#[tokio::test]
async fn a_video_of_known_length_arrives_byte_for_byte() {
    let video: Vec<u8> =
        (0..3_000_000_u32).map(|index| (index.wrapping_mul(2_654_435_761) >> 24) as u8).collect();
    let (sender, mut seen) = mpsc::unbounded_channel();
    let peer = Peer::start(move |mut stream| {
        let sender = sender.clone();
        async move {
            let head = read_head(&mut stream).await.to_lowercase();
            let length = head.lines().find_map(|line| line.strip_prefix("content-length: ")).unwrap();
            let mut body = vec![0; length.parse().unwrap()];
            stream.read_exact(&mut body).await.unwrap();
            stream.write_all(&json(200, PASS)).await.unwrap();
            sender.send((head, body)).unwrap();
        }
    })
    .await;
    peer.client().process_video(ask(Body::from_bytes(video.clone()))).await.unwrap();
    let (head, body) = seen.recv().await.unwrap();
    let boundary = head.split_once("boundary=").unwrap().1.lines().next().unwrap();
    let start = body.windows(8).position(|window| window == b"webm\r\n\r\n").unwrap() + 8;
    let end = body.len() - format!("\r\n--{boundary}--\r\n").len();
    assert!(body[start..end] == video[..], "the video was changed on its way");
}

#[tokio::test]
async fn a_failing_video_aborts_the_request() {
    for announced in [None, Some(1_000)] {
        let (peer, mut heads, mut rests) = witness().await;
        let (sender, video) = fed(announced);
        let client = peer.client();
        let call = tokio::spawn(async move { client.process_video(ask(video)).await });
        sender.send(Ok("first part".into())).await.unwrap();
        heads.recv().await.unwrap();
        sender.send(Err("the camera is gone".into())).await.unwrap();
        let error = call.await.unwrap().unwrap_err();
        assert_eq!((error.kind(), error.delivery()), (ErrorKind::RequestBody, Delivery::MaybeSent));
        assert!(!error.is_retryable());
        assert_unfinished(&rests.recv().await.unwrap());
    }
}

#[tokio::test]
async fn a_video_shorter_than_announced_aborts_the_request() {
    let (peer, mut heads, mut rests) = witness().await;
    let (sender, video) = fed(Some(1_000));
    let client = peer.client();
    let call = tokio::spawn(async move { client.process_video(ask(video)).await });
    sender.send(Ok("first part".into())).await.unwrap();
    heads.recv().await.unwrap();
    drop(sender);
    assert_eq!(call.await.unwrap().unwrap_err().kind(), ErrorKind::RequestBody);
    assert_unfinished(&rests.recv().await.unwrap());
}

#[tokio::test]
async fn a_dropped_call_aborts_the_request() {
    let (peer, mut heads, mut rests) = witness().await;
    let (sender, video) = fed(None);
    let client = peer.client();
    let call = tokio::spawn(async move { client.process_video(ask(video)).await });
    sender.send(Ok("first part".into())).await.unwrap();
    sender.send(Ok("second part".into())).await.unwrap();
    heads.recv().await.unwrap();
    call.abort();
    assert_unfinished(&rests.recv().await.unwrap());
}

#[tokio::test]
async fn a_deadline_aborts_the_request() {
    let (peer, mut heads, mut rests) = witness().await;
    let (sender, video) = fed(None);
    let client = peer.client();
    let late = ask(video).deadline(Duration::from_secs(1));
    let call = tokio::spawn(async move { client.process_video(late).await });
    sender.send(Ok("first part".into())).await.unwrap();
    heads.recv().await.unwrap();
    let error = call.await.unwrap().unwrap_err();
    assert_eq!((error.kind(), error.delivery()), (ErrorKind::Timeout, Delivery::MaybeSent));
    assert_unfinished(&rests.recv().await.unwrap());
}

#[tokio::test]
async fn an_answer_in_the_middle_of_the_video_is_heard() {
    let peer = Peer::answering(json(401, r#"{"error":"api key is not active"}"#)).await;
    let (_sender, video) = fed(None);
    let error = peer.client().process_video(ask(video)).await.unwrap_err();
    assert_eq!((error.kind(), error.delivery()), (ErrorKind::KeyRejected, Delivery::Answered));
}

#[tokio::test]
async fn a_peer_that_does_not_read_stops_the_video() {
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
    let video = ask(Body::new(Endless(Arc::clone(&taken)))).deadline(Duration::from_millis(500));
    assert_eq!(peer.client().process_video(video).await.unwrap_err().kind(), ErrorKind::Timeout);
    // The sockets' own buffers take a few megabytes; what they do not take is not asked for.
    let taken = taken.load(Ordering::SeqCst);
    assert!((FRAME.len()..32 * 1024 * 1024).contains(&taken), "{taken}");
}
