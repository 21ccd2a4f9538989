use std::time::Duration;

use biometry_gate_testkit::{TestGate, Wire};
use http::Request;

use crate::harness::Served;
use crate::recipes::events_and_sockets::{app, by_cookie, configure};

/// A person whose proof is good for another moment, so that the gate looks after it often.
async fn nearly_over() -> (TestGate, Served) {
    let test = TestGate::start(by_cookie, configure).await;
    let head = Request::get("/").header("cookie", COOKIE).body(()).expect("a request").into_parts().0;
    let ana = by_cookie(&head).expect("it can tell").expect("she is logged in");
    test.verify(&ana, "rates").await;
    test.clock().advance(Duration::from_secs(300) - LEFT);
    let served = Served::open(app(test.gate()).expect("an app")).await;
    (test, served)
}

async fn ask(served: &Served, path: &str, more: &str) -> Wire {
    let mut wire = Wire::connect(served.address()).await;
    let host = served.address();
    assert!(
        wire.send(format!("GET {path} HTTP/1.1\r\nHost: {host}\r\nCookie: {COOKIE}\r\n{more}\r\n")).await
    );
    wire
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn neither_opens_without_a_proof_or_for_another_site() {
    let (test, served) = nearly_over().await;
    let upgrade = format!("{UPGRADE}Origin: https://evil.example\r\nSec-Fetch-Site: cross-site\r\n");
    ask(&served, "/socket", &upgrade).await.answer().await.problem("cross-site");
    test.clock().advance(LEFT);
    for (path, more) in [("/events", ""), ("/socket", UPGRADE)] {
        assert_eq!(
            ask(&served, path, more).await.answer().await.problem("step-up-required")["reason"],
            "stale"
        );
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn events_break_off_with_the_proof() {
    let (test, served) = nearly_over().await;
    let mut wire = ask(&served, "/events", "").await;
    let begun = wire.until_said(RATE).await;
    assert!(begun.starts_with(b"HTTP/1.1 200"), "{}", String::from_utf8_lossy(&begun));
    test.clock().advance(LEFT);
    let rest = wire.last_words().await;
    // A body that ends well says so with its last chunk.
    assert!(!rest.windows(5).any(|window| window == b"0\r\n\r\n"), "{}", String::from_utf8_lossy(&rest));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_socket_is_closed_with_the_proof_and_says_why() {
    let (test, served) = nearly_over().await;
    let mut wire = ask(&served, "/socket", UPGRADE).await;
    let begun = wire.until_said(RATE).await;
    assert!(begun.starts_with(b"HTTP/1.1 101"), "{}", String::from_utf8_lossy(&begun));
    test.clock().advance(LEFT);
    // The code for a policy (RFC 6455, section 7.4.1) stands in front of the reason.
    let end = wire.until_said("the proof this socket was opened with is over").await;
    assert!(end.windows(2).any(|window| window == 1008_u16.to_be_bytes()), "{end:?}");
    assert!(wire.is_closed().await);
}

const COOKIE: &str = "session=session-of-ana";
const RATE: &str = "EUR/USD 1.08";
const UPGRADE: &str = "Connection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\n\
                       Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n";
/// How long the proof is still good when a stream is opened.
const LEFT: Duration = Duration::from_millis(300);
