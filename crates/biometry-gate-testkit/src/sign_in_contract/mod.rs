//! What is promised of signing in by face, whatever happens in whatever order: only a browser whose own capture showed the
//! subject's face is handed over to the host, once.
//!
//! A [`Step`] is something that people, strangers, other applications or the platform do. A property test draws any number
//! of them and [plays](play) them; its runtime has its clock paused, because failures take their time.
//!
//! ```
//! use biometry_gate_testkit::sign_in_contract::{Step, play};
//!
//! # #[tokio::main(flavor = "current_thread")]
//! # async fn main() {
//! let agrees = [Step::Agree { to_storage: true }, Step::StepUp, Step::StepUp];
//! let signs_in = |browser| [Step::Start(browser), Step::Verify(browser), Step::Redeem(browser)];
//! assert_eq!(play(&[&agrees[..], &signs_in(0)].concat()).await, 1);
//! assert_eq!(play(&[&agrees[..], &signs_in(1)].concat()).await, 0);
//! # }
//! ```

mod platform;

use std::sync::Arc;
use std::time::Duration;

use biometry_client::{ApiKey, BaseUrl, Client};
use biometry_gate::clock::ManualClock;
use biometry_gate::policy::{Policy, Threshold};
use biometry_gate::principal::{FromExtensions, HostSession, Principal};
use biometry_gate::store::MemoryStore;
use biometry_gate::store::operations::StoreOperation;
use biometry_gate::{BiometryGate, Limits};
use biometry_sandbox::Sandbox;
use bytes::Bytes;
use http::header::{CONTENT_TYPE, COOKIE, SET_COOKIE};
use http::{Method, Request, Response, StatusCode, request};
use http_body_util::Full;
use serde_json::json;
use tower::ServiceExt as _;

use self::platform::{FACE, Face, Faces};
use crate::faulty_store::FaultyStore;
use crate::form::Form;
use crate::media;

/// What happens. Browsers have numbers: 0 is the subject's own, and all others belong to one stranger.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Step {
    /// The subject agrees, logged in: to be verified, or to be stored as well.
    Agree {
        /// Whether to be stored.
        to_storage: bool,
    },
    /// The subject withdraws, logged in: from being stored, or altogether.
    Withdraw {
        /// Whether no more than storage.
        storage_only: bool,
    },
    /// The subject verifies, logged in.
    StepUp,
    /// The host lets the subject sign in again.
    Unlock,
    /// A browser starts to sign in as the subject.
    Start(usize),
    /// A browser uploads a capture of the person in front of it.
    Verify(usize),
    /// A browser asks the host for a session.
    Redeem(usize),
    /// A browser ends its sign-in.
    End(usize),
    /// The subject's browser uploads while a stranger's asks for a session, again and again.
    Race(usize),
    /// A stranger puts the cookies of their browser into the subject's.
    Plant(usize),
    /// A stranger copies the cookies of the subject's browser, which has not passed since it started.
    Steal(usize),
    /// Another application is given consent to storage.
    OthersObtainStorage,
    /// Another application deletes the subject's template.
    OthersDeleteTemplate,
    /// The platform refuses withdrawals, or no longer.
    RefuseWithdrawals(bool),
    /// The platform cannot be reached, or again.
    GoDown(bool),
    /// The store cannot be told that a name is closed to sign-ins, or again.
    FailToClose(bool),
    /// An hour goes by.
    Wait,
}

struct World {
    gate: BiometryGate,
    faces: Faces,
    store: FaultyStore,
    clock: Arc<ManualClock>,
    browsers: Vec<Browser>,
    signed_in: usize,
}

#[derive(Clone, Debug, Default)]
struct Browser {
    cookies: Vec<(String, String)>,
    /// Whether its own capture has passed, showed the subject's face, and was not handed over yet.
    has_proved: bool,
}

/// Plays the steps; returns how many sign-ins were handed over to the host.
///
/// # Panics
/// When a browser is handed over to the host whose own capture has not shown the subject's face since.
pub async fn play(steps: &[Step]) -> usize {
    let mut world = World::open().await;
    for step in steps {
        world.play(*step, steps).await;
    }
    world.signed_in
}

