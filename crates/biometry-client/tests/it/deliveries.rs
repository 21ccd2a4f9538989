//! How far a request got when it came to nothing.

use std::error::Error as _;
use std::io;
use std::time::Duration;

use biometry_client::{BaseUrl, Body, Client, Delivery, ErrorKind, HyperTransport, Warmup};
use tokio::io::AsyncWriteExt as _;
use tokio::net::TcpListener;

use crate::peer::{Peer, Reach as _, read_head};
use crate::stub::{ask, key};

#[tokio::test]
async fn a_refused_connection_sent_nothing() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let base = BaseUrl::parse(&format!("http://{}", listener.local_addr().unwrap())).unwrap();
    drop(listener);
    let client = Client::connect(base, key()).unwrap();
    let error = client.start_session(Warmup::No).await.unwrap_err();
    assert_eq!((error.kind(), error.delivery()), (ErrorKind::Connect, Delivery::NotSent));
    assert!(error.is_retryable());
    let cause = error.source().unwrap().source().unwrap().downcast_ref::<io::Error>().unwrap();
    assert_eq!(cause.kind(), io::ErrorKind::ConnectionRefused);
    let error = client.process_video(ask(Body::empty())).await.unwrap_err();
    assert_eq!((error.kind(), error.delivery()), (ErrorKind::Connect, Delivery::NotSent));
    assert!(!error.is_retryable(), "a stream cannot be rewound");
    let shown = format!("{error:?} {error}");
    assert!(!shown.contains("127.0.0.1") && !shown.contains("http:"), "{shown}");
}

#[tokio::test]
async fn a_peer_that_never_speaks_tls_is_no_connection() {
    let peer = Peer::start(|stream| async move {
        let _held = stream;
        std::future::pending::<()>().await;
    })
    .await;
    let transport = HyperTransport::builder().connect_limit(Duration::from_millis(100)).build().unwrap();
    let base = BaseUrl::parse(&format!("https://{}", peer.address())).unwrap();
    let error = Client::new(base, key(), transport).start_session(Warmup::No).await.unwrap_err();
    assert_eq!((error.kind(), error.delivery()), (ErrorKind::Connect, Delivery::NotSent));
    assert!(error.is_retryable());
}

#[tokio::test]
async fn a_reset_within_the_reply_is_no_reply() {
    let peer = Peer::start(|mut stream| async move {
        read_head(&mut stream).await;
        let part = b"HTTP/1.1 200 OK\r\ncontent-length: 500\r\n\r\n{\"scoring_result\":\"pass\"}";
        stream.write_all(part).await.unwrap();
    })
    .await;
    let error = peer.client().process_video(ask(Body::empty())).await.unwrap_err();
    assert_eq!((error.kind(), error.delivery()), (ErrorKind::Interrupted, Delivery::Answered));
    assert_eq!(error.status().unwrap().as_u16(), 200);
}

#[tokio::test]
async fn a_failing_status_counts_even_when_its_text_is_lost() {
    let peer = Peer::answering("HTTP/1.1 500 X\r\ncontent-length: 500\r\n\r\n{").await;
    let error = peer.client().start_session(Warmup::No).await.unwrap_err();
    assert_eq!((error.kind(), error.delivery()), (ErrorKind::Faulted, Delivery::Answered));
}
