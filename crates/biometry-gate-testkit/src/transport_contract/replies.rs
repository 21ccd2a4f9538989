use biometry_client::{Body, Transport as _};
use http_body_util::BodyExt as _;
use tokio::io::AsyncWriteExt as _;
use tokio::sync::mpsc;

use super::{TransportHarness, exchange, open, request};
use crate::peer::{Peer, json_reply, read_head, read_rest};

pub async fn a_request_and_its_reply_come_through<H: TransportHarness>() {
    let reply = "HTTP/1.1 418 X\r\nx-request-id: r-1\r\nx-removed-services: false\r\nx-removed-services: true\r\n\
                 content-length: 5\r\nconnection: close\r\n\r\nshort";
    let peer = Peer::answering(reply).await;
    let reply = exchange(&open::<H>(), request(&peer, Body::empty())).await.expect("a reply");
    assert_eq!(
        (reply.status().as_u16(), &reply.headers()["x-request-id"]),
        (418, &"r-1".parse().expect("text"))
    );
    let removed: Vec<_> = reply.headers().get_all("x-removed-services").iter().collect();
    assert_eq!(removed, ["false", "true"], "each of a header's values");
    assert_eq!(reply.body().as_ref().expect("a whole body"), "short");
}

pub async fn a_request_reveals_no_more_than_it_must<H: TransportHarness>() {
    let (sender, mut heads) = mpsc::unbounded_channel();
    let peer = Peer::start(move |mut stream| {
        let sender = sender.clone();
        async move {
            let _ = sender.send(read_head(&mut stream).await.expect("a head"));
            let _ = stream.write_all(&json_reply(200, "{}")).await;
        }
    })
    .await;
    let mut request = request(&peer, Body::empty());
    *request.uri_mut() = format!("http://{}/a/b?c=d%20e", peer.address()).parse().expect("a target");
    exchange(&open::<H>(), request).await.expect("a reply");
    let head = heads.recv().await.expect("a request");
    assert!(head.starts_with("POST /a/b?c=d%20e HTTP/1.1\r\n"), "{head}");
    let head = head.to_ascii_lowercase();
    assert!(head.contains("\r\nauthorization: bearer the-key-of-a-test\r\n"), "{head}");
    assert!(head.contains("\r\nx-user-fullname: ana@example.com\r\n"), "{head}");
    let names = head.lines().skip(1).filter_map(|line| Some(line.split_once(':')?.0));
    for name in names {
        let known = ["authorization", "x-user-fullname", "host", "accept", "user-agent", "content-length"];
        assert!(known.contains(&name) || name == "connection", "{name}: {head}");
    }
}

pub async fn a_reply_is_handed_on_as_it_came_whatever_coding_it_claims<H: TransportHarness>() {
    for coding in ["gzip", "deflate", "br", "zstd"] {
        let head = format!("HTTP/1.1 200 X\r\ncontent-encoding: {coding}\r\ncontent-length: 2\r\n\r\n");
        let peer = Peer::answering(format!("{head}{{}}")).await;
        let reply = exchange(&open::<H>(), request(&peer, Body::empty())).await.expect("a reply");
        assert_eq!(reply.into_body().expect("a whole body"), "{}", "{coding}");
    }
}

pub async fn no_redirect_is_followed<H: TransportHarness>() {
    for status in [301, 302, 303, 307, 308] {
        let other = Peer::answering(json_reply(200, "{}")).await;
        let location = format!(
            "HTTP/1.1 {status} X\r\nlocation: http://{}/\r\ncontent-length: 0\r\n\r\n",
            other.address()
        );
        let peer = Peer::answering(location).await;
        let reply = exchange(&open::<H>(), request(&peer, Body::empty())).await.expect("a reply");
        assert_eq!(reply.status().as_u16(), status);
        assert_eq!((peer.connections(), other.connections()), (1, 0));
    }
}

pub async fn a_request_is_sent_once_whatever_the_answer<H: TransportHarness>() {
    for status in [408, 425, 429, 500, 502, 503, 504] {
        let reply = format!("HTTP/1.1 {status} X\r\nretry-after: 0\r\nconnection: close\r\n\r\n");
        let peer = Peer::answering(reply).await;
        let reply = exchange(&open::<H>(), request(&peer, Body::empty())).await.expect("a reply");
        assert_eq!((reply.status().as_u16(), peer.connections()), (status, 1));
    }
}

pub async fn a_reply_is_handed_on_while_it_arrives<H: TransportHarness>() {
    let (sender, mut ends) = mpsc::unbounded_channel();
    let peer = Peer::start(move |mut stream| {
        let sender = sender.clone();
        async move {
            read_head(&mut stream).await;
            let _ = stream
                .write_all(b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n5\r\nfirst\r\n")
                .await;
            let _ = sender.send(read_rest(&mut stream).await);
        }
    })
    .await;
    let mut body = open::<H>().send(request(&peer, Body::empty())).await.expect("the head").into_body();
    let first = body.frame().await.expect("a frame").expect("no error").into_data().expect("data");
    assert_eq!(first, "first");
    drop(body);
    ends.recv().await.expect("the connection ends with the reply that is not read");
}
