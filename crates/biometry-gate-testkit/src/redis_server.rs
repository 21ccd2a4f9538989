use std::net::TcpListener;
use std::process::Stdio;

use rustix::process::{Pid, Signal, kill_process};
use tempfile::TempDir;
use tokio::process::{Child, Command};
use tokio::time::{Duration, sleep, timeout};

use crate::PATIENCE;

/// A real Redis on a free port of this machine, with a folder of its own. Dropped, it is killed.
///
/// By default it writes nothing to its disk. Its program, `redis-server`, has to be on the `PATH`, and `redis-cli`, too.
#[derive(Debug)]
pub struct RedisServer {
    child: Child,
    port: u16,
    arguments: Vec<String>,
    folder: TempDir,
}

/// Three real Redis servers that are one cluster. Dropped, they are killed.
#[derive(Debug)]
pub struct RedisCluster {
    nodes: Vec<RedisServer>,
}

/// A slot of a cluster, on its way from one node to another.
#[derive(Debug)]
#[must_use]
pub struct MovingSlot<'a> {
    slot: String,
    from: &'a RedisServer,
    to: &'a RedisServer,
}

impl RedisServer {
    /// Starts one.
    pub async fn start() -> Self {
        Self::start_with(&[]).await
    }

    /// Starts one with further arguments, in pairs as on the command line.
    pub async fn start_with(arguments: &[&str]) -> Self {
        let arguments: Vec<_> = arguments.iter().map(|&argument| argument.to_owned()).collect();
        // Another process may take a free port before the server does.
        for _ in 0..5 {
            let folder = tempfile::tempdir().expect("a temporary folder");
            let port = free_port();
            let mut server =
                Self { child: run(port, &arguments, &folder), port, arguments: arguments.clone(), folder };
            if server.is_up().await {
                return server;
            }
        }
        panic!("redis-server does not start: {arguments:?}");
    }

    /// Starts a replica of this server and waits until it has caught up.
    pub async fn replica(&self) -> Self {
        let port = self.port.to_string();
        let replica = Self::start_with(&[
            "--replicaof",
            &format!("127.0.0.1 {port}"),
            "--repl-diskless-sync-delay",
            "0",
        ])
        .await;
        self.wait_for(&replica).await;
        replica
    }

    /// Starts a sentinel, which watches over no server yet.
    pub async fn start_sentinel() -> Self {
        Self::start_with(&[SENTINEL]).await
    }

    /// Waits until this sentinel knows of a replica of the primary with this name.
    pub async fn wait_for_replica_of(&self, name: &str) {
        until("the sentinel knows the replica", async || {
            self.cli(&["sentinel", "replicas", name]).await.contains("port")
        })
        .await;
    }

    /// Waits until a replica has received everything that was written here.
    pub async fn wait_for(&self, replica: &Self) {
        until("the replica has caught up", async || {
            let there = replica.info("slave_repl_offset").await;
            replica.info("master_link_status").await.as_deref() == Some("up")
                && there.is_some()
                && there == self.info("master_repl_offset").await
        })
        .await;
    }

    /// Its address.
    pub fn url(&self) -> String {
        format!("redis://127.0.0.1:{}", self.port)
    }

    /// Its port.
    pub fn port(&self) -> u16 {
        self.port
    }

    /// Has a command executed; answers what `redis-cli` prints.
    pub async fn cli(&self, command: &[&str]) -> String {
        let printed = self.try_cli(command).await;
        let failed = ["ERR ", "NOAUTH ", "Could not connect"].iter().any(|error| printed.starts_with(error));
        assert!(!failed, "{command:?}: {printed}");
        printed
    }

    async fn try_cli(&self, command: &[&str]) -> String {
        let mut cli = Command::new("redis-cli");
        cli.args(["-p", &self.port.to_string()]).args(command).kill_on_drop(true);
        let output = timeout(PATIENCE, cli.output()).await.expect("redis-cli ends");
        let output = output.unwrap_or_else(|error| panic!("redis-cli cannot be started: {error}; {INSTALL}"));
        String::from_utf8_lossy(&[output.stdout, output.stderr].concat()).trim_end().to_owned()
    }

    /// Keeps it from doing anything, connections and all, until it is [resumed](Self::resume).
    pub fn pause(&self) {
        self.signal(Signal::STOP);
    }

    /// Lets it go on.
    pub fn resume(&self) {
        self.signal(Signal::CONT);
    }

    /// Ends it as a power failure would.
    pub async fn kill(&mut self) {
        self.child.kill().await.expect("it runs");
    }

    /// Starts it again after it was killed, on the same port and with what is on its disk.
    pub async fn start_again(&mut self) {
        self.child = run(self.port, &self.arguments, &self.folder);
        assert!(self.is_up().await, "redis-server does not start again");
    }

    /// One field of what it says of its replication.
    async fn info(&self, field: &str) -> Option<String> {
        let info = self.cli(&["info", "replication"]).await;
        let value = info.lines().find_map(|line| line.strip_prefix(field)?.strip_prefix(':'))?;
        Some(value.trim().to_owned())
    }

