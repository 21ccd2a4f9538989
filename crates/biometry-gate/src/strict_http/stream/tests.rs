use std::time::Duration;

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _, duplex};
use tokio::time::Instant;

use super::super::limits::ConnectionLimits;
use super::*;

const REQUEST: &[u8] = b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 4\r\n\r\nbody";
const AMBIGUOUS: &[u8] =
    b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n";

#[tokio::test]
async fn clear_requests_arrive_as_they_are_sent() {
    let (mut client, server) = duplex(64);
    let mut server = StrictStream::new(server);
    let sent = REQUEST.repeat(50);
    let sending = async {
        client.write_all(&sent).await.expect("a reader");
        client.shutdown().await.expect("a reader");
    };
    let mut read = Vec::new();
    let (_, length) = tokio::join!(sending, server.read_to_end(&mut read));
    assert_eq!(length.expect("an end"), sent.len());
    assert_eq!(read, sent);
}

#[tokio::test(start_paused = true)]
async fn an_ambiguous_request_ends_the_connection_with_an_answer() {
    let (mut client, server) = duplex(4_096);
    let mut server = StrictStream::new(server);
    client.write_all(&[REQUEST, AMBIGUOUS, REQUEST].concat()).await.expect("a reader");
    let mut read = Vec::new();
    server.read_to_end(&mut read).await.expect("an end");
    assert_eq!(read, REQUEST);
    server.shutdown().await.expect("a client");
    drop(server);
    let mut answer = String::new();
    client.read_to_string(&mut answer).await.expect("an answer");
    assert!(answer.starts_with("HTTP/1.1 400 ") && answer.ends_with('}'), "{answer}");
}

/// How much of what a client sends behind an answer is read, and how long that takes.
async fn heard_out(request: &[u8], rest: usize, goes_away: bool) -> (usize, Duration) {
    let (mut client, server) = duplex(64 * 1_024);
    let mut server = StrictStream::new(server);
    client.write_all(request).await.expect("a reader");
    server.read_exact(&mut vec![0; request.len()]).await.expect("the request");
    server.write_all(b"HTTP/1.1 401 Unauthorized\r\n\r\n").await.expect("a client");
    let sending = async {
        let mut sent = 0;
        while sent < rest && client.write_all(&[0; 1_024]).await.is_ok() {
            sent += 1_024;
        }
        if goes_away {
            drop(client);
            return sent;
        }
        std::future::pending().await
    };
    let (mut sent, begun) = (0, Instant::now());
    tokio::select! {
        biased;
        all = sending => sent = all,
        ended = server.shutdown() => ended.expect("an end"),
    }
    (sent, begun.elapsed())
}

const ANNOUNCED: &[u8] = b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 50000000\r\n\r\n";
const CHUNKED: &[u8] = b"POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\nfffffff\r\n";

#[tokio::test(start_paused = true)]
async fn who_is_still_sending_is_heard_out_as_long_as_an_upload_may_take() {
    let (sent, _) = heard_out(ANNOUNCED, 40_000_000, true).await;
    assert!(sent >= 40_000_000, "{sent}");
    let (_, waited) = heard_out(ANNOUNCED, 1_024, false).await;
    assert_eq!(waited, Duration::from_secs(10), "no longer than a silence may last");
    let (_, waited) = heard_out(ANNOUNCED, usize::MAX, false).await;
    assert_eq!(waited, Duration::ZERO, "nor for more than was announced");
    let (_, waited) = heard_out(CHUNKED, usize::MAX, false).await;
    assert_eq!(waited, Duration::ZERO, "nor for more than an upload may hold");
}

#[tokio::test(start_paused = true)]
async fn who_has_said_everything_is_not_waited_for() {
    let (_, waited) = heard_out(REQUEST, 0, false).await;
    assert_eq!(waited, Duration::ZERO);
}

#[tokio::test]
async fn an_unfinished_head_reaches_the_server_with_the_end() {
    let (mut client, server) = duplex(64);
    let mut server = StrictStream::new(server);
    client.write_all(b"GET / HT").await.expect("a reader");
    client.shutdown().await.expect("a reader");
    let mut read = Vec::new();
    server.read_to_end(&mut read).await.expect("an end");
    assert_eq!(read, b"GET / HT");
}

/// What a client reads to the end of a connection on which a server answers with this.
async fn said(request: &[u8], answer: &[u8]) -> String {
    let (mut client, server) = duplex(64 * 1_024);
    let mut server = StrictStream::new(server);
    client.write_all(request).await.expect("a reader");
    server.read_exact(&mut vec![0; request.len()]).await.expect("the request");
    server.write_all(answer).await.expect("a client");
    let ending = tokio::spawn(async move { server.shutdown().await });
    let mut said = String::new();
    client.read_to_string(&mut said).await.expect("an answer");
    drop(client);
    ending.await.expect("no panic").expect("an end");
    said
}

const ANSWER: &str = "HTTP/1.1 403 Forbidden\r\ncontent-length: 2\r\n\r\nno";

