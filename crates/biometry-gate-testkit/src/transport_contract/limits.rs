use std::time::Duration;

use biometry_client::{Body, Deadline, Delivery, Transport as _, TransportError, TransportErrorKind};
use http_body_util::BodyExt as _;
use tokio::io::AsyncWriteExt as _;

use super::{TransportHarness, exchange, open, request};
use crate::peer::{Peer, json_reply, read_head};

pub async fn a_head_that_never_comes_times_out<H: TransportHarness>() {
    let peer = Peer::start(|mut stream| async move {
        read_head(&mut stream).await;
        std::future::pending::<()>().await;
    })
    .await;
    let transport = H::open(Duration::from_millis(100));
    let error = transport.send(request(&peer, Body::empty())).await.expect_err("no server answers");
    assert_eq!((error.kind(), error.delivery()), (TransportErrorKind::Timeout, Delivery::MaybeSent));
}

pub async fn a_reply_that_trickles_times_out<H: TransportHarness>() {
    let peer = Peer::start(|mut stream| async move {
        read_head(&mut stream).await;
        let _ = stream.write_all(b"HTTP/1.1 200 OK\r\ncontent-length: 100000\r\n\r\n").await;
        let mut pace = tokio::time::interval(Duration::from_millis(5));
        while stream.write_all(b" ").await.is_ok() {
            pace.tick().await;
        }
    })
    .await;
    let transport = H::open(Duration::from_millis(300));
    let reply = transport.send(request(&peer, Body::empty())).await.expect("the head comes in time");
    let error = reply.into_body().collect().await.expect_err("the rest does not");
    let error = error.downcast_ref::<TransportError>().expect("a word on why");
    assert_eq!(error.kind(), TransportErrorKind::Timeout);
}

pub async fn a_deadline_replaces_the_limit_in_both_directions<H: TransportHarness>() {
    let peer = Peer::start(|mut stream| async move {
        read_head(&mut stream).await;
        tokio::time::sleep(Duration::from_millis(300)).await;
        let _late = stream.write_all(&json_reply(200, "{}")).await;
    })
    .await;
    let (short, long) = (H::open(Duration::from_millis(50)), open::<H>());
    let with = |deadline| {
        let mut request = request(&peer, Body::empty());
        request.extensions_mut().insert(Deadline(deadline));
        request
    };
    assert!(exchange(&short, with(Duration::from_secs(10))).await.is_ok());
    assert!(exchange(&long, with(Duration::MAX)).await.is_ok(), "as long as it takes");
    let kinds = [
        exchange(&short, request(&peer, Body::empty())).await,
        exchange(&long, with(Duration::from_millis(50))).await,
    ]
    .map(|outcome| outcome.expect_err("too late").kind());
    assert_eq!(kinds, [TransportErrorKind::Timeout; 2]);
}
