//! Debian's proxies, as processes of a test.

use std::fs::File;
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::Instant;

use biometry_gate_testkit::PATIENCE;
use rustix::process::{Pid, Signal, kill_process};
use tempfile::TempDir;

use super::client::{Framing, Looks};
use super::configuration;

/// Which proxy, and how it is configured: a section of the manual.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    Nginx,
    NginxThatBuffers,
    Haproxy,
    HaproxyOverHttp2,
    Apache,
    ApacheOverHttp2,
    Caddy,
    CaddyOverHttp2,
}

/// A running proxy on a free port. Dropped, it is stopped.
#[derive(Debug)]
pub(crate) struct Proxy {
    kind: Kind,
    process: Child,
    address: SocketAddr,
    folder: TempDir,
}

impl Kind {
    pub(super) fn heading(self) -> &'static str {
        match self {
            Self::Nginx => "nginx",
            Self::NginxThatBuffers => "nginx that buffers",
            Self::Haproxy => "HAProxy",
            Self::HaproxyOverHttp2 => "HAProxy over HTTP/2",
            Self::Apache => "Apache",
            Self::ApacheOverHttp2 => "Apache over HTTP/2",
            Self::Caddy => "Caddy",
            Self::CaddyOverHttp2 => "Caddy over HTTP/2",
        }
    }

    /// Whether the application hears of an upload only when the proxy has all of it.
    pub(super) fn buffers(self) -> bool {
        self == Self::NginxThatBuffers
    }

    /// The ways of sending a body that get through. On HTTP/2 no framework gives an interim answer: HAProxy leaves it to the client
    /// how long it waits for one, and Apache waits for ever.
    pub(super) fn framings(self) -> &'static [Framing] {
        match self {
            Self::HaproxyOverHttp2 | Self::ApacheOverHttp2 => &[Framing::Length, Framing::Chunks],
            _ => &[Framing::Length, Framing::Chunks, Framing::Expect],
        }
    }

    /// A client that looks for its answer late. Caddy is done with it half a second after an early answer: a client that gives
    /// up then sees none.
    pub(super) fn blind_client(self) -> Looks {
        match self {
            Self::Caddy | Self::CaddyOverHttp2 => Looks::AtTheEnd,
            _ => Looks::Afterwards,
        }
    }

    fn command(self, folder: &Path, configuration: &Path) -> Command {
        let mut command;
        match self {
            Self::Nginx | Self::NginxThatBuffers => {
                command = Command::new("nginx");
                command.arg("-p").arg(folder).args(["-e", "stderr", "-c"]).arg(configuration);
            }
            Self::Haproxy | Self::HaproxyOverHttp2 => {
                command = Command::new("haproxy");
                command.args(["-db", "-f"]).arg(configuration);
            }
            Self::Apache | Self::ApacheOverHttp2 => {
                command = Command::new("apache2");
                command.args(["-DFOREGROUND", "-f"]).arg(configuration);
            }
            Self::Caddy | Self::CaddyOverHttp2 => {
                command = Command::new("caddy");
                command.args(["run", "--adapter", "caddyfile", "--config"]).arg(configuration);
            }
        }
        command.env("HOME", folder).env("XDG_CONFIG_HOME", folder).env("XDG_DATA_HOME", folder);
        command
    }
}

impl Proxy {
    /// Starts the proxy in front of `app`. Another program may take its port before it does: then it gets another one.
    pub(crate) fn start(kind: Kind, app: SocketAddr) -> Self {
        Self::start_otherwise(kind, app, |configuration| configuration)
    }

    /// [`start`](Self::start), with something else than what the manual says.
    pub(crate) fn start_otherwise(kind: Kind, app: SocketAddr, change: impl Fn(String) -> String) -> Self {
        Self::start_configured(kind, |folder, listen| change(configuration::write(kind, folder, listen, app)))
    }

    /// Starts the proxy with what is configured for its folder and the address where it listens.
    pub(crate) fn start_configured(kind: Kind, configure: impl Fn(&Path, SocketAddr) -> String) -> Self {
        for _ in 0..TRIES {
            if let Some(proxy) = Self::try_start(kind, &configure) {
                return proxy;
            }
        }
        panic!("{kind:?} does not start: `cargo xtask test` installs it");
    }

    fn try_start(kind: Kind, configure: impl Fn(&Path, SocketAddr) -> String) -> Option<Self> {
        let folder = TempDir::new().expect("a folder");
        let address = free_address();
        let configuration = folder.path().join("configuration");
        std::fs::write(&configuration, configure(folder.path(), address)).expect("a configuration");
        let mut command = kind.command(folder.path(), &configuration);
        let output = File::create(folder.path().join("output")).expect("a file");
        command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(output);
        let process = command.spawn().unwrap_or_else(|error| {
            panic!("{kind:?} does not start ({error}): `cargo xtask test` installs it")
        });
        let mut proxy = Self { kind, process, address, folder };
        proxy.listens().then_some(proxy)
    }

    /// Waits until it listens; answers whether it does.
    fn listens(&mut self) -> bool {
        let begun = Instant::now();
        while TcpStream::connect(self.address).is_err() {
            if self.process.try_wait().expect("a process").is_some() {
                eprintln!("{:?}: {}", self.kind, self.output());
                return false;
            }
            assert!(begun.elapsed() < PATIENCE, "{:?} does not listen: {}", self.kind, self.output());
            std::thread::yield_now();
        }
        true
    }

    pub(crate) fn address(&self) -> SocketAddr {
        self.address
    }

    /// What it has complained about.
    pub(super) fn output(&self) -> String {
        let read = |name| std::fs::read_to_string(self.folder.path().join(name)).unwrap_or_default();
        read("output") + &read("log")
    }
}

impl Drop for Proxy {
    fn drop(&mut self) {
        // Apache has children, which it takes along when it is asked to stop.
        let id = self.process.id().try_into().ok().and_then(Pid::from_raw);
        match (self.kind, id) {
            (Kind::Apache | Kind::ApacheOverHttp2, Some(id)) => drop(kill_process(id, Signal::TERM)),
            _ => drop(self.process.kill()),
        }
        let _ = self.process.wait();
        if std::thread::panicking() {
            eprintln!("{:?}: {}", self.kind, self.output());
        }
    }
}

pub(super) fn free_address() -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
    listener.local_addr().expect("an address")
}

const TRIES: usize = 3;
