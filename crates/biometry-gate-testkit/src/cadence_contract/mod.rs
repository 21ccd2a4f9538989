//! What is promised of how long a sign-in takes that comes to nothing: as long for a name that exists as for one that does
//! not, however much is sent and however slow the platform is.
//!
//! Time is simulated: the test's runtime has its clock paused (`#[tokio::test(start_paused = true)]`), so that it shows
//! every wait and no machine's haste. The platform is one whose times the test chooses.
//!
//! ```
//! use std::time::Duration;
//!
//! use biometry_gate_testkit::cadence_contract::{SlowPlatform, names_take_as_long};
//!
//! # async fn test() {
//! let mut platform = SlowPlatform::default();
//! platform.verdict = Duration::from_secs(2);
//! names_take_as_long(platform, 300).await;
//! # }
//! ```

mod pace;
mod platform;

use std::time::Duration;

use biometry_client::{ApiKey, BaseUrl, Client};
use biometry_gate::policy::{Policy, Threshold};
use biometry_gate::principal::{FromExtensions, HostSession, Principal};
use biometry_gate::{BiometryGate, Limits};
use biometry_sandbox::Sandbox;
use bytes::Bytes;
use http::header::{CONTENT_TYPE, COOKIE, SET_COOKIE};
use http::{Method, Request, request};
use http_body_util::{BodyExt as _, Full};
use serde_json::{Value, json};
use tokio::time::{Instant, sleep};
use tower::ServiceExt as _;

use self::pace::{Pace, Watched};
pub use self::platform::SlowPlatform;
use crate::form::Form;
use crate::media;

/// What a stranger can see of a sign-in.
#[derive(Clone, Debug, PartialEq)]
struct Sight {
    /// When each slice of the capture was taken.
    taken: Vec<Duration>,
    /// Where the session stood, each time that it was asked for.
    states: Vec<(Duration, Value)>,
    answered: Duration,
    status: u16,
    answer: Value,
}

/// Signs in under names that exist and have agreed, and under names that do not, with a capture of so many bytes that nobody
/// is recognised in, and refuses any difference in what is seen and when.
///
/// One name that exists goes first: of a platform that it has never seen the gate cannot know how slow it is.
///
/// # Panics
/// When there is a difference.
pub async fn names_take_as_long(platform: SlowPlatform, capture: usize) {
    let gate = gate(platform).await;
    let first = sight(&gate, &agreed(&gate, "known").await, capture).await;
    assert_eq!(first.status, 403, "{first:?}");
    let (mut known, mut unknown) = (Vec::new(), Vec::new());
    for n in 0..ROUNDS {
        known.push(sight(&gate, &agreed(&gate, &format!("known-{n}")).await, capture).await);
        unknown.push(sight(&gate, &format!("nobody-{n}"), capture).await);
    }
    for (known, unknown) in known.iter().zip(&unknown) {
        assert_eq!(known, unknown, "{platform:?}, {capture} bytes");
    }
}

async fn gate(platform: SlowPlatform) -> BiometryGate {
    let key = Sandbox::start().await.expect("a sandbox, for a key").mint_key();
    let base = BaseUrl::parse("https://platform.example").expect("an address");
    let client = Client::new(base, ApiKey::parse(&key).expect("a key"), platform);
    BiometryGate::builder(client, FromExtensions)
        .policy(Policy::for_session("login", Threshold::percent(70.0).expect("a percentage")))
        .policy(Policy::for_session("other", Threshold::percent(70.0).expect("a percentage")))
        .default_policy("other")
        .login(|login| login.policy("login"))
        .limits(Limits::default())
        .build()
        .expect("a gate")
}

/// A name whose owner has agreed to be verified.
async fn agreed(gate: &BiometryGate, name: &str) -> String {
    let owner = Principal::new(name, HostSession::parse("session").expect("a key")).expect("a principal");
    let consent = post("/consent").extension(owner);
    let (status, _, answer) = ask(gate, consent, json!({ "authorization": true })).await;
    assert_eq!(status, 200, "{answer}");
    name.to_owned()
}

/// What a stranger sees who signs in under a name, as fast as the host lets them.
async fn sight(gate: &BiometryGate, name: &str, capture: usize) -> Sight {
    let claim = json!({ "policy": "login", "subject": name });
    let (status, cookie, answer) = ask(gate, post("/session/start"), claim).await;
    assert_eq!(status, 200, "{answer}");
    let cookie = cookie.expect("a cookie");
    let began = Instant::now();
    let upload = upload(gate, &cookie, capture);
    let mut upload = std::pin::pin!(upload);
    let mut states = Vec::new();
    loop {
        tokio::select! {
            (status, answer, pace) = &mut upload => {
                let answered = began.elapsed();
                states.push((answered, state(gate, &cookie).await));
                let taken = pace.since(began);
                return Sight { taken, states, answered, status, answer };
            }
            () = sleep(GLANCE) => states.push((began.elapsed(), state(gate, &cookie).await)),
        }
    }
}

async fn upload(gate: &BiometryGate, cookie: &str, capture: usize) -> (u16, Value, Pace) {
    let form = Form::new().file("video", media::webm(capture));
    let pace = Pace::default();
    let request = post("/verify").header(COOKIE, cookie).header(CONTENT_TYPE, form.content_type());
    let request = request.body(Watched::new(form.bytes(), &pace)).expect("a request");
    let answer = gate.routes().oneshot(request).await.expect("an answer");
    let status = answer.status().as_u16();
    (status, read(answer.into_body()).await, pace)
}

async fn state(gate: &BiometryGate, cookie: &str) -> Value {
    let request = Request::builder().uri("/session").header(COOKIE, cookie);
    let request = request.body(Full::<Bytes>::default()).expect("a request");
    read(gate.routes().oneshot(request).await.expect("an answer").into_body()).await
}

async fn ask(gate: &BiometryGate, request: request::Builder, body: Value) -> (u16, Option<String>, Value) {
    let body = Full::<Bytes>::from(body.to_string());
    let request = request.header(CONTENT_TYPE, "application/json").body(body).expect("a request");
    let answer = gate.routes().oneshot(request).await.expect("an answer");
    let status = answer.status().as_u16();
    let cookie = answer.headers().get(SET_COOKIE).and_then(|cookie| cookie.to_str().ok()?.split(';').next());
    let cookie = cookie.map(str::to_owned);
    (status, cookie, read(answer.into_body()).await)
}

/// A body without what is drawn by lot, and without the times of day, which are not simulated.
async fn read(body: impl http_body::Body<Data = Bytes, Error: std::fmt::Debug>) -> Value {
    let bytes = body.collect().await.expect("a body").to_bytes();
    let mut read: Value = serde_json::from_slice(&bytes).expect("json");
    for drawn in ["data", "phrase", "request_id", "expires_at"] {
        if read.get(drawn).is_some_and(|value| !value.is_null()) {
            read[drawn] = json!("drawn");
        }
    }
    read
}

fn post(path: &str) -> request::Builder {
    Request::builder().method(Method::POST).uri(path)
}

const ROUNDS: usize = 6;
const GLANCE: Duration = Duration::from_millis(117);
