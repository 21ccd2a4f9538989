use std::ffi::OsStr;
use std::fmt;
use std::fs;
use std::io::{BufRead as _, BufReader, Write as _};
use std::net::{Ipv4Addr, SocketAddr, TcpListener};
use std::os::unix::process::CommandExt as _;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Instant;

use rustix::process::{Pid, Signal, geteuid, kill_process};
use tempfile::TempDir;

use crate::PATIENCE;

/// A PostgreSQL server of a test's own, from the machine's packages: in a folder of its own, where it is reached through
/// a socket. It ends with this value, and at the latest with the test program.
///
/// Its methods block: they start programs.
pub struct PostgresServer {
    folder: TempDir,
    programs: PathBuf,
    /// Stops the server and removes its folder when its input ends.
    keeper: Option<Child>,
    schemas: AtomicU32,
    /// The number in the name of its socket, and where it listens on loopback, if it does.
    port: u16,
    listens: bool,
}

impl PostgresServer {
    /// A new server, empty, once it takes connections.
    pub fn start() -> Self {
        Self::nowhere().set_up()
    }

    /// [`start`](Self::start) for a server that listens on a free port of loopback, too.
    pub fn start_on_loopback() -> Self {
        Self::nowhere().on_loopback().set_up()
    }

    fn set_up(self) -> Self {
        let mut server = self;
        let mut initdb = server.program("initdb");
        initdb.args(["--username=gate", "--auth=trust", "--encoding=UTF8", "--no-locale", "--no-sync"]);
        output(initdb.arg("--pgdata").arg(server.data()));
        server.start_again();
        server
    }

    /// A standby of this server, once it has caught up and has to confirm every commit.
    #[must_use]
    pub fn synchronous_standby(&self) -> Self {
        let standby = self.standby();
        self.sql("ALTER SYSTEM SET synchronous_standby_names = '*'");
        self.sql("SELECT pg_reload_conf()");
        self.sql_until("SELECT count(*) FROM pg_stat_replication WHERE sync_state = 'sync'", "1");
        standby
    }

    /// A standby of this server that nothing waits for, once it follows; it listens where this one does.
    #[must_use]
    pub fn standby(&self) -> Self {
        let mut standby = Self::nowhere();
        if self.listens {
            standby = standby.on_loopback();
        }
        let mut copy = standby.program("pg_basebackup");
        copy.args(["--username=gate", "--checkpoint=fast", "--wal-method=stream", "--no-sync"]);
        copy.arg("--write-recovery-conf").arg("--host").arg(self.folder.path());
        copy.arg(format!("--port={}", self.port));
        output(copy.arg("--pgdata").arg(standby.data()));
        standby.start_again();
        self.sql_until("SELECT count(*) FROM pg_stat_replication WHERE state = 'streaming'", "1");
        standby
    }

    /// Makes a standby the primary.
    pub fn promote(&self) {
        self.sql("SELECT pg_promote()");
        self.sql_until("SELECT pg_is_in_recovery()", "f");
    }

    /// A folder for a server, and nothing in it.
    fn nowhere() -> Self {
        let folder = tempfile::Builder::new().prefix("postgres-").tempdir().expect("a temporary folder");
        if geteuid().is_root() {
            std::os::unix::fs::chown(folder.path(), Some(NOBODY), Some(NOBODY)).expect("root may");
        }
        let schemas = AtomicU32::new(0);
        Self { folder, programs: programs(), keeper: None, schemas, port: 5432, listens: false }
    }

