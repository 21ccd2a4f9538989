//! Debian's chromedriver, started on a port of its own choice and stopped with all its browsers.

use std::io::{self, BufRead as _, BufReader, Read as _};
use std::process::{Child, Command, Stdio};
use std::sync::{Arc, Mutex, PoisonError, Weak};

use tempfile::TempDir;

use super::wire;

/// A running chromedriver. The last one to drop it stops it.
#[derive(Debug)]
pub(super) struct Chromedriver {
    port: u16,
    process: Child,
    _profiles: TempDir,
}

impl Chromedriver {
    /// The one that other tests are using at the moment, or a new one.
    pub(super) fn shared() -> Arc<Self> {
        static RUNNING: Mutex<Weak<Chromedriver>> = Mutex::new(Weak::new());
        let mut running = RUNNING.lock().unwrap_or_else(PoisonError::into_inner);
        running.upgrade().unwrap_or_else(|| {
            let started = Arc::new(Self::start());
            *running = Arc::downgrade(&started);
            started
        })
    }

    pub(super) fn url(&self) -> String {
        format!("http://127.0.0.1:{}", self.port)
    }

    /// Sends a command that the client library does not know, and reads the answer's body.
    pub(super) fn ask(&self, method: &str, path: &str, body: &str) -> io::Result<Vec<u8>> {
        wire::ask(self.port, method, path, body)
    }

    fn start() -> Self {
        let profiles = TempDir::new().expect("a folder for profiles");
        let mut process = Command::new("chromedriver")
            .arg("--port=0")
            .env("TMPDIR", profiles.path())
            .env("HOME", profiles.path())
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .unwrap_or_else(|error| {
                panic!("chromedriver does not start ({error}): install Debian's chromium-driver")
            });
        let output = BufReader::new(process.stdout.take().expect("its output is piped"));
        let port = output.lines().map_while(Result::ok).find_map(|line| parse_port(&line));
        Self { port: port.expect("chromedriver says where it listens"), process, _profiles: profiles }
    }
}

impl Drop for Chromedriver {
    fn drop(&mut self) {
        // Killed at once, it would leave browsers behind. The connection ends when it has.
        let _ = wire::send(self.port, "GET", "/shutdown", "")
            .and_then(|mut stream| stream.read_to_end(&mut Vec::new()));
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

/// Reads `ChromeDriver was started successfully on port 39927.`
fn parse_port(line: &str) -> Option<u16> {
    let (_, port) = line.split_once("started successfully on port ")?;
    port.trim_end_matches('.').parse().ok()
}
