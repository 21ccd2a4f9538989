//! Calls that are made again, and those that are not.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use async_trait::async_trait;
use biometry_client::{
    ApiKey, Backoff, BaseUrl, Body, Client, Deadline, Delivery, ErrorKind, Retrying, TowerTransport,
    Transport, TransportError, TransportErrorKind, TransportService, Warmup,
};
use http::{Request, Response};
use tower::ServiceBuilder;

use crate::stub::{ask, key};

/// Answers from a script, and says who asked with what; once the script is over, that a session was started.
#[derive(Clone, Debug, Default)]
struct Script {
    answers: Arc<Mutex<VecDeque<Answer>>>,
    seen: Arc<Mutex<Vec<Seen>>>,
}

/// The signature of a request's key, and the time it was given.
type Seen = (String, Option<Duration>);

#[derive(Clone, Copy, Debug)]
enum Answer {
    NotSent(TransportErrorKind),
    MaybeSent(TransportErrorKind),
    Status(u16, &'static str),
}

impl Script {
    fn of(answers: impl IntoIterator<Item = Answer>) -> Self {
        let script = Self::default();
        script.answers.lock().unwrap().extend(answers);
        script
    }

    fn client(&self) -> Client {
        Client::new(base(), key(), Retrying::new(self.clone()))
    }

