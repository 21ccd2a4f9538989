use std::error::Error as StdError;

use biometry_client::{Body, Delivery, TransportError, TransportErrorKind};
use tokio::io::AsyncWriteExt as _;

use super::{TransportHarness, exchange, open, request};
use crate::peer::{Peer, read_head};

pub async fn a_refused_connection_has_sent_nothing<H: TransportHarness>() {
    let error = refused::<H>().await;
    assert_eq!((error.kind(), error.delivery()), (TransportErrorKind::Connect, Delivery::NotSent));
}

pub async fn a_reset_before_the_reply_may_have_sent_it<H: TransportHarness>() {
    let (peer, error) = reset::<H>().await;
    assert_eq!((error.kind(), error.delivery()), (TransportErrorKind::Interrupted, Delivery::MaybeSent));
    assert_eq!(peer.connections(), 1, "nothing is sent again");
}

pub async fn a_reply_that_breaks_off_is_no_whole_reply<H: TransportHarness>() {
    for head in ["content-length: 500\r\n\r\n", "transfer-encoding: chunked\r\n\r\n100\r\n"] {
        let peer = Peer::start(move |mut stream| async move {
            read_head(&mut stream).await;
            let part = format!("HTTP/1.1 200 OK\r\n{head}{{\"scoring_result\":\"pass\"}}");
            let _ = stream.write_all(part.as_bytes()).await;
        })
        .await;
        let reply = exchange(&open::<H>(), request(&peer, Body::empty())).await.expect("a head");
        assert!(reply.body().is_err(), "{head:?}");
    }
}

pub async fn something_that_is_not_http_is_a_broken_connection<H: TransportHarness>() {
    let error = not_http::<H>().await;
    assert_eq!((error.kind(), error.delivery()), (TransportErrorKind::Interrupted, Delivery::MaybeSent));
}

pub async fn no_error_reveals_an_address_a_header_or_a_path<H: TransportHarness>() {
    for error in [refused::<H>().await, reset::<H>().await.1, not_http::<H>().await] {
        let chain = std::iter::successors(Some(&error as &dyn StdError), |&error| error.source());
        let shown: String = chain.map(|error| format!("{error} {error:?}\n")).collect();
        for secret in ["127.0.0.1", "http:", "the-key-of-a-test", "ana@example.com", "a-path-of-a-test"] {
            assert!(!shown.contains(secret), "{secret}: {shown}");
        }
    }
    let shown = format!("{:?}", open::<H>());
    assert!(!shown.contains("the-key-of-a-test"), "{shown}");
}

async fn refused<H: TransportHarness>() -> TransportError {
    let peer = Peer::answering("").await;
    let request = request(&peer, Body::empty());
    let address = peer.address();
    drop(peer);
    // The listener is gone as soon as its task has ended.
    crate::host::eventually("the port is closed", async || {
        tokio::net::TcpStream::connect(address).await.is_err()
    })
    .await;
    exchange(&open::<H>(), request).await.expect_err("no server listens")
}

async fn reset<H: TransportHarness>() -> (Peer, TransportError) {
    let peer = Peer::start(|mut stream| async move {
        read_head(&mut stream).await;
        let _ = stream.set_zero_linger();
    })
    .await;
    let error = exchange(&open::<H>(), request(&peer, Body::empty())).await.expect_err("no reply");
    (peer, error)
}

async fn not_http<H: TransportHarness>() -> TransportError {
    let peer = Peer::answering("SSH-2.0-OpenSSH_9.2\r\n").await;
    exchange(&open::<H>(), request(&peer, Body::empty())).await.expect_err("no reply")
}