#[tokio::test(start_paused = true)]
async fn an_answer_before_the_end_says_that_the_connection_ends() {
    let closing = "HTTP/1.1 403 Forbidden\r\nconnection: close\r\ncontent-length: 2\r\n\r\nno";
    assert_eq!(said(ANNOUNCED, ANSWER.as_bytes()).await, closing);
    assert_eq!(said(ANNOUNCED, closing.as_bytes()).await, closing, "once is enough");
    assert_eq!(said(REQUEST, ANSWER.as_bytes()).await, ANSWER, "nothing is left of the request");
    let interim = format!("HTTP/1.1 100 Continue\r\n\r\n{ANSWER}");
    assert!(said(ANNOUNCED, interim.as_bytes()).await.starts_with("HTTP/1.1 100 Continue\r\n\r\n"));
}

#[tokio::test(start_paused = true)]
async fn nothing_behind_an_early_answer_is_another_request() {
    let (mut client, server) = duplex(64 * 1_024);
    let mut server = StrictStream::new(server);
    let head = &REQUEST[..REQUEST.len() - 4];
    client.write_all(head).await.expect("a reader");
    server.read_exact(&mut vec![0; head.len()]).await.expect("the head");
    server.write_all(ANSWER.as_bytes()).await.expect("a client");
    client.write_all(&[b"body", REQUEST].concat()).await.expect("a reader");
    let mut rest = Vec::new();
    server.read_to_end(&mut rest).await.expect("an end");
    assert_eq!(rest, b"body");
}

#[tokio::test(start_paused = true)]
async fn a_server_that_drops_the_connection_takes_no_refusal_along() {
    for upgrade in ["", "Connection: Upgrade\r\nUpgrade: websocket\r\n"] {
        let (mut client, server) = duplex(64 * 1_024);
        let mut server = StrictStream::new(server);
        let asks = format!("GET / HTTP/1.1\r\nHost: x\r\n{upgrade}\r\n");
        client.write_all(asks.as_bytes()).await.expect("a reader");
        server.read_exact(&mut vec![0; asks.len()]).await.expect("a request");
        server.write_all(b"HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n").await.expect("a client");
        client.write_all(AMBIGUOUS).await.expect("a reader");
        assert_eq!(server.read(&mut [0; 64]).await.expect("an end"), 0);
        drop(server);
        let mut said = String::new();
        client.read_to_string(&mut said).await.expect("an answer");
        assert!(said.contains("HTTP/1.1 400 Bad Request"), "{said}");
    }
}

#[tokio::test(start_paused = true)]
async fn the_old_upgrade_to_http2_reaches_no_server() {
    let (mut client, server) = duplex(64 * 1_024);
    let mut server = StrictStream::new(server);
    let asks = b"GET / HTTP/1.1\r\nHost: x\r\nConnection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\n\r\n";
    client.write_all(asks).await.expect("a reader");
    let mut seen = vec![0; asks.len()];
    server.read_exact(&mut seen).await.expect("a request");
    assert!(!seen.to_ascii_lowercase().windows(7).any(|word| word == b"upgrade"));
}

/// How long a server waits until it sees the end of a connection on which this was sent.
async fn patience(sent: &[u8]) -> Duration {
    let (mut client, server) = duplex(64 * 1_024);
    let mut server = StrictStream::new(server);
    client.write_all(sent).await.expect("a reader");
    let begun = Instant::now();
    let mut seen = Vec::new();
    server.read_to_end(&mut seen).await.expect("an end");
    server.shutdown().await.expect("a client");
    begun.elapsed()
}

#[tokio::test(start_paused = true)]
async fn heads_and_next_requests_are_waited_for_within_bounds() {
    let limits = ConnectionLimits::default();
    assert_eq!(patience(b"").await, limits.idle());
    assert_eq!(patience(b"GET / HT").await, limits.head() + Duration::from_secs(10), "and heard out");
    assert_eq!(
        patience(&super::super::follower::PREFACE[..9]).await,
        limits.head() + Duration::from_secs(10)
    );
    assert_eq!(patience(super::super::follower::PREFACE).await, limits.idle());
}

