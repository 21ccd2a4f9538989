//! The official SDK as a test drives it: one method at a time, in Node or in a browser.

use std::process::Stdio;

use biometry_gate_testkit::{File, PATIENCE};
use serde_json::{Value, json};
use tokio::io::{AsyncBufReadExt as _, AsyncWriteExt as _, BufReader, Lines};
use tokio::process::{Child, ChildStdin, ChildStdout, Command};
use tokio::time::timeout;

use crate::browser::Page;
use crate::harness::{Member, World};

/// Where the SDK runs. It takes a call and answers its outcome, both as `call.mjs` has them.
pub(super) trait Runtime {
    async fn run(&mut self, call: Value) -> Value;
}

/// The official SDK with the mounted routes as its platform.
pub(super) struct Sdk<R>(pub(super) R);

/// What a call came to.
#[derive(Debug)]
pub(super) struct Outcome(Value);

/// A process of its own, in which the SDK runs. Dropped, it is killed.
pub(super) struct Node {
    _process: Child,
    calls: ChildStdin,
    outcomes: Lines<BufReader<ChildStdout>>,
}

impl Sdk<Node> {
    /// The SDK in the hands of a user who is logged in.
    pub(super) fn of(member: &Member) -> Self {
        Self(Node::start(&json!({
            "module": INSTALLED,
            "base": format!("http://{}/biometry", member.browser.address()),
            "key": KEY,
            "cookie": member.browser.cookie_header(),
        })))
    }

    /// The SDK in the hands of a caller whom the bank does not know.
    pub(super) fn of_a_stranger(world: &World) -> Self {
        let base = format!("http://{}/biometry", world.address());
        Self(Node::start(&json!({ "module": INSTALLED, "base": base, "key": KEY })))
    }
}

impl<R: Runtime> Sdk<R> {
    /// Calls a method. An argument that is `null` is one that was left out.
    pub(super) async fn call(&mut self, method: &str, args: Value) -> Outcome {
        let told = timeout(PATIENCE, self.0.run(json!({ "method": method, "args": args })));
        Outcome(told.await.unwrap_or_else(|_| panic!("{method} comes to no end")))
    }

    /// Starts a session: its id, and the phrase that our answer adds to the platform's.
    pub(super) async fn start(&mut self) -> (String, String) {
        let started = self.call("startSession", json!([])).await;
        let text = |name: &str| started.body()[name].as_str().expect("text").to_owned();
        (text("data"), text("phrase"))
    }

    /// Agrees to everything.
    pub(super) async fn consent(&mut self, name: &str) {
        for method in ["giveAuthorizationConsent", "giveStorageConsent"] {
            self.call(method, json!([true, name])).await.body();
        }
    }
}

impl Outcome {
    /// The answer's body.
    #[track_caller]
    pub(super) fn body(&self) -> &Value {
        let body = &self.0["answer"]["body"];
        assert!(body.is_object(), "no answer: {self:?}");
        body
    }

    /// A header of the answer.
    #[track_caller]
    pub(super) fn header(&self, name: &str) -> &str {
        self.0["answer"]["headers"][name].as_str().unwrap_or_else(|| panic!("no {name}: {self:?}"))
    }

    /// The words with which the call was refused, under this status.
    #[track_caller]
    pub(super) fn refused(&self, status: u16) -> &str {
        let error = self.0["error"].as_str().unwrap_or_else(|| panic!("no refusal: {self:?}"));
        let words = error.strip_prefix(&format!("Error: Error {status}: "));
        let words = words.unwrap_or_else(|| panic!("no {status}: {self:?}"));
        // What the SDK makes of an error that is no text, or of none.
        assert!(
            !words.is_empty() && !words.starts_with("[object") && words != "Unknown error occurred",
            "{self:?}"
        );
        words
    }
}

impl Node {
    fn start(settings: &Value) -> Self {
        assert!(
            std::path::Path::new(INSTALLED).is_file(),
            "the official SDK is not installed: `cargo xtask test` brings it, or `npm ci` in examples/web"
        );
        let mut process = Command::new("node")
            .args([DRIVER, &settings.to_string()])
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .kill_on_drop(true)
            .spawn()
            .unwrap_or_else(|error| panic!("node does not start ({error}): install Debian's nodejs"));
        let calls = process.stdin.take().expect("a pipe");
        let outcomes = BufReader::new(process.stdout.take().expect("a pipe")).lines();
        Self { _process: process, calls, outcomes }
    }
}

/// A page of the bank, with the SDK as the bank serves it.
impl Runtime for Page {
    async fn run(&mut self, call: Value) -> Value {
        Self::run(self, &format!("{}\n{IN_A_PAGE}", CALL.replace("export ", "")), call).await
    }
}

impl Runtime for Node {
    async fn run(&mut self, call: Value) -> Value {
        self.calls.write_all(format!("{call}\n").as_bytes()).await.expect("node takes a call");
        let outcome = self.outcomes.next_line().await.expect("what node prints").expect("node goes on");
        serde_json::from_str(&outcome).unwrap_or_else(|error| panic!("no outcome ({error}): {outcome}"))
    }
}

/// A file as an argument of a call.
pub(super) fn file(file: &File) -> Value {
    json!({ "file": { "name": file.name, "type": file.content_type, "bytes": file.bytes.to_vec() } })
}

/// What the client was given for a key. The bank has no use for it, and the platform never sees it.
pub(super) const KEY: &str = "a-key-that-the-client-made-up";
pub(super) const INSTALLED: &str =
    concat!(env!("CARGO_MANIFEST_DIR"), "/../examples/web/node_modules/biometry-sdk/dist/sdk.js");
const CALL: &str = include_str!("call.mjs");
const IN_A_PAGE: &str = "
    const [wanted, done] = arguments;
    import(`${location.origin}/sdk/biometry-sdk.js`).then(({ BiometrySDK }) => {
        BiometrySDK.BASE_URL = '/biometry';
        return call(new BiometrySDK('a-key-that-the-client-made-up'), wanted);
    }).then(done, (error) => done({ error: String(error) }));";
const DRIVER: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/it/official_sdk/driver.mjs");
