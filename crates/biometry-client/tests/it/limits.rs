//! Every reply ends: trickling and endless ones.

use std::time::{Duration, Instant};

use biometry_client::{Delivery, ErrorKind, HyperTransport, Warmup};
use tokio::io::AsyncWriteExt as _;

use crate::peer::{Peer, Reach as _, json, read_head};

const STARTED: &str = r#"{"data":"sess_1"}"#;

#[tokio::test]
async fn a_body_that_trickles_times_out() {
    let peer = Peer::start(|mut stream| async move {
        read_head(&mut stream).await;
        let head = b"HTTP/1.1 200 OK\r\ncontent-length: 100000\r\nx-request-id: r-1\r\n\r\n";
        stream.write_all(head).await.unwrap();
        let mut pace = tokio::time::interval(Duration::from_millis(5));
        while stream.write_all(b" ").await.is_ok() {
            pace.tick().await;
        }
    })
    .await;
    let client = peer.client_over(HyperTransport::builder().total_limit(Duration::from_millis(200)));
    let began = Instant::now();
    let error = client.start_session(Warmup::No).await.unwrap_err();
    assert_eq!((error.kind(), error.delivery()), (ErrorKind::Timeout, Delivery::Answered));
    assert_eq!(error.status().unwrap().as_u16(), 200);
    assert_eq!(error.request_id().unwrap().as_str(), "r-1");
    assert!(began.elapsed() < Duration::from_secs(5));
}

#[tokio::test]
async fn a_reply_may_be_as_long_as_the_limit_and_no_longer() {
    let peer = Peer::answering(json(200, STARTED)).await;
    let exact = peer.client().with_response_limit(STARTED.len());
    assert!(exact.start_session(Warmup::No).await.is_ok());
    let short = peer.client().with_response_limit(STARTED.len() - 1);
    let error = short.start_session(Warmup::No).await.unwrap_err();
    assert_eq!((error.kind(), error.delivery()), (ErrorKind::ResponseTooLarge, Delivery::Answered));
    assert_eq!(error.status().unwrap().as_u16(), 200);
}

#[tokio::test]
async fn an_endless_reply_is_cut_at_the_limit() {
    let peer = Peer::start(|mut stream| async move {
        read_head(&mut stream).await;
        stream.write_all(b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n").await.unwrap();
        let chunk = [b"10000\r\n".as_slice(), &[b' '; 0x10000], b"\r\n"].concat();
        while stream.write_all(&chunk).await.is_ok() {}
    })
    .await;
    let error = peer.client().start_session(Warmup::No).await.unwrap_err();
    assert_eq!((error.kind(), error.delivery()), (ErrorKind::ResponseTooLarge, Delivery::Answered));
}

#[tokio::test]
async fn an_announced_giant_is_not_read_at_all() {
    let peer = Peer::start(|mut stream| async move {
        read_head(&mut stream).await;
        stream.write_all(b"HTTP/1.1 200 OK\r\ncontent-length: 99999999999\r\n\r\n").await.unwrap();
        std::future::pending::<()>().await;
    })
    .await;
    let error = peer.client().start_session(Warmup::No).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::ResponseTooLarge);
}
