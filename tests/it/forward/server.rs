//! The forward server and the application behind it, each for one test.

use std::net::SocketAddr;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use biometry_gate_forward::{Config, Forward};
use biometry_gate_receipts::{KeySet, ReceiptVerifier};
use biometry_gate_testkit::host::Person;
use biometry_gate_testkit::{Answer, Browser, eddsa_key};
use biometry_sandbox::Sandbox;
use serde_json::{Value, json};
use tempfile::TempDir;
use tokio::runtime::{Builder, Runtime};

/// A forward server with the configuration that the manual shows, on loopback and with secrets. Dropped, it is gone.
pub(super) struct Server {
    pub(super) address: SocketAddr,
    /// Its own, so that its open connections end with it.
    runtime: Option<Runtime>,
    _sandbox: Sandbox,
    _folder: TempDir,
}

/// The application in Python. Dropped, it is stopped.
pub(super) struct Application {
    pub(super) address: SocketAddr,
    process: std::sync::Mutex<Child>,
}

impl Server {
    pub(super) async fn start() -> Self {
        Self::start_with(|_, text| text).await
    }

    /// With what `change` makes of the manual's configuration; it may put files into its folder.
    pub(super) async fn start_with(change: impl FnOnce(&Path, String) -> String) -> Self {
        let (sandbox, folder) =
            (Sandbox::start().await.expect("a sandbox"), TempDir::new().expect("a folder"));
        let configuration =
            configure(folder.path(), &sandbox.mint_key(), sandbox.base_url().as_ref(), change);
        let config = Config::read(&configuration).expect("a configuration");
        let runtime = Builder::new_multi_thread().worker_threads(1).enable_all().build().expect("a runtime");
        let address = runtime.spawn(async move {
            let forward = Forward::open(config).await.expect("a forward server");
            let address = forward.address();
            tokio::spawn(async move { forward.serve().await.expect("it serves") });
            address
        });
        let address = address.await.expect("a forward server");
        Self { address, runtime: Some(runtime), _sandbox: sandbox, _folder: folder }
    }

    pub(super) fn stop(&mut self) {
        let runtime = self.runtime.take().expect("it is stopped once");
        tokio::task::block_in_place(|| runtime.shutdown_timeout(Duration::from_secs(10)));
    }

    /// Registers an operation as the application does.
    pub(super) async fn register(&self, user: &str, method: &str, target: &str, display: &Value) -> String {
        let operation = json!({ "user": user, "method": method, "target": target, "display": display });
        let request = Browser::new(self.address).post("/forward/operations");
        let stranger = request.header("x-forward-secret", SECRET).json(operation.clone()).send().await;
        assert_eq!(stranger.status.as_u16(), 404, "{stranger:?}");
        let request = Browser::new(self.address).post("/forward/operations");
        let answer =
            request.header("authorization", &format!("Bearer {APPLICATION}")).json(operation).send().await;
        answer.ok()["operation"].as_str().expect("an operation").to_owned()
    }

    /// Asks as a proxy does.
    pub(super) fn ask(
        &self,
        method: &str,
        target: &str,
        id: &str,
    ) -> impl Future<Output = Answer> + Send + use<> {
        Browser::new(self.address)
            .get("/forward/check")
            .header("x-forward-secret", SECRET)
            .header("x-forwarded-user", "pass@example.com")
            .header("x-forwarded-session", "session-of-a-test")
            .header("x-forwarded-method", method)
            .header("x-forwarded-uri", target)
            .header("x-request-id", id)
            .send()
    }

    /// The application verifies a receipt by the keys that anyone gets through the proxy.
    pub(super) async fn verify(&self, anyone: &Person, receipt: &str) {
        let keys = anyone.browser.get("/biometry/jwks.json").send().await.ok();
        let keys = KeySet::parse(keys.to_string()).expect("keys");
        let verifier = ReceiptVerifier::new(ISSUER, AUDIENCE, keys).expect("a verifier");
        let found = verifier.verify(receipt).expect("a valid receipt");
        assert_eq!((found.policy(), found.subject()), ("statement", None));
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.runtime.take().into_iter().for_each(Runtime::shutdown_background);
    }
}

impl Application {
    pub(super) async fn start() -> Self {
        let mut python = Command::new("python3");
        python
            .arg("-u")
            .arg(Path::new(env!("CARGO_MANIFEST_DIR")).join("../examples/python-app/app.py"))
            .arg("0");
        let mut process =
            python.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::null()).spawn().expect("Python");
        let output = process.stdout.take().expect("a pipe");
        let port = tokio::task::spawn_blocking(move || {
            let mut line = String::new();
            std::io::BufRead::read_line(&mut std::io::BufReader::new(output), &mut line).expect("a port");
            line.trim().parse::<u16>().expect("a port")
        });
        let address = SocketAddr::from(([127, 0, 0, 1], port.await.expect("a port")));
        Self { address, process: process.into() }
    }

    pub(super) fn is_running(&self) -> bool {
        self.process.lock().expect("one test").try_wait().expect("a process").is_none()
    }
}

impl Drop for Application {
    fn drop(&mut self) {
        let process = self.process.get_mut().expect("one test");
        let _ = process.kill();
        let _ = process.wait();
    }
}

/// Writes the manual's configuration, with the addresses and secrets of a test, and with what `change` makes of it.
pub(super) fn configure(
    folder: &Path,
    platform_key: &str,
    platform: &str,
    change: impl FnOnce(&Path, String) -> String,
) -> std::path::PathBuf {
    let write = |name: &str, text: &str| std::fs::write(folder.join(name), text).expect("a file");
    write("proxy.secret", SECRET);
    write("application.secret", APPLICATION);
    write("platform.key", platform_key);
    write("receipts.pem", &eddsa_key());
    let text = CONFIGURATION.replace("listen = \"127.0.0.1:4180\"", "listen = \"127.0.0.1:0\"").replace(
        "key_file = \"platform.key\"",
        &format!("key_file = \"platform.key\"\nbase_url = \"{platform}\""),
    );
    write("forward.toml", &change(folder, text));
    folder.join("forward.toml")
}

const CONFIGURATION: &str = include_str!("../../../crates/biometry-gate-forward/proxies/forward.toml");
pub(super) const SECRET: &str = "a-fake-secret-that-the-proxy-shows-1";
const APPLICATION: &str = "a-fake-secret-of-the-python-application";
const ISSUER: &str = "https://bank.example";
pub(super) const AUDIENCE: &str = "https://app.internal.example";