    /// Waits until it has read its disk and answers, or has ended.
    async fn is_up(&mut self) -> bool {
        let own = format!("process_id:{}\r", self.child.id().expect("it runs"));
        let waiting = async {
            while self.child.try_wait().expect("a child").is_none() {
                let info = self.try_cli(&["info", "server", "persistence"]).await;
                // Another process may have taken the port, another server of these tests for one.
                if info.contains(&own) && !info.contains("loading:1") {
                    return true;
                }
                sleep(STEP).await;
            }
            false
        };
        timeout(PATIENCE, waiting).await.unwrap_or(false)
    }

    fn signal(&self, signal: Signal) {
        let id = self.child.id().and_then(|id| Pid::from_raw(id.try_into().ok()?)).expect("it runs");
        kill_process(id, signal).expect("it is ours");
    }
}

impl RedisCluster {
    /// Starts one.
    pub async fn start() -> Self {
        let mut nodes = Vec::new();
        for _ in 0..3 {
            let bus = free_port().to_string();
            let arguments =
                ["--cluster-enabled", "yes", "--cluster-port", &bus, "--cluster-node-timeout", "2000"];
            let node = RedisServer::start_with(&arguments).await;
            nodes.push((node, bus));
        }
        for (number, (node, _)) in nodes.iter().enumerate() {
            let (first, last) = SLOTS[number];
            node.cli(&["cluster", "addslotsrange", first, last]).await;
            node.cli(&["cluster", "set-config-epoch", &(number + 1).to_string()]).await;
        }
        let (first, others) = nodes.split_first().expect("three nodes");
        for (node, bus) in others {
            first.0.cli(&["cluster", "meet", "127.0.0.1", &node.port.to_string(), bus]).await;
        }
        for (node, _) in &nodes {
            until("the cluster is whole", async || {
                let info = node.cli(&["cluster", "info"]).await;
                info.contains("cluster_state:ok") && info.contains("cluster_known_nodes:3")
            })
            .await;
        }
        Self { nodes: nodes.into_iter().map(|(node, _)| node).collect() }
    }

    /// Its nodes.
    pub fn nodes(&self) -> &[RedisServer] {
        &self.nodes
    }

    /// Moves a key, and begins to move its slot with it: a client that asks for the key is redirected.
    pub async fn begin_to_move(&self, key: &str) -> MovingSlot<'_> {
        let slot = self.nodes[0].cli(&["cluster", "keyslot", key]).await;
        let mut from = None;
        for (at, node) in self.nodes.iter().enumerate() {
            if node.cli(&["cluster", "countkeysinslot", &slot]).await != "0" {
                from = Some(at);
            }
        }
        let from = from.expect("a node has the key");
        let moving =
            MovingSlot { slot, from: &self.nodes[from], to: &self.nodes[(from + 1) % self.nodes.len()] };
        let MovingSlot { slot, from, to } = &moving;
        let (source, target) = (from.cli(&["cluster", "myid"]).await, to.cli(&["cluster", "myid"]).await);
        to.cli(&["cluster", "setslot", slot, "importing", &source]).await;
        from.cli(&["cluster", "setslot", slot, "migrating", &target]).await;
        from.cli(&["migrate", "127.0.0.1", &to.port.to_string(), key, "0", "5000"]).await;
        moving
    }

    /// Its address.
    pub fn url(&self) -> String {
        let nodes: Vec<_> = self.nodes.iter().map(|node| format!("127.0.0.1:{}", node.port)).collect();
        format!("redis+cluster://{}", nodes.join(","))
    }
}

impl MovingSlot<'_> {
    /// Says that it has arrived.
    pub async fn arrive(self) {
        let target = self.to.cli(&["cluster", "myid"]).await;
        for node in [self.to, self.from] {
            node.cli(&["cluster", "setslot", &self.slot, "node", &target]).await;
        }
    }
}

fn run(port: u16, arguments: &[String], folder: &TempDir) -> Child {
    let mut command = Command::new("redis-server");
    if arguments.iter().any(|argument| argument == SENTINEL) {
        // It insists on a file that it can write to.
        let file = folder.path().join("sentinel.conf");
        std::fs::write(&file, format!("port {port}\nbind 127.0.0.1\n")).expect("a file");
        command.arg(file).arg(SENTINEL);
    } else {
        let port = port.to_string();
        command.args(["--port", &port, "--bind", "127.0.0.1", "--save", "", "--dir"]).arg(folder.path());
        command.args(arguments);
    }
    command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null()).kill_on_drop(true);
    let child = command.spawn();
    child.unwrap_or_else(|error| panic!("redis-server cannot be started: {error}; {INSTALL}"))
}

fn free_port() -> u16 {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
    listener.local_addr().expect("an address").port()
}

async fn until(what: &str, mut holds: impl AsyncFnMut() -> bool) {
    let asking = async {
        while !holds().await {
            sleep(STEP).await;
        }
    };
    timeout(PATIENCE, asking).await.unwrap_or_else(|_| panic!("{what}: not in time"));
}

const INSTALL: &str = "`cargo xtask test` installs what the tests need";
const SENTINEL: &str = "--sentinel";
const STEP: Duration = Duration::from_millis(5);
const SLOTS: [(&str, &str); 3] = [("0", "5460"), ("5461", "10922"), ("10923", "16383")];