impl World {
    async fn open() -> Self {
        let key = Sandbox::start().await.expect("a sandbox, for a key").mint_key();
        let base = BaseUrl::parse("https://platform.example").expect("an address");
        let (faces, clock) = (Faces::default(), Arc::new(ManualClock::default()));
        let store = FaultyStore::new(MemoryStore::with_clock(clock.clone()));
        let client = Client::new(base, ApiKey::parse(&key).expect("a key"), faces.clone());
        let policy = |name| Policy::for_session(name, Threshold::percent(70.0).expect("a percentage"));
        let gate = BiometryGate::builder(client, FromExtensions)
            .policy(policy("step-up"))
            .policy(policy("login"))
            .login(|login| login.policy("login"))
            .limits(Limits::default().starts(1_000, HOUR).failures(1_000, HOUR))
            .platform(|platform| platform.circuit_breaker(1_000, Duration::from_secs(1)))
            .clock(clock.clone())
            .store(store.clone())
            .build()
            .expect("a gate");
        Self { gate, faces, store, clock, browsers: vec![Browser::default(); BROWSERS], signed_in: 0 }
    }

    async fn play(&mut self, step: Step, all: &[Step]) {
        let number = |n: usize| n % BROWSERS;
        let strangers = |n: usize| 1 + n % (BROWSERS - 1);
        match step {
            Step::Agree { to_storage } => {
                let said = json!({ "authorization": true, "storage": to_storage });
                self.as_member("/consent", Method::POST, said).await;
            }
            Step::Withdraw { storage_only } => {
                let path = if storage_only { "/consent?purpose=storage" } else { "/consent" };
                self.as_member(path, Method::DELETE, json!(null)).await;
            }
            Step::StepUp => {
                if self.as_member("/session/start", Method::POST, json!({ "policy": "step-up" })).await {
                    let request = capture(post("/verify").extension(member()), OWNER);
                    self.ask(request).await;
                }
            }
            Step::Unlock => self.gate.admin().unlock_sign_in(&member()).await.expect("a store"),
            Step::Start(n) => self.start(number(n)).await,
            Step::Verify(n) => self.verify(number(n)).await,
            Step::Redeem(n) => self.redeem(number(n), all).await,
            Step::End(n) => {
                let browser = number(n);
                let end = self.browsers[browser].request(Method::POST, "/session/end").body(Full::default());
                self.ask(end.expect("a request")).await;
            }
            Step::Race(n) => self.race(strangers(n), all).await,
            Step::Plant(n) => self.browsers[0].cookies = self.browsers[strangers(n)].cookies.clone(),
            Step::Steal(n) if !self.browsers[0].has_proved => {
                self.browsers[strangers(n)].cookies = self.browsers[0].cookies.clone();
            }
            Step::Steal(_) => {}
            Step::OthersObtainStorage => self.faces.obtain_storage(NAME),
            Step::OthersDeleteTemplate => self.faces.set_template(NAME, None),
            Step::RefuseWithdrawals(refuses) => self.faces.refuse_withdrawals(refuses),
            Step::GoDown(is_down) => self.faces.go_down(is_down),
            Step::FailToClose(true) => self.store.fail(&[StoreOperation::CloseToSignIns]),
            Step::FailToClose(false) => self.store.mend(),
            Step::Wait => self.clock.advance(HOUR),
        }
    }

    async fn start(&mut self, browser: usize) {
        let start = self.browsers[browser].request(Method::POST, "/session/start");
        let body = json!({ "policy": "login", "subject": NAME }).to_string();
        let start = start.header(CONTENT_TYPE, "application/json").body(Full::from(body));
        let answer = self.ask(start.expect("a request")).await;
        self.browsers[browser].take(&answer);
        if answer.status() == StatusCode::OK {
            self.browsers[browser].has_proved = false;
        }
    }

