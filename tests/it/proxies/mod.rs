//! Both banks behind proxies that people use, configured as the manual says: every upload gets through, every answer arrives,
//! and no request of another client is lost.

mod client;
mod configuration;
mod doctor;
mod proxy;
mod refusals;
mod unchanged;

use biometry_gate_testkit::{Answer, Form, media};
use biometry_sandbox::{Entry, Operation};
use serde_json::json;

use self::client::{BOUNDARY, Framing, Looks, Post};
pub(crate) use self::configuration::{CADDY, NGINX};
pub(crate) use self::proxy::{Kind, Proxy};
use self::refusals::Refusals;
use crate::harness::{Host, Member, Setup, World, at_once};

/// Makes each behaviour one test per proxy and web framework.
macro_rules! behind_each_proxy {
    ($($behaviour:ident,)*) => { behind_each_proxy! { @ [$($behaviour)*] } };
    (@ $behaviours:tt) => {
        behind_each_proxy! { @ nginx Nginx $behaviours }
        behind_each_proxy! { @ nginx_that_buffers NginxThatBuffers $behaviours }
        behind_each_proxy! { @ haproxy Haproxy $behaviours }
        behind_each_proxy! { @ haproxy_over_http2 HaproxyOverHttp2 $behaviours }
        behind_each_proxy! { @ apache Apache $behaviours }
        behind_each_proxy! { @ apache_over_http2 ApacheOverHttp2 $behaviours }
        behind_each_proxy! { @ caddy Caddy $behaviours }
        behind_each_proxy! { @ caddy_over_http2 CaddyOverHttp2 $behaviours }
    };
    (@ $name:ident $kind:ident [$($behaviour:ident)*]) => {
        mod $name {
            use super::proxy::Kind;

            mod axum {
                $(
                    #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
                    async fn $behaviour() {
                        super::super::$behaviour::<crate::harness::Axum>(super::Kind::$kind).await;
                    }
                )*
            }

            mod actix {
                $(
                    #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
                    async fn $behaviour() {
                        super::super::$behaviour::<crate::harness::Actix>(super::Kind::$kind).await;
                    }
                )*
            }
        }
    };
}

behind_each_proxy! {
    large_captures_get_through_and_broken_ones_leave_no_trace,
    each_refusal_reaches_its_client,
    a_refusal_loses_no_request_of_another_client,
    challenges_sub_paths_and_sockets_pass_unchanged,
}

/// A bank, a proxy in front of it, and people in front of that.
struct Front {
    world: World,
    proxy: Proxy,
}

impl Front {
    async fn open<H: Host>(kind: Kind) -> Self {
        let world = Setup::new().var("MAX_STARTS", 100).open::<H>().await;
        let proxy = Proxy::start(kind, world.address());
        Self { world, proxy }
    }

    async fn log_in(&self, email: &str) -> Member {
        self.world.log_in(email).await.at(self.proxy.address())
    }

    /// Waits until the platform sees something of another capture than these.
    async fn arrives(&self, before: usize) {
        let arrives = |seen: &[Entry]| {
            let captures = seen.iter().filter(|entry| entry.operation == Some(Operation::ProcessVideo));
            captures.skip(before).any(|entry| entry.body_bytes > 0)
        };
        self.world.sandbox.journal_when(arrives).await.expect("the platform sees the capture");
    }

    async fn consented(&self, email: &str) -> Member {
        self.world.consented(email).await.at(self.proxy.address())
    }

    /// Sends an upload; what the proxy has to say of it when there is no answer.
    async fn send(&self, post: &Post<'_>, looks: Looks) -> Answer {
        let Post { path, framing, size, .. } = post;
        post.send(self.proxy.address(), looks).await.unwrap_or_else(|error| {
            panic!("{path} {framing:?} {size} {looks:?}: {error}: {}", self.proxy.output())
        })
    }
}

