//! A verification of version 2 on its way: one video, several calls.

use std::pin::Pin;
use std::task::{Context, Poll};

use biometry_client::{
    ApiVersion, BaseUrl, Body, BoxError, Client, ErrorKind, Service, ServiceState, Verdict,
};
use bytes::Bytes;
use http_body::{Frame, SizeHint};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tokio::sync::mpsc;

use crate::peer::{Peer, json, read_head};
use crate::stub::{ask, key};

fn client_of(peer: &Peer) -> Client {
    let base = BaseUrl::parse(&format!("http://{}", peer.address())).unwrap();
    Client::builder(base, key()).version(ApiVersion::V2).connect().unwrap()
}

/// Reads a form of announced length and says which call it was.
async fn read_form(stream: &mut TcpStream) -> (String, Vec<u8>) {
    let head = read_head(stream).await.to_lowercase();
    let length = head.lines().find_map(|line| line.strip_prefix("content-length: ")).unwrap();
    let mut body = vec![0; length.parse().unwrap()];
    stream.read_exact(&mut body).await.unwrap();
    (head.split(' ').nth(1).unwrap().rsplit('/').next().unwrap().to_owned(), body)
}

fn contains(bytes: &[u8], wanted: &[u8]) -> bool {
    bytes.windows(wanted.len()).any(|window| window == wanted)
}

fn passing(call: &str) -> String {
    let data = match call {
        "liveness" => r#""face_liveness_detection":{"score":0.99}"#,
        _ => r#""face_recognition":{"score":0.98}"#,
    };
    format!(
        r#"{{"data":{{{data}}},"decision":{{"status":"pass","score":0.9,"reasons":[]}},"meta":{{"request_id":"r"}}}}"#
    )
}

/// A body that is fed frame by frame, of announced length or not.
struct Fed(mpsc::Receiver<Result<Bytes, BoxError>>, Option<u64>);

impl http_body::Body for Fed {
    type Data = Bytes;
    type Error = BoxError;
    fn poll_frame(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, BoxError>>> {
        self.0.poll_recv(cx).map(|frame| frame.map(|frame| frame.map(Frame::data)))
    }

    fn size_hint(&self) -> SizeHint {
        self.1.map_or_else(SizeHint::new, SizeHint::with_exact)
    }
}

#[tokio::test]
async fn both_calls_of_a_verification_get_the_whole_video_at_once() {
    let (sender, mut seen) = mpsc::unbounded_channel();
    let peer = Peer::start(move |mut stream| {
        let sender = sender.clone();
        async move {
            let (call, body) = read_form(&mut stream).await;
            stream.write_all(&json(200, &passing(&call))).await.unwrap();
            sender.send((call, body)).unwrap();
        }
    })
    .await;
    let video: Vec<u8> =
        (0..3_000_000_u32).map(|index| (index.wrapping_mul(2_654_435_761) >> 24) as u8).collect();
    let (frames, body) = mpsc::channel(1);
    let client = client_of(&peer);
    let call =
        tokio::spawn(async move { client.process_video(ask(Body::new(Fed(body, Some(3_000_000))))).await });
    for frame in video.chunks(10_000) {
        frames.send(Ok(Bytes::copy_from_slice(frame))).await.unwrap();
    }
    drop(frames);
    let reply = call.await.unwrap().unwrap();
    assert_eq!(reply.value().verdict(), Verdict::Pass);
    for service in [Service::FaceLivenessDetection, Service::FaceRecognition] {
        assert_eq!(reply.value().service(service).state(), ServiceState::Passed);
    }
    let mut calls = Vec::new();
    for _ in 0..2 {
        let (call, body) = seen.recv().await.unwrap();
        assert!(contains(&body, &video), "{call}: the video was changed on its way");
        calls.push(call);
    }
    calls.sort();
    assert_eq!(calls, ["face-verify", "liveness"]);
}

#[tokio::test]
async fn an_answer_to_half_a_video_beside_one_to_the_whole_is_no_verification() {
    let peer = Peer::start(|mut stream| async move {
        let head = read_head(&mut stream).await;
        if head.contains("face-verify") {
            // Answers at once and reads no further.
            stream.write_all(&json(200, &passing("face-verify"))).await.unwrap();
            return;
        }
        let mut body = Vec::new();
        while !body.ends_with(b"--\r\n\r\n0\r\n\r\n") {
            if stream.read_buf(&mut body).await.unwrap() == 0 {
                return;
            }
        }
        stream.write_all(&json(200, &passing("liveness"))).await.unwrap();
    })
    .await;
    let (frames, body) = mpsc::channel(1);
    let client = client_of(&peer);
    let call = tokio::spawn(async move { client.process_video(ask(Body::new(Fed(body, None)))).await });
    for _ in 0..300 {
        if frames.send(Ok(Bytes::from_static(&[7; 10_000]))).await.is_err() {
            break;
        }
    }
    drop(frames);
    let error = call.await.unwrap().unwrap_err();
    assert!(matches!(error.kind(), ErrorKind::Unparsable | ErrorKind::Interrupted), "{error:?}");
}

/// A peer that answers some calls at once by their head, and of the others says whether they came to a clean end.
async fn witness(answer: fn(head: &str) -> Option<Vec<u8>>) -> (Peer, mpsc::UnboundedReceiver<bool>) {
    let (sender, ended) = mpsc::unbounded_channel();
    let peer = Peer::start(move |mut stream| {
        let sender = sender.clone();
        async move {
            let head = read_head(&mut stream).await;
            if let Some(answer) = answer(&head) {
                stream.write_all(&answer).await.unwrap();
                return;
            }
            let mut body = Vec::new();
            let _cut = stream.read_to_end(&mut body).await;
            sender.send(contains(&body, b"0\r\n\r\n")).unwrap();
        }
    })
    .await;
    (peer, ended)
}

#[tokio::test]
async fn one_call_that_is_refused_aborts_the_other() {
    let (peer, mut ended) = witness(|head| {
        let refused = r#"{"error":{"code":"unauthorized","message":"m"},"meta":{}}"#;
        head.contains("face-verify").then(|| json(401, refused))
    })
    .await;
    let (frames, body) = mpsc::channel(1);
    let client = client_of(&peer);
    let call = tokio::spawn(async move { client.process_video(ask(Body::new(Fed(body, None)))).await });
    frames.send(Ok(Bytes::from_static(b"first part"))).await.unwrap();
    assert_eq!(call.await.unwrap().unwrap_err().kind(), ErrorKind::KeyRejected);
    assert!(!ended.recv().await.unwrap(), "the other one was completed");
}

#[tokio::test]
async fn a_failing_video_aborts_both_calls() {
    let (peer, mut ended) = witness(|_| None).await;
    let (frames, body) = mpsc::channel(1);
    let client = client_of(&peer);
    let call = tokio::spawn(async move { client.process_video(ask(Body::new(Fed(body, None)))).await });
    frames.send(Ok(Bytes::from_static(b"first part"))).await.unwrap();
    frames.send(Err("the camera is gone".into())).await.unwrap();
    assert_eq!(call.await.unwrap().unwrap_err().kind(), ErrorKind::RequestBody);
    for _ in 0..2 {
        assert!(!ended.recv().await.unwrap(), "completed short");
    }
}