    /// The signature of each key that was used, in order.
    fn keys(&self) -> Vec<String> {
        self.seen.lock().unwrap().iter().map(|(key, _)| key.clone()).collect()
    }
}

#[async_trait]
impl Transport for Script {
    async fn send(&self, request: Request<Body>) -> Result<Response<Body>, TransportError> {
        let key = request.headers()["authorization"].to_str().unwrap().rsplit('.').next().unwrap().to_owned();
        let deadline = request.extensions().get().map(|Deadline(limit)| *limit);
        self.seen.lock().unwrap().push((key, deadline));
        match self.answers.lock().unwrap().pop_front() {
            Some(Answer::NotSent(kind)) => Err(TransportError::not_sent(kind)),
            Some(Answer::MaybeSent(kind)) => Err(TransportError::maybe_sent(kind)),
            Some(Answer::Status(status, body)) => {
                Ok(Response::builder().status(status).body(Body::from_bytes(body)).unwrap())
            }
            None => Ok(Response::new(Body::from_bytes(r#"{"data":"sess_1"}"#))),
        }
    }
}

fn base() -> BaseUrl {
    BaseUrl::parse("https://platform.example").unwrap()
}

/// A key with a signature of its own.
fn key_signed(signature: &str) -> ApiKey {
    ApiKey::parse(&format!("eyJhbGciOiJIUzI1NiJ9.eyJpZCI6ImstMSJ9.{signature}")).unwrap()
}

const REFUSED: Answer = Answer::NotSent(TransportErrorKind::Connect);

#[tokio::test(start_paused = true)]
async fn what_was_not_sent_is_sent_again() {
    let script = Script::of([REFUSED, REFUSED]);
    let started = script.client().start_session(Warmup::No).await.unwrap();
    assert_eq!(started.value().as_str(), "sess_1");
    assert_eq!(script.keys().len(), 3);
}

#[tokio::test(start_paused = true)]
async fn there_is_an_end_to_trying() {
    let script = Script::of([REFUSED; 9]);
    let error = script.client().start_session(Warmup::No).await.unwrap_err();
    assert_eq!((error.kind(), error.delivery()), (ErrorKind::Connect, Delivery::NotSent));
    assert_eq!(script.keys().len(), 3);
}

#[tokio::test(start_paused = true)]
async fn what_may_have_been_sent_is_not_sent_again() {
    for answer in [
        Answer::MaybeSent(TransportErrorKind::Interrupted),
        Answer::MaybeSent(TransportErrorKind::Timeout),
        Answer::NotSent(TransportErrorKind::Tls),
        Answer::NotSent(TransportErrorKind::Address),
        Answer::Status(429, "{}"),
        Answer::Status(500, "{}"),
        Answer::Status(503, "{}"),
    ] {
        let script = Script::of([answer]);
        script.client().start_session(Warmup::No).await.unwrap_err();
        assert_eq!(script.keys().len(), 1, "{answer:?}");
    }
}

#[tokio::test(start_paused = true)]
async fn an_upload_is_sent_once_whatever_happens() {
    let script = Script::of([REFUSED]);
    let error = script.client().process_video(ask(Body::from_bytes("video"))).await.unwrap_err();
    assert_eq!(error.delivery(), Delivery::NotSent);
    assert_eq!(script.keys().len(), 1);
}

#[tokio::test(start_paused = true)]
async fn a_platform_that_is_down_is_not_run_over() {
    let script = Script::of([REFUSED; 1000]);
    let client = script.client();
    for _ in 0..100 {
        client.start_session(Warmup::No).await.unwrap_err();
    }
    let retries = script.keys().len() - 100;
    assert!((10..=20).contains(&retries), "{retries} retries of a hundred calls");
}

#[tokio::test(start_paused = true)]
async fn no_try_goes_beyond_the_deadline_of_all() {
    let script = Script::of([REFUSED; 9]);
    let pause = Duration::from_secs(2);
    let transport =
        Retrying::with_backoff(script.clone(), Backoff::default().retries(8).pauses(pause, pause));
    let request = |limit| {
        let request = Request::get("https://platform.example").header("authorization", "Bearer a.b.c");
        request.extension(Deadline(limit)).body(Body::empty()).unwrap()
    };
    let begun = tokio::time::Instant::now();
    transport.send(request(Duration::from_secs(1))).await.unwrap_err();
    assert!(begun.elapsed() < Duration::from_secs(1));
    let deadlines: Vec<_> = script.seen.lock().unwrap().iter().map(|(_, limit)| limit.unwrap()).collect();
    assert!(deadlines.windows(2).all(|pair| pair[1] <= pair[0]), "{deadlines:?}");
}

#[tokio::test]
async fn a_revoked_key_makes_room_for_the_next_at_once_and_for_good() {
    for rejection in [
        Answer::Status(401, "{}"),
        Answer::Status(403, r#"{"error":"api key is not active"}"#),
        Answer::Status(500, r#"{"error":"invalid api key format"}"#),
    ] {
        let script = Script::of([rejection]);
        let client =
            Client::builder(base(), key_signed("b2xk")).spare_key(key_signed("bmV3")).over(script.clone());
        client.start_session(Warmup::No).await.unwrap();
        client.start_session(Warmup::No).await.unwrap();
        assert_eq!(script.keys(), ["b2xk", "bmV3", "bmV3"], "{rejection:?}");
    }
}

#[tokio::test]
async fn any_other_failure_says_nothing_about_the_key() {
    for failure in [Answer::Status(500, r#"{"error":"out of memory"}"#), Answer::Status(403, "{}"), REFUSED] {
        let script = Script::of([failure]);
        let client =
            Client::builder(base(), key_signed("b2xk")).spare_key(key_signed("bmV3")).over(script.clone());
        client.start_session(Warmup::No).await.unwrap_err();
        client.start_session(Warmup::No).await.unwrap();
        assert_eq!(script.keys(), ["b2xk", "b2xk"], "{failure:?}");
    }
}

#[tokio::test]
async fn an_upload_with_a_revoked_key_fails_and_the_next_one_does_not() {
    let script = Script::of([Answer::Status(401, "{}")]);
    let client =
        Client::builder(base(), key_signed("b2xk")).spare_key(key_signed("bmV3")).over(script.clone());
    let error = client.process_video(ask(Body::new(http_body_util::Full::from("video")))).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::KeyRejected);
    let _ = client.process_video(ask(Body::new(http_body_util::Full::from("video")))).await;
    assert_eq!(script.keys(), ["b2xk", "bmV3"]);
}

#[tokio::test]
async fn where_no_key_is_accepted_the_caller_gets_the_error_and_each_key_its_turn_again() {
    let script = Script::of([Answer::Status(401, "{}"); 3]);
    let client =
        Client::builder(base(), key_signed("b2xk")).spare_key(key_signed("bmV3")).over(script.clone());
    let error = client.start_session(Warmup::No).await.unwrap_err();
    assert_eq!((error.kind(), error.status().unwrap().as_u16()), (ErrorKind::KeyRejected, 401));
    client.start_session(Warmup::No).await.unwrap();
    assert_eq!(script.keys(), ["b2xk", "bmV3", "b2xk", "bmV3"]);
    let each: Vec<_> =
        client.for_each_key().map(|client| client.api_key().expose_secret().to_owned()).collect();
    assert!(each[0].ends_with("b2xk") && each[1].ends_with("bmV3") && each.len() == 2);
}

#[tokio::test]
async fn layers_of_tower_go_around_a_transport_and_shed_what_is_too_much() {
    /// Never answers.
    #[derive(Debug)]
    struct Busy;

    #[async_trait]
    impl Transport for Busy {
        async fn send(&self, _: Request<Body>) -> Result<Response<Body>, TransportError> {
            std::future::pending().await
        }
    }

    let stack = |transport| ServiceBuilder::new().load_shed().concurrency_limit(1).service(transport);
    let script = TowerTransport::new(stack(TransportService::new(Script::of([REFUSED]))));
    let client = Client::new(base(), key(), script);
    let error = client.start_session(Warmup::No).await.unwrap_err();
    assert_eq!((error.kind(), error.delivery()), (ErrorKind::Connect, Delivery::NotSent));
    client.start_session(Warmup::No).await.unwrap();

    let client = Client::new(base(), key(), TowerTransport::new(stack(TransportService::new(Busy))));
    let waiting = client.start_session(Warmup::No);
    let mut waiting = std::pin::pin!(waiting);
    assert!(futures_poll(waiting.as_mut()).is_pending());
    let error = client.start_session(Warmup::No).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Interrupted);
    assert!(futures_poll(waiting).is_pending());
}

fn futures_poll<F: Future>(future: std::pin::Pin<&mut F>) -> std::task::Poll<F::Output> {
    future.poll(&mut std::task::Context::from_waker(std::task::Waker::noop()))
}
