use std::net::SocketAddr;
use std::process::{ExitStatus, Stdio};
use std::sync::{Arc, Mutex, PoisonError};

use biometry_gate_testkit::host::eventually;
use biometry_gate_testkit::{Browser, PATIENCE};
use rustix::process::{Pid, Signal, kill_process};
use tokio::io::{AsyncBufReadExt as _, AsyncRead, BufReader};
use tokio::process::{Child, Command};
use tokio::sync::oneshot;
use tokio::task::JoinHandle;
use tokio::time::timeout;

use super::hosts::Host;
use super::member::Member;

/// A bank or a sandbox as a program of its own. Dropped, it is killed.
#[derive(Debug)]
pub(crate) struct Program {
    child: Child,
    address: SocketAddr,
    output: Arc<Mutex<String>>,
    readers: Vec<JoinHandle<()>>,
}

impl Program {
    /// Starts the program with this environment and nothing else of ours, and waits until it listens.
    pub(crate) async fn start<H: Host>(environment: &[(&str, &str)]) -> Self {
        Self::spawn(command::<H>(environment)).await
    }

    /// The sandbox as a program of its own.
    pub(crate) async fn sandbox() -> Self {
        let mut sandbox = Command::new(env!("CARGO_BIN_EXE_sandbox-under-test"));
        sandbox.args(["--listen", "127.0.0.1:0"]).env_clear().env("RUST_LOG", "error");
        Self::spawn(piped(sandbox)).await
    }

    /// The key that the sandbox accepts.
    pub(crate) async fn key(&self) -> String {
        let key = || self.output().lines().find_map(|line| line.strip_prefix("key: ").map(str::to_owned));
        eventually("the sandbox says its key", async || key().is_some()).await;
        key().expect("a key")
    }

    async fn spawn(mut command: Command) -> Self {
        let mut child = command.spawn().expect("the program starts");
        let output = Arc::<Mutex<String>>::default();
        let (listens, listening) = oneshot::channel();
        let stdout = child.stdout.take().expect("a pipe");
        let stderr = child.stderr.take().expect("a pipe");
        let readers = vec![
            tokio::spawn(read(stdout, Arc::clone(&output), Some(listens))),
            tokio::spawn(read(stderr, Arc::clone(&output), None)),
        ];
        let address = timeout(PATIENCE, listening).await.expect("the program says where it listens");
        let address = address.unwrap_or_else(|_| panic!("no address: {}", lock(&output)));
        Self { child, address, output, readers }
    }

    pub(crate) fn browser(&self) -> Browser {
        Browser::new(self.address)
    }

    pub(crate) async fn log_in(&self, email: &str) -> Member {
        Member::log_in(self.browser(), email).await
    }

    pub(crate) fn address(&self) -> SocketAddr {
        self.address
    }

    /// The process's number.
    pub(crate) fn id(&self) -> u32 {
        self.child.id().expect("it is running")
    }

    /// What it has written so far, standard output and standard error together.
    pub(crate) fn output(&self) -> String {
        lock(&self.output)
    }

    /// Asks it to stop.
    pub(crate) fn terminate(&self) {
        let id = self.child.id().and_then(|id| Pid::from_raw(id.try_into().ok()?)).expect("it is running");
        kill_process(id, Signal::TERM).expect("it is ours");
    }

    /// Ends it as a power failure would.
    pub(crate) async fn kill(mut self) {
        self.child.kill().await.expect("it was running");
    }

    /// Waits for its end; answers how it ended and all that it wrote.
    pub(crate) async fn end(mut self) -> (ExitStatus, String) {
        let status = timeout(PATIENCE, self.child.wait()).await.expect("the program ends").expect("a status");
        for reader in self.readers {
            timeout(PATIENCE, reader).await.expect("its output ends").expect("its output is text");
        }
        (status, lock(&self.output))
    }
}

/// Runs the program with this environment, which keeps it from starting; answers how it ended and all that it wrote.
pub(crate) async fn run_to_its_end<H: Host>(environment: &[(&str, &str)]) -> (ExitStatus, String) {
    let output = timeout(PATIENCE, command::<H>(environment).output()).await.expect("the program ends");
    let output = output.expect("the program starts");
    let text = [output.stdout, output.stderr].concat();
    (output.status, String::from_utf8(text).expect("its output is text"))
}

fn command<H: Host>(environment: &[(&str, &str)]) -> Command {
    let mut command = Command::new(H::PROGRAM);
    command.env_clear().env("LISTEN_ADDR", "127.0.0.1:0").envs(environment.iter().copied());
    piped(command)
}

fn piped(mut command: Command) -> Command {
    command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped()).kill_on_drop(true);
    command
}

async fn read(
    pipe: impl AsyncRead + Unpin,
    output: Arc<Mutex<String>>,
    mut listens: Option<oneshot::Sender<SocketAddr>>,
) {
    let mut lines = BufReader::new(pipe).lines();
    while let Some(line) = lines.next_line().await.expect("its output is text") {
        let address = line.strip_prefix("listening on http://").and_then(|address| address.parse().ok());
        if let Some((address, listens)) = address.and_then(|address| Some((address, listens.take()?))) {
            let _ = listens.send(address);
        }
        let mut output = output.lock().unwrap_or_else(PoisonError::into_inner);
        output.push_str(&line);
        output.push('\n');
    }
}

fn lock(output: &Mutex<String>) -> String {
    output.lock().unwrap_or_else(PoisonError::into_inner).clone()
}