    fn on_loopback(mut self) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
        (self.port, self.listens) = (listener.local_addr().expect("an address").port(), true);
        self
    }

    /// Where it listens.
    ///
    /// # Panics
    /// When it was not started [on loopback](Self::start_on_loopback).
    pub fn address(&self) -> SocketAddr {
        assert!(self.listens, "it listens at its socket only");
        (Ipv4Addr::LOCALHOST, self.port).into()
    }

    /// The folder of its socket, and the number in the socket's name.
    pub fn socket(&self) -> (&Path, u16) {
        (self.folder.path(), self.port)
    }

    /// Has it speak TLS on loopback with this certificate, and no longer without. Clients have to have a certificate of the
    /// authority `clients`, where one is given. All are in PEM form.
    pub fn encrypt(&self, certificate: &str, key: &str, clients: Option<&str>) {
        self.keep("server.crt", certificate);
        self.keep("server.key", key);
        self.keep("clients.crt", clients.unwrap_or_default());
        let checks = if clients.is_some() { "trust clientcert=verify-ca" } else { "trust" };
        self.keep("pg_hba.conf", &format!("local all all trust\nhostssl all all 127.0.0.1/32 {checks}\n"));
        for (name, value) in [("ssl_cert_file", "server.crt"), ("ssl_key_file", "server.key")] {
            self.sql(&format!("ALTER SYSTEM SET {name} = '{value}'"));
        }
        if clients.is_some() {
            self.sql("ALTER SYSTEM SET ssl_ca_file = 'clients.crt'");
        }
        self.sql("ALTER SYSTEM SET ssl = on");
        self.sql("SELECT pg_reload_conf()");
        self.sql_until("SHOW ssl", "on");
    }

    /// Asks for passwords on loopback, not at the socket.
    pub fn ask_for_passwords(&self) {
        self.keep("pg_hba.conf", "local all all trust\nhost all all 127.0.0.1/32 scram-sha-256\n");
        self.sql("SELECT pg_reload_conf()");
    }

    fn keep(&self, name: &str, text: &str) {
        let file = self.data().join(name);
        fs::write(&file, text).expect("a file");
        fs::set_permissions(&file, std::os::unix::fs::PermissionsExt::from_mode(0o600)).expect("it is ours");
        if geteuid().is_root() {
            std::os::unix::fs::chown(&file, Some(NOBODY), Some(NOBODY)).expect("root may");
        }
    }

    /// Asks until this is the answer.
    pub fn sql_until(&self, question: &str, answer: &str) {
        let began = Instant::now();
        while self.sql(question) != answer {
            assert!(began.elapsed() < PATIENCE, "{question}: not {answer}");
            std::thread::yield_now();
        }
    }

    /// The address of a schema of its own, as its owner.
    pub fn url(&self) -> String {
        let schema = format!("test_{}", self.schemas.fetch_add(1, Ordering::Relaxed));
        self.sql(&format!("CREATE SCHEMA {schema}"));
        self.url_of("gate", &schema)
    }

    /// The address of this schema, as this role.
    pub fn url_of(&self, role: &str, schema: &str) -> String {
        let (folder, port) = (self.folder.path().display(), self.port);
        format!("postgres:///postgres?host={folder}&port={port}&user={role}&options[search_path]={schema}")
    }

    /// Runs statements as the owner of everything, and answers what they say: a line for each row.
    pub fn sql(&self, statements: &str) -> String {
        let mut psql = self.program("psql");
        psql.args([
            "--username=gate",
            "--dbname=postgres",
            "--no-psqlrc",
            "--quiet",
            "--tuples-only",
            "--no-align",
        ]);
        psql.arg(format!("--port={}", self.port));
        psql.args(["--set=ON_ERROR_STOP=1", "--host"]).arg(self.folder.path());
        output(psql.arg("--command").arg(statements)).trim_end().to_owned()
    }

    /// Kills all of its processes at once, as a machine that loses power does.
    pub fn kill(&mut self) {
        let all = self.processes();
        signal(&all, Signal::KILL);
        let began = Instant::now();
        while all.iter().any(|&process| is_running(process)) {
            assert!(began.elapsed() < PATIENCE, "the server's processes do not end");
            std::thread::yield_now();
        }
        // Until its status is asked for, a dead process still looks like a server at work.
        let lock = format!(".s.PGSQL.{}.lock", self.port);
        for stale in [self.data().join("postmaster.pid"), self.folder.path().join(lock)] {
            let _ = fs::remove_file(stale);
        }
        self.dismiss_keeper();
    }

    /// Starts the server once more, on what it has kept.
    pub fn start_again(&mut self) {
        self.dismiss_keeper();
        let mut keeper = self.command("sh");
        keeper.args(["-c", KEEPER, "keeper"]).arg(self.programs.join("pg_ctl")).arg(self.folder.path());
        keeper.args([if self.listens { "127.0.0.1" } else { "" }, &self.port.to_string()]);
        keeper.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::null());
        let mut keeper = keeper.spawn().expect("sh starts");
        let mut word = String::new();
        let said = keeper.stdout.take().map(|said| BufReader::new(said).read_line(&mut word));
        self.keeper = Some(keeper);
        let log = || fs::read_to_string(self.folder.path().join("log")).unwrap_or_default();
        assert!(
            matches!(said, Some(Ok(_))) && word.trim() == "started",
            "PostgreSQL does not start: {}",
            log()
        );
    }

    /// Makes all of its processes stand still: connections stay open, and nothing is answered.
    pub fn pause(&self) {
        signal(&self.processes(), Signal::STOP);
    }

    /// Lets them go on.
    pub fn resume(&self) {
        signal(&self.processes(), Signal::CONT);
    }

    fn dismiss_keeper(&mut self) {
        if let Some(mut keeper) = self.keeper.take() {
            if let Some(mut input) = keeper.stdin.take() {
                let _ = input.write_all(b"leave\n");
            }
            let _ = keeper.wait();
        }
    }

    /// The postmaster first, then what it has started.
    fn processes(&self) -> Vec<Pid> {
        let file = fs::read_to_string(self.data().join("postmaster.pid")).unwrap_or_default();
        let Some(postmaster) = file.lines().next().and_then(|line| line.parse().ok()) else {
            return Vec::new();
        };
        let children = fs::read_dir("/proc").into_iter().flatten().flatten();
        let children = children.filter_map(|entry| entry.file_name().to_str()?.parse::<i32>().ok());
        let children = children.filter(|&process| parent(process) == Some(postmaster));
        [postmaster].into_iter().chain(children).filter_map(Pid::from_raw).collect()
    }

    fn data(&self) -> PathBuf {
        self.folder.path().join("data")
    }

    fn program(&self, name: &str) -> Command {
        self.command(self.programs.join(name))
    }

    /// PostgreSQL refuses to run as root.
    fn command(&self, program: impl AsRef<OsStr>) -> Command {
        let mut command = Command::new(program);
        command.current_dir(self.folder.path()).stdin(Stdio::null()).stderr(Stdio::piped());
        command.env_remove("PGHOST").env_remove("PGUSER").env_remove("PGDATABASE").env_remove("PGOPTIONS");
        if geteuid().is_root() {
            command.uid(NOBODY).gid(NOBODY);
        }
        command
    }
}