#[tokio::test(start_paused = true)]
async fn a_request_that_is_being_answered_is_not_hurried() {
    let (mut client, server) = duplex(64 * 1_024);
    let mut server = StrictStream::new(server);
    client.write_all(REQUEST).await.expect("a reader");
    server.read_exact(&mut vec![0; REQUEST.len()]).await.expect("the request");
    let hour = Duration::from_secs(3_600);
    assert!(tokio::time::timeout(hour, server.read(&mut [0; 1])).await.is_err(), "before the answer");
    server
        .write_all(b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n1\r\na\r\n")
        .await
        .expect("a client");
    assert!(tokio::time::timeout(hour, server.read(&mut [0; 1])).await.is_err(), "within the answer");
    server.write_all(b"0\r\n\r\n").await.expect("a client");
    let begun = Instant::now();
    assert_eq!(server.read(&mut [0; 1]).await.expect("an end"), 0);
    assert_eq!(begun.elapsed(), ConnectionLimits::default().idle());
}

#[tokio::test(start_paused = true)]
async fn a_client_that_takes_nothing_of_an_answer_is_given_up() {
    let (mut client, server) = duplex(1_024);
    let mut server = StrictStream::new(server);
    client.write_all(b"GET / HTTP/1.1\r\nHost: x\r\n\r\n").await.expect("a reader");
    server.read_exact(&mut [0; 27]).await.expect("the request");
    let begun = Instant::now();
    let error = server.write_all(&[b'x'; 4_096]).await.expect_err("the client reads nothing");
    assert_eq!(
        (error.kind(), begun.elapsed()),
        (io::ErrorKind::TimedOut, ConnectionLimits::default().write())
    );
}

fn frame(kind: u8, flags: u8, stream: u8, payload: &[u8]) -> Vec<u8> {
    let length = u16::try_from(payload.len()).expect("a short frame").to_be_bytes();
    [&[0, length[0], length[1], kind, flags, 0, 0, 0, stream][..], payload].concat()
}

/// A connection of HTTP/2 on which the first request was answered, and its stream reset, before its body came.
async fn answered_early() -> (tokio::io::DuplexStream, StrictStream<tokio::io::DuplexStream>) {
    let (mut client, server) = duplex(1_024 * 1_024);
    let mut server = StrictStream::new(server);
    let head = [super::super::follower::PREFACE, &frame(4, 0, 0, b""), &frame(1, 4, 1, b"head")].concat();
    client.write_all(&head).await.expect("a reader");
    server.read_exact(&mut vec![0; head.len()]).await.expect("a head");
    let answer = [frame(4, 0, 0, &[0, 3, 0, 0, 0, 9]), frame(1, 5, 1, b"answer")].concat();
    server.write_all(&[&answer[..], &frame(3, 0, 1, &[0; 4])].concat()).await.expect("a client");
    server.flush().await.expect("a client");
    let mut seen = vec![0; answer.len()];
    client.read_exact(&mut seen).await.expect("an answer");
    assert_eq!(seen, answer);
    (client, server)
}

async fn next_frame(client: &mut tokio::io::DuplexStream) -> Vec<u8> {
    let mut seen = vec![0; 13];
    client.read_exact(&mut seen).await.expect("a frame");
    seen
}

#[tokio::test(start_paused = true)]
async fn a_stream_that_was_answered_early_is_read_on_before_it_is_reset() {
    let (mut client, mut server) = answered_early().await;
    assert_eq!(next_frame(&mut client).await, frame(8, 0, 1, &[0, 16, 0, 0]), "room to go on");
    let data = frame(0, 0, 1, &[0; 16_384]);
    let ping = frame(6, 0, 0, b"8 octets");
    client.write_all(&data[..5]).await.expect("a reader");
    let seen = tokio::time::timeout(Duration::ZERO, server.read(&mut [0; 9])).await;
    assert!(seen.is_err(), "the stream of that frame is not known yet");
    for piece in [&data[5..], &ping, &data[..], &frame(0, 1, 1, b"end"), &ping] {
        client.write_all(piece).await.expect("a reader");
    }
    let mut seen = vec![0; 2 * ping.len()];
    server.read_exact(&mut seen).await.expect("what is not the body");
    assert_eq!(seen, ping.repeat(2));
    server.flush().await.expect("a client");
    let mut growth = 0;
    while growth < 2 * 16_384 + 3 {
        let update = next_frame(&mut client).await;
        assert_eq!(update[..5], [0, 0, 4, 8, 0]);
        let [.., stream, a, b, c, d] = update[..] else { unreachable!("a frame") };
        growth += if stream == 0 { u32::from_be_bytes([a, b, c, d]) } else { 0 };
    }
    assert_eq!(growth, 2 * 16_384 + 3, "the connection's window is as it was");
}

#[tokio::test(start_paused = true)]
async fn a_silent_stream_that_was_answered_early_is_reset_in_the_end() {
    let (mut client, mut server) = answered_early().await;
    next_frame(&mut client).await;
    let begun = Instant::now();
    let reading = tokio::spawn(async move { server.read(&mut [0; 64]).await });
    assert_eq!(next_frame(&mut client).await, frame(3, 0, 1, &[0; 4]));
    assert_eq!(begun.elapsed(), Duration::from_secs(10));
    reading.abort();
}

#[tokio::test(start_paused = true)]
async fn a_reset_that_says_more_is_written_at_once() {
    let (mut client, server) = duplex(1_024 * 1_024);
    let mut server = StrictStream::new(server);
    let head = [super::super::follower::PREFACE, &frame(4, 0, 0, b""), &frame(1, 4, 1, b"head")].concat();
    client.write_all(&head).await.expect("a reader");
    server.read_exact(&mut vec![0; head.len()]).await.expect("a head");
    let written = [frame(4, 0, 0, &[0, 3, 0, 0, 0, 9]), frame(3, 0, 1, &[0, 0, 0, 8])].concat();
    server.write_all(&written).await.expect("a client");
    let mut seen = vec![0; written.len()];
    client.read_exact(&mut seen).await.expect("all of it");
    assert_eq!(seen, written);
}
