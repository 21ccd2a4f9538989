//! What is promised of how long a sign-in takes that comes to nothing: as long for a name that exists as for one that does
//! not, however much is sent and however slow the platform is.
//!
//! Time is simulated: the test's runtime has its clock paused (`#[tokio::test(start_paused = true)]`), so that it shows
//! every wait and no machine's haste. The platform is one whose times the test chooses.
//!
//! `biometry_gate_testkit::cadence_contract!(OurFramework)` makes one test of each promise; adapters of web frameworks have to keep
//! them, too. For other times and sizes:
//!
//! ```
//! use std::time::Duration;
//!
//! use biometry_gate_testkit::cadence_contract::{NoFramework, SlowPlatform, names_take_as_long};
//!
//! # async fn test() {
//! let mut platform = SlowPlatform::default();
//! platform.verdict = Duration::from_secs(2);
//! names_take_as_long::<NoFramework>(platform, 300).await;
//! # }
//! ```

mod in_process;
mod pace;
mod platform;
#[expect(missing_docs, reason = "the names of promises are sentences")]
mod promises;

use std::time::Duration;

use biometry_client::{ApiKey, BaseUrl, Client};
use biometry_gate::policy::{Policy, Threshold};
use biometry_gate::principal::{FromExtensions, HostSession, Principal};
use biometry_gate::{BiometryGate, Limits};
use biometry_sandbox::Sandbox;
use bytes::Bytes;
use http::header::{CONTENT_TYPE, COOKIE, SET_COOKIE};
use http::{Method, Request, Response, request};
use http_body_util::{BodyExt as _, Full};
use serde_json::{Value, json};
use tokio::time::{Instant, sleep};
use tower::ServiceExt as _;

pub use self::in_process::{InProcess, NoFramework, SlicedBody};
use self::pace::{Pace, Watched};
pub use self::platform::SlowPlatform;
#[doc(hidden)]
pub use self::promises::*;
use crate::form::Form;
use crate::media;

/// Makes one test of each promise of [`cadence_contract`](mod@crate::cadence_contract) for an
/// [`InProcess`](crate::cadence_contract::InProcess).
#[macro_export]
macro_rules! cadence_contract {
    ($app:ty) => {
        $crate::promises_in_simulated_time! { cadence_contract, $app:
            names_take_as_long_whatever_is_sent,
            names_take_as_long_whatever_the_platform_takes_for_a_verdict,
            names_take_as_long_however_slowly_the_platform_takes_a_capture,
            names_take_as_long_however_slowly_the_platform_says_what_it_has_on_record,
            names_take_as_long_where_the_platform_gives_up_in_the_middle,
        }
    };
}

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
pub async fn names_take_as_long<A: InProcess>(platform: SlowPlatform, capture: usize) {
    let gate = gate(platform).await;
    let app = A::mount(&gate).await;
    let first = sight(&app, &agreed(&gate, "known").await, capture).await;
    assert_eq!(first.status, 403, "{first:?}");
    let (mut known, mut unknown) = (Vec::new(), Vec::new());
    for n in 0..ROUNDS {
        known.push(sight(&app, &agreed(&gate, &format!("known-{n}")).await, capture).await);
        unknown.push(sight(&app, &format!("nobody-{n}"), capture).await);
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
    let consent = post("/consent").extension(owner).header(CONTENT_TYPE, "application/json");
    let consent = consent.body(Full::<Bytes>::from(r#"{"authorization":true}"#)).expect("a request");
    let answer = gate.routes().oneshot(consent).await.expect("an answer");
    assert_eq!(answer.status(), 200);
    name.to_owned()
}

/// What a stranger sees who signs in under a name, as fast as the host lets them.
async fn sight(app: &impl InProcess, name: &str, capture: usize) -> Sight {
    let cookie = start(app, name).await;
    let began = Instant::now();
    let upload = upload(app, &cookie, capture);
    let mut upload = std::pin::pin!(upload);
    let mut states = Vec::new();
    loop {
        tokio::select! {
            (status, answer, pace) = &mut upload => {
                let answered = began.elapsed();
                states.push((answered, state(app, &cookie).await));
                let taken = pace.since(began);
                return Sight { taken, states, answered, status, answer };
            }
            () = sleep(GLANCE) => states.push((began.elapsed(), state(app, &cookie).await)),
        }
    }
}

/// Starts to sign in; answers the cookie.
async fn start(app: &impl InProcess, name: &str) -> String {
    let claim = json!({ "policy": "login", "subject": name }).to_string();
    let request = post("/session/start").header(CONTENT_TYPE, "application/json");
    let request = request.body(Full::<Bytes>::from(claim).boxed_unsync()).expect("a request");
    let answer = app.answer(request).await;
    assert_eq!(answer.status(), 200, "{answer:?}");
    let cookie = answer.headers().get(SET_COOKIE).and_then(|cookie| cookie.to_str().ok()?.split(';').next());
    cookie.expect("a cookie").to_owned()
}

async fn upload(app: &impl InProcess, cookie: &str, capture: usize) -> (u16, Value, Pace) {
    let form = Form::new().file("video", media::webm(capture));
    let pace = Pace::default();
    let request = post("/verify").header(COOKIE, cookie).header(CONTENT_TYPE, form.content_type());
    let request = request.body(Watched::new(form.bytes(), &pace).boxed_unsync()).expect("a request");
    let answer = app.answer(request).await;
    (answer.status().as_u16(), read(&answer), pace)
}

async fn state(app: &impl InProcess, cookie: &str) -> Value {
    let request = Request::builder().uri("/session").header(COOKIE, cookie);
    let request = request.body(Full::<Bytes>::default().boxed_unsync()).expect("a request");
    read(&app.answer(request).await)
}

/// A body without what is drawn by lot, and without the times of day, which are not simulated.
fn read(answer: &Response<Bytes>) -> Value {
    let mut read: Value = serde_json::from_slice(answer.body()).expect("json");
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