impl Drop for PostgresServer {
    fn drop(&mut self) {
        signal(&self.processes(), Signal::KILL);
        self.dismiss_keeper();
    }
}

impl fmt::Debug for PostgresServer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("PostgresServer").field("folder", &self.folder.path()).finish_non_exhaustive()
    }
}

/// Where the server's programs are: on the PATH, or where Debian keeps each version of them.
fn programs() -> PathBuf {
    let path = std::env::var_os("PATH").unwrap_or_default();
    let versions = fs::read_dir("/usr/lib/postgresql").into_iter().flatten().flatten();
    let mut versions: Vec<_> = versions.map(|version| version.path().join("bin")).collect();
    versions.sort();
    let mut folders = versions.into_iter().rev().chain(std::env::split_paths(&path));
    let has_all = |folder: &PathBuf| {
        ["initdb", "pg_basebackup", "pg_ctl", "psql"].iter().all(|name| folder.join(name).is_file())
    };
    folders.find(has_all).expect("PostgreSQL's programs are needed: install the package postgresql")
}

fn output(command: &mut Command) -> String {
    let output = command.output().expect("the program starts");
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    assert!(output.status.success(), "{command:?}: {}", text(&output.stderr));
    text(&output.stdout)
}

fn signal(processes: &[Pid], signal: Signal) {
    for &process in processes {
        // One that has ended meanwhile needs no signal.
        let _ = kill_process(process, signal);
    }
}

/// The state and the parent stand behind the name, which may contain anything.
fn stat(process: i32) -> Option<(char, i32)> {
    let stat = fs::read_to_string(Path::new("/proc").join(process.to_string()).join("stat")).ok()?;
    let mut fields = stat.rsplit_once(')')?.1.split_whitespace();
    Some((fields.next()?.chars().next()?, fields.next()?.parse().ok()?))
}

fn parent(process: i32) -> Option<i32> {
    stat(process).map(|(_, parent)| parent)
}

fn is_running(process: Pid) -> bool {
    stat(process.as_raw_nonzero().get()).is_some_and(|(state, _)| state != 'Z')
}

/// The user `nobody`.
const NOBODY: u32 = 65534;

/// Starts the server and says so; then waits for a word, and leaves the server alone. Without one, the test program is
/// gone: the server has to go, too.
const KEEPER: &str = r#"
pg_ctl=$1 folder=$2 listen=$3 port=$4
"$pg_ctl" --pgdata "$folder/data" --log "$folder/log" --wait --timeout 60 --silent \
  --options "-k $folder -p $port -c listen_addresses=$listen -c max_connections=80 -c shared_buffers=16MB" start >/dev/null 2>&1 && echo started
exec >/dev/null
read -r word && exit 0
"$pg_ctl" --pgdata "$folder/data" --mode immediate --silent stop
rm -rf "$folder"
"#;