    async fn verify(&mut self, browser: usize) {
        let answer = self.ask(self.browsers[browser].capture(browser)).await;
        self.verified(browser, &answer);
    }

    fn verified(&mut self, browser: usize, answer: &Response<Full<Bytes>>) {
        self.browsers[browser].take(answer);
        if answer.status() == StatusCode::OK {
            assert_eq!(face_at(browser), OWNER, "a stranger's face has passed");
            self.browsers[browser].has_proved = true;
        }
    }

    async fn redeem(&mut self, browser: usize, all: &[Step]) {
        let head = self.browsers[browser].request(Method::POST, "/login/face").body(()).expect("a request");
        let signed_in = self.gate.redeem_login(&head.into_parts().0).await;
        if signed_in.is_ok() {
            self.signed_in += 1;
            let has_proved = std::mem::take(&mut self.browsers[browser].has_proved);
            assert!(has_proved, "browser {browser} is signed in without a proof of its own: {all:?}");
        }
    }

    async fn race(&mut self, stranger: usize, all: &[Step]) {
        let head = self.browsers[stranger].request(Method::POST, "/login/face").body(()).expect("a request");
        let (head, gate) = (head.into_parts().0, self.gate.clone());
        let polling = async {
            for _ in 0..50 {
                assert!(gate.redeem_login(&head).await.is_err(), "browser {stranger} is signed in: {all:?}");
                tokio::task::yield_now().await;
            }
        };
        let (answer, ()) = tokio::join!(self.ask(self.browsers[0].capture(0)), polling);
        self.verified(0, &answer);
    }

    /// Asks as the subject, logged in; answers whether it was granted.
    async fn as_member(&self, path: &str, method: Method, body: serde_json::Value) -> bool {
        let body = if body.is_null() { String::new() } else { body.to_string() };
        let request = Request::builder().method(method).uri(path).extension(member());
        let request = request.header(CONTENT_TYPE, "application/json").body(Full::from(body));
        self.ask(request.expect("a request")).await.status() == StatusCode::OK
    }

    async fn ask(&self, request: Request<Full<Bytes>>) -> Response<Full<Bytes>> {
        let answer = self.gate.routes().oneshot(request).await.expect("an answer");
        answer.map(|_| Full::default())
    }
}

impl Browser {
    fn request(&self, method: Method, path: &str) -> request::Builder {
        let pairs: Vec<_> = self.cookies.iter().map(|(name, value)| format!("{name}={value}")).collect();
        let request = Request::builder().method(method).uri(path);
        if pairs.is_empty() { request } else { request.header(COOKIE, pairs.join("; ")) }
    }

    fn capture(&self, browser: usize) -> Request<Full<Bytes>> {
        capture(self.request(Method::POST, "/verify"), face_at(browser))
    }

    fn take<T>(&mut self, answer: &Response<T>) {
        for cookie in answer.headers().get_all(SET_COOKIE) {
            let pair = cookie.to_str().ok().and_then(|text| text.split(';').next()?.split_once('='));
            let Some((name, value)) = pair else { continue };
            self.cookies.retain(|(kept, _)| kept != name);
            self.cookies.push((name.to_owned(), value.to_owned()));
        }
    }
}

fn capture(request: request::Builder, face: Face) -> Request<Full<Bytes>> {
    let form = Form::new().file("video", media::webm(face * FACE));
    let request = request.header(CONTENT_TYPE, form.content_type());
    request.body(Full::from(form.bytes())).expect("a request")
}

fn post(path: &str) -> request::Builder {
    Request::builder().method(Method::POST).uri(path)
}

fn member() -> Principal {
    Principal::new(NAME, HostSession::parse("session").expect("a key")).expect("a principal")
}

/// Who sits in front of it.
fn face_at(browser: usize) -> Face {
    if browser == 0 { OWNER } else { STRANGER }
}

const NAME: &str = "ana";
const OWNER: Face = 1;
const STRANGER: Face = 2;
const BROWSERS: usize = 3;
const HOUR: Duration = Duration::from_secs(3_600);
