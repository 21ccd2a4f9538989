//! Firefox and WebKitGTK, each with a driver of its own that ends with its browser.

use std::io::{BufRead as _, BufReader, Read as _};
use std::net::{TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdout, Command, Stdio};
use std::time::{Duration, Instant};

use serde_json::{Value, json};
use tempfile::TempDir;

use super::wire;

/// A running driver. Dropped, it is stopped, and its browser with it.
#[derive(Debug)]
pub(super) struct Driver {
    port: u16,
    capabilities: Value,
    processes: Vec<Child>,
    /// Closed, it would end a driver that writes to it.
    _output: Option<BufReader<ChildStdout>>,
    _home: TempDir,
}

impl Driver {
    /// Firefox ESR, with a camera and a microphone of its own making.
    pub(super) fn firefox() -> Self {
        let home = TempDir::new().expect("a folder for profiles");
        let mut process = start(Command::new(geckodriver()).arg("--port=0").env("HOME", home.path()));
        let mut output = BufReader::new(process.stdout.take().expect("its output is piped"));
        let port = output.by_ref().lines().map_while(Result::ok).find_map(|line| parse_port(&line));
        let capabilities = json!({ "moz:firefoxOptions": {
            "binary": "/usr/bin/firefox-esr",
            "args": ["-headless"],
            "prefs": { "media.navigator.streams.fake": true, "media.navigator.permission.disabled": true },
        }});
        let port = port.expect("geckodriver says where it listens");
        Self { port, capabilities, processes: vec![process], _output: Some(output), _home: home }
    }

    /// WebKitGTK on a virtual screen, with neither camera nor microphone, or with those of its own making.
    pub(super) fn webkit(has_devices: bool) -> Self {
        let home = TempDir::new().expect("a folder for profiles");
        let mut screen = start(Command::new("Xvfb").args([
            "-displayfd",
            "1",
            "-screen",
            "0",
            "1280x900x24",
            "-nolisten",
            "tcp",
        ]));
        let output = BufReader::new(screen.stdout.take().expect("its output is piped"));
        let display = output.lines().map_while(Result::ok).next().expect("Xvfb says which display it is");
        let port = free_port();
        let mut driver = Command::new("WebKitWebDriver");
        driver.arg(format!("--port={port}")).env("DISPLAY", format!(":{display}")).env("HOME", home.path());
        let process = start(driver.env("GDK_BACKEND", "x11").env("WEBKIT_DISABLE_COMPOSITING_MODE", "1"));
        wait_for(port);
        let capabilities = json!({ "webkitgtk:browserOptions": {
            "binary": mini_browser(),
            "args": if has_devices { &MOCKED[..] } else { &MOCKED[..1] },
        }});
        Self { port, capabilities, processes: vec![process, screen], _output: None, _home: home }
    }

    pub(super) fn url(&self) -> String {
        format!("http://127.0.0.1:{}", self.port)
    }

    pub(super) fn capabilities(&self) -> &Value {
        &self.capabilities
    }

    pub(super) fn close(&self, session: &str) {
        let _ = wire::ask(self.port, "DELETE", session, "");
    }
}

impl Drop for Driver {
    fn drop(&mut self) {
        for process in &mut self.processes {
            let _ = process.kill();
            let _ = process.wait();
        }
    }
}

fn start(command: &mut Command) -> Child {
    command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::null());
    command.spawn().unwrap_or_else(|error| {
        panic!("{:?} does not start ({error}): `cargo xtask test` installs it", command.get_program())
    })
}

/// Where `cargo xtask test` has installed it, or the path.
fn geckodriver() -> PathBuf {
    let installed = Path::new(env!("CARGO_MANIFEST_DIR")).join("../target/tools/bin/geckodriver");
    if installed.is_file() { installed } else { "geckodriver".into() }
}

/// Debian keeps WebKitGTK's browser for tests beside the library, in a folder that is named after the machine's kind.
fn mini_browser() -> PathBuf {
    let kinds = std::fs::read_dir("/usr/lib").into_iter().flatten().flatten();
    kinds
        .map(|kind| kind.path().join("webkit2gtk-4.1/MiniBrowser"))
        .find(|browser| browser.is_file())
        .expect("MiniBrowser: `cargo xtask test` installs it")
}

/// Reads `1796032015256 geckodriver INFO Listening on 127.0.0.1:34875`.
fn parse_port(line: &str) -> Option<u16> {
    line.split_once("Listening on 127.0.0.1:")?.1.trim().parse().ok()
}

/// The driver of `WebKit` cannot choose a port by itself.
fn free_port() -> u16 {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
    listener.local_addr().expect("a port").port()
}

fn wait_for(port: u16) {
    let began = Instant::now();
    while TcpStream::connect(("127.0.0.1", port)).is_err() {
        assert!(began.elapsed() < PATIENCE, "WebKitWebDriver does not listen");
        std::thread::yield_now();
    }
}

const MOCKED: [&str; 3] =
    ["--automation", "--enable-media-stream=true", "--enable-mock-capture-devices=true"];

const PATIENCE: Duration = Duration::from_secs(60);