async fn large_captures_get_through_and_broken_ones_leave_no_trace<H: Host>(kind: Kind) {
    let front = Front::open::<H>(kind).await;
    let ana = front.consented("pass@example.com").await;
    for &framing in kind.framings() {
        let challenge = ana.start("statement").await;
        let fields = named(&ana, &challenge.session);
        let broken = Post { framing, ..post(&fields, capture(&challenge.phrase, 1_000_000)) };
        let before = front.world.seen(Operation::ProcessVideo).len();
        let wire = broken.begin(front.proxy.address(), 500_000).await;
        if !kind.buffers() {
            front.arrives(before).await;
        }
        wire.reset();
        ana.idle(&challenge).await;
        let before = front.world.captures();
        let whole = Post { framing, ..post(&fields, capture(&challenge.phrase, LARGE)) };
        let passed = front.send(&whole, Looks::Afterwards).await;
        assert_eq!(passed.granted()["scoring_result"], "pass", "{framing:?}");
        assert_eq!(front.world.captures(), before + 1, "it arrived whole, and once");
    }
}

async fn each_refusal_reaches_its_client<H: Host>(kind: Kind) {
    let front = Front::open::<H>(kind).await;
    let refusals = Refusals::prepare(&front).await;
    for refusal in refusals.all() {
        for (at, size) in [1_000_000, 20_000_000, LARGE].into_iter().enumerate() {
            for looks in [Looks::Meanwhile, kind.blind_client()] {
                let framing = if at == 1 { Framing::Chunks } else { Framing::Length };
                let post = Post { framing, size, ..refusal.post() };
                let answer = front.send(&post, looks).await;
                let code = answer.problem(refusal.code)["code"].clone();
                assert_eq!(code, refusal.code, "{size} {looks:?}");
            }
        }
    }
    refusals.left_no_trace().await;
}

/// Proxies carry requests of different people over one connection to the bank.
async fn a_refusal_loses_no_request_of_another_client<H: Host>(kind: Kind) {
    let front = Front::open::<H>(kind).await;
    let refusals = Refusals::prepare(&front).await;
    let zoe = front.log_in("zoe@example.com").await;
    let all = refusals.all();
    for round in 0..ROUNDS {
        let refusal = &all[round % all.len()];
        let post = Post { size: 300_000, ..refusal.post() };
        if round % 2 == 0 {
            front.send(&post, Looks::Meanwhile).await.problem(refusal.code);
        } else {
            // It goes away while it is refused.
            post.begin(front.proxy.address(), 100_000).await.reset();
        }
        let whoami = || {
            let asking = zoe.browser.get("/api/whoami");
            async move { asking.send().await }
        };
        for answer in at_once(2, whoami).await {
            assert_eq!(answer.ok(), json!({ "email": "zoe@example.com" }), "round {round}");
        }
    }
}

async fn challenges_sub_paths_and_sockets_pass_unchanged<H: unchanged::Live>(kind: Kind) {
    let front = Front::open::<H>(kind).await;
    unchanged::challenge(&front).await;
    unchanged::origin(&front).await;
    unchanged::sub_path(&front).await;
    // nginx speaks HTTP/1.0 with the application by itself.
    if !kind.buffers() {
        unchanged::socket::<H>(kind).await;
    }
}

/// Head fields of a user's upload for a session.
fn named(member: &Member, session: &str) -> String {
    let cookie = member.browser.cookie_header().expect("logged in");
    format!("Cookie: {cookie}\r\nX-Session-ID: {session}\r\n")
}

fn post(fields: &str, form: bytes::Bytes) -> Post<'_> {
    Post { path: "/biometry/verify", fields, framing: Framing::Length, first: form, size: 0 }
}

fn capture(phrase: &str, size: usize) -> bytes::Bytes {
    Form::new().boundary(BOUNDARY).text("phrase", phrase).file("video", media::webm(size)).bytes()
}

/// A capture that a telephone may well have made.
const LARGE: usize = 45_000_000;
/// Refusals, each with two requests of another user behind it.
const ROUNDS: usize = 100;
