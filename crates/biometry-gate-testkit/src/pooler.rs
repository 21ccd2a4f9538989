use std::fmt;
use std::fs;
use std::net::{Ipv4Addr, SocketAddr, TcpListener, TcpStream};
use std::os::unix::process::CommandExt as _;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::Instant;

use rustix::process::{Pid, Signal, geteuid, kill_process};
use tempfile::TempDir;

use crate::{PATIENCE, PostgresServer};

/// A real pooler in front of a [`PostgresServer`], on a free port of loopback: PgBouncer or Pgpool-II, from the machine's
/// packages. Dropped, it ends.
pub struct Pooler {
    child: Child,
    address: SocketAddr,
    _folder: TempDir,
}

impl Pooler {
    /// PgBouncer with a pool of this mode (`session`, `transaction`, `statement`) and no other setting of note.
    pub fn pgbouncer(server: &PostgresServer, mode: &str) -> Self {
        let (folder, address) = (folder(), free_address());
        let (host, port) = server.socket();
        let text = format!(
            "[databases]\npostgres = host={} port={port} dbname=postgres user=gate\n\
             [pgbouncer]\nlisten_addr = 127.0.0.1\nlisten_port = {}\nunix_socket_dir =\nauth_type = any\npool_mode = {mode}\n",
            host.display(),
            address.port()
        );
        let file = keep(folder.path(), "pgbouncer.ini", &text);
        let mut command = Command::new("pgbouncer");
        command.arg("--quiet").arg(file);
        Self::run(command, address, folder)
    }

    /// Pgpool-II, which sends reads to the standby where it can.
    pub fn pgpool(primary: &PostgresServer, standby: &PostgresServer) -> Self {
        let (folder, address, control) = (folder(), free_address(), free_address());
        let mut text = format!(
            "listen_addresses = '127.0.0.1'\nport = {}\npcp_port = {}\nsocket_dir = '{place}'\nunix_socket_directories = '{place}'\n\
             pcp_socket_dir = '{place}'\npid_file_name = '{place}/pid'\nlogdir = '{place}'\nwork_dir = '{place}'\n\
             backend_clustering_mode = 'streaming_replication'\nload_balance_mode = on\nsr_check_user = 'gate'\n\
             sr_check_database = 'postgres'\nnum_init_children = 24\nmax_pool = 1\nenable_pool_hba = off\npool_passwd = ''\n\
             failover_on_backend_error = off\nhealth_check_period = 0\n",
            address.port(),
            control.port(),
            place = folder.path().display(),
        );
        for (number, (server, weight)) in [(primary, 0), (standby, 1)].into_iter().enumerate() {
            let (host, port) = server.socket();
            text += &format!(
                "backend_hostname{number} = '{}'\nbackend_port{number} = {port}\nbackend_weight{number} = {weight}\n\
                 backend_flag{number} = 'DISALLOW_TO_FAILOVER'\n",
                host.display()
            );
        }
        let file = keep(folder.path(), "pgpool.conf", &text);
        let others = ["pcp.conf", "pool_hba.conf"].map(|name| keep(folder.path(), name, ""));
        let mut command = Command::new("pgpool");
        command.arg("-n").arg("-f").arg(file).arg("-F").arg(&others[0]).arg("-a").arg(&others[1]);
        Self::run(command, address, folder)
    }

    fn run(mut command: Command, address: SocketAddr, folder: TempDir) -> Self {
        command.current_dir(folder.path()).stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
        if geteuid().is_root() {
            command.uid(NOBODY).gid(NOBODY);
        }
        let child = command.spawn().expect("`cargo xtask test` installs the poolers");
        let mut pooler = Self { child, address, _folder: folder };
        let began = Instant::now();
        while TcpStream::connect(address).is_err() {
            let is_there = matches!(pooler.child.try_wait(), Ok(None));
            assert!(is_there && began.elapsed() < PATIENCE, "the pooler does not start");
            std::thread::yield_now();
        }
        pooler
    }

    /// Where it listens.
    pub fn address(&self) -> SocketAddr {
        self.address
    }
}

impl Drop for Pooler {
    fn drop(&mut self) {
        // Asked to, it ends its children, too.
        if let Some(process) = i32::try_from(self.child.id()).ok().and_then(Pid::from_raw) {
            let _ = kill_process(process, Signal::INT);
        }
        let _ = self.child.wait();
    }
}

impl fmt::Debug for Pooler {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Pooler").field("address", &self.address).finish_non_exhaustive()
    }
}

fn folder() -> TempDir {
    let folder = tempfile::Builder::new().prefix("pooler-").tempdir().expect("a temporary folder");
    own(folder.path());
    folder
}

fn keep(folder: &Path, name: &str, text: &str) -> std::path::PathBuf {
    let file = folder.join(name);
    fs::write(&file, text).expect("a file");
    own(&file);
    file
}

fn own(path: &Path) {
    if geteuid().is_root() {
        std::os::unix::fs::chown(path, Some(NOBODY), Some(NOBODY)).expect("root may");
    }
}

fn free_address() -> SocketAddr {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).expect("a free port");
    listener.local_addr().expect("an address")
}

/// The user `nobody`: neither program runs as root.
const NOBODY: u32 = 65534;
