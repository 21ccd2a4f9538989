//! A video in its form: whole, and never completed short. How forms travel is the transport's contract.

use std::pin::Pin;
use std::task::{Context, Poll};

use biometry_client::{Body, BoxError, Delivery, ErrorKind};
use bytes::Bytes;
use http_body::{Frame, SizeHint};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::sync::mpsc;

use crate::peer::{Peer, Reach as _, json, read_head, read_rest};
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
async fn a_video_that_fails_or_ends_early_aborts_the_request() {
    for (announced, failure) in [
        (None, Some("the camera is gone")),
        (Some(1_000), Some("the camera is gone")),
        // Shorter than announced.
        (Some(1_000), None),
    ] {
        let (peer, mut heads, mut rests) = witness().await;
        let (sender, video) = fed(announced);
        let client = peer.client();
        let call = tokio::spawn(async move { client.process_video(ask(video)).await });
        sender.send(Ok("first part".into())).await.unwrap();
        heads.recv().await.unwrap();
        if let Some(failure) = failure {
            sender.send(Err(failure.into())).await.unwrap();
        }
        drop(sender);
        let error = call.await.unwrap().unwrap_err();
        assert_eq!((error.kind(), error.delivery()), (ErrorKind::RequestBody, Delivery::MaybeSent));
        assert!(!error.is_retryable());
        assert_unfinished(&rests.recv().await.unwrap());
    }
}
