//! Streams that a gate has opened: server-sent events and WebSockets end with the proof that they were opened with.

mod on_actix;
mod on_axum;

use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;

use biometry_gate::principal::Tenant;
use biometry_gate_testkit::Wire;
use biometry_gate_testkit::host::{HostHarness, Person, Stage};
use bytes::Bytes;

pub(crate) use self::on_actix::OnActix;
pub(crate) use self::on_axum::OnAxum;

/// Makes each behaviour one test per web framework.
macro_rules! on_each_framework {
    ($($behaviour:ident,)*) => {
        mod axum {
            $(
                #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
                async fn $behaviour() {
                    super::$behaviour::<super::on_axum::OnAxum>().await;
                }
            )*
        }

        mod actix {
            $(
                #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
                async fn $behaviour() {
                    super::$behaviour::<super::on_actix::OnActix>().await;
                }
            )*
        }
    };
}

on_each_framework! {
    no_stream_opens_without_a_decision,
    events_break_off_when_the_proof_runs_out,
    events_break_off_when_everything_is_revoked,
    a_socket_is_closed_when_the_proof_runs_out,
    a_socket_is_closed_when_everything_is_revoked,
}

async fn no_stream_opens_without_a_decision<H: HostHarness>() {
    let stage = Stage::<H>::open().await;
    let ana = stage.consented("pass@example.com").await;
    for path in ["/gated/events", "/gated/socket"] {
        let mut wire = ask(&ana, path).await;
        wire.answer().await.problem("step-up-required");
    }
}

async fn events_break_off_when_the_proof_runs_out<H: HostHarness>() {
    let (stage, ana) = nearly_over::<H>().await;
    let mut wire = open(&ana, "/gated/events").await;
    stage.clock.advance(LEFT);
    assert_broken_off(&mut wire).await;
}

async fn events_break_off_when_everything_is_revoked<H: HostHarness>() {
    let (stage, ana) = nearly_over::<H>().await;
    let mut wire = open(&ana, "/gated/events").await;
    stage.app.gate().admin().revoke_tenant(&Tenant::default()).await.expect("revoked");
    assert_broken_off(&mut wire).await;
}

async fn a_socket_is_closed_when_the_proof_runs_out<H: HostHarness>() {
    let (stage, ana) = nearly_over::<H>().await;
    let mut wire = open(&ana, "/gated/socket").await;
    stage.clock.advance(LEFT);
    assert!(wire.is_closed().await);
}

async fn a_socket_is_closed_when_everything_is_revoked<H: HostHarness>() {
    let (stage, ana) = nearly_over::<H>().await;
    let mut wire = open(&ana, "/gated/socket").await;
    stage.app.gate().admin().revoke_tenant(&Tenant::default()).await.expect("revoked");
    assert!(wire.is_closed().await);
}

/// A user whose proof is good for another moment, so that the gate looks after it often.
async fn nearly_over<H: HostHarness>() -> (Stage<H>, Person) {
    let stage = Stage::<H>::open().await;
    let ana = stage.consented("pass@example.com").await;
    ana.pass("reusable").await;
    stage.clock.advance(Duration::from_secs(300) - LEFT);
    (stage, ana)
}

/// Opens a stream, and waits until something has come out of it.
pub(crate) async fn open(person: &Person, path: &str) -> Wire {
    let mut wire = ask(person, path).await;
    let begun = wire.until_said(HELLO).await;
    let status: &[u8] = if path.ends_with("socket") { b"HTTP/1.1 101" } else { b"HTTP/1.1 200" };
    assert!(begun.starts_with(status), "{}", String::from_utf8_lossy(&begun));
    wire
}

async fn ask(person: &Person, path: &str) -> Wire {
    let cookies = person.browser.cookie_header().expect("a user who is logged in");
    let mut wire = Wire::connect(person.browser.address()).await;
    let upgrade = if path.ends_with("socket") {
        "Connection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\n\
         Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n"
    } else {
        ""
    };
    assert!(
        wire.send(format!("GET {path} HTTP/1.1\r\nHost: app\r\nCookie: {cookies}\r\n{upgrade}\r\n")).await
    );
    wire
}

/// A body that ends well says so with its last chunk.
async fn assert_broken_off(wire: &mut Wire) {
    let rest = wire.last_words().await;
    assert!(!rest.windows(5).any(|window| window == b"0\r\n\r\n"), "{}", String::from_utf8_lossy(&rest));
}

/// Says hello, and then nothing for as long as it is let.
#[derive(Debug)]
struct Hello(Option<Bytes>);

impl Hello {
    fn event() -> Self {
        Self(Some(format!("data: {HELLO}\n\n").into()))
    }

    /// In one frame of a WebSocket: final, text, unmasked (RFC 6455, section 5.2).
    fn frame() -> Self {
        let length = u8::try_from(HELLO.len()).expect("a short word");
        Self(Some([&[0x81, length], HELLO.as_bytes()].concat().into()))
    }

    fn poll(&mut self) -> Poll<Bytes> {
        self.0.take().map_or(Poll::Pending, Poll::Ready)
    }
}

impl http_body::Body for Hello {
    type Data = Bytes;
    type Error = std::convert::Infallible;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        _: &mut Context<'_>,
    ) -> Poll<Option<Result<http_body::Frame<Bytes>, Self::Error>>> {
        self.poll().map(|bytes| Some(Ok(http_body::Frame::data(bytes))))
    }
}

impl actix_web::body::MessageBody for Hello {
    type Error = std::convert::Infallible;

    fn size(&self) -> actix_web::body::BodySize {
        actix_web::body::BodySize::Stream
    }

    fn poll_next(mut self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<Option<Result<Bytes, Self::Error>>> {
        self.poll().map(|bytes| Some(Ok(bytes)))
    }
}

const HELLO: &str = "hello";
/// What a server answers to the key of [`ask`] (RFC 6455, section 1.3). HAProxy looks at it.
const ACCEPT: &str = "s3pPLMBiTxaQ9kYGzzhZRbK+xOo=";
/// How long the proof is still good when a stream is opened.
const LEFT: Duration = Duration::from_millis(300);
