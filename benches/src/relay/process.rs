//! Processes under measurement: started, watched through `/proc`, and stopped by their number.

use std::io::{self, BufRead as _, BufReader};
use std::net::{SocketAddr, TcpListener};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

/// A process with all its children. Dropping it stops them.
#[derive(Debug)]
pub struct Running {
    child: Child,
    /// Where it listens.
    pub address: SocketAddr,
    _folder: Option<tempfile::TempDir>,
}

impl Running {
    /// Starts a program of ours, which says where it listens.
    ///
    /// # Errors
    /// When it cannot be started or says nothing.
    pub fn announced(command: &mut Command) -> io::Result<Self> {
        let mut child = command.stdin(Stdio::null()).stdout(Stdio::piped()).spawn()?;
        let mut line = String::new();
        let stdout = child.stdout.take().ok_or(io::ErrorKind::BrokenPipe)?;
        BufReader::new(stdout).read_line(&mut line)?;
        let address = line.trim().parse().map_err(|_| io::Error::other(format!("said: {line}")))?;
        Ok(Self { child, address, _folder: None })
    }

    /// Starts a program with the address to listen on, and waits until it listens.
    ///
    /// # Errors
    /// When it cannot be started or does not listen within ten seconds.
    pub fn told(command: &mut Command, address: SocketAddr, folder: tempfile::TempDir) -> io::Result<Self> {
        let child = command.stdin(Stdio::null()).spawn()?;
        let mut running = Self { child, address, _folder: Some(folder) };
        let until = Instant::now() + Duration::from_secs(10);
        while std::net::TcpStream::connect(address).is_err() {
            if Instant::now() > until || running.child.try_wait()?.is_some() {
                return Err(io::Error::other("it does not listen"));
            }
            std::thread::sleep(Duration::from_millis(20));
        }
        Ok(running)
    }

    /// Processor time so far, user and system, in seconds.
    pub fn cpu(&self) -> f64 {
        self.family().iter().filter_map(|&pid| cpu_ticks(pid)).sum::<u64>() as f64 / TICKS_PER_SECOND
    }

    /// The most memory it had so far, in bytes: the sum over its processes.
    pub fn peak_memory(&self) -> u64 {
        self.family().iter().filter_map(|&pid| memory(pid, "VmHWM:")).sum()
    }

    /// The memory it has now, in bytes.
    pub fn memory(&self) -> u64 {
        self.family().iter().filter_map(|&pid| memory(pid, "VmRSS:")).sum()
    }

    fn family(&self) -> Vec<u32> {
        let own = self.child.id();
        let entries = std::fs::read_dir("/proc").into_iter().flatten().flatten();
        let pids = entries.filter_map(|entry| entry.file_name().to_str()?.parse::<u32>().ok());
        let mut family: Vec<_> = pids.filter(|&pid| parent(pid) == Some(own)).collect();
        family.push(own);
        family
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        // The children of the peers end with their parent's SIGTERM; ours have none.
        let pid = self.child.id().to_string();
        let _ = Command::new("kill").args(["-TERM", &pid]).status();
        let until = Instant::now() + Duration::from_secs(3);
        while Instant::now() < until {
            if matches!(self.child.try_wait(), Ok(Some(_))) {
                return;
            }
            std::thread::sleep(Duration::from_millis(10));
        }
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// An address on loopback that is free at the moment.
///
/// # Errors
/// When there is none.
pub(super) fn free_address() -> io::Result<SocketAddr> {
    TcpListener::bind("127.0.0.1:0")?.local_addr()
}

/// The fields of `/proc/PID/stat` behind the name, which may hold anything.
fn stat(pid: u32) -> Option<Vec<String>> {
    let stat = std::fs::read_to_string(format!("/proc/{pid}/stat")).ok()?;
    Some(stat.rsplit_once(") ")?.1.split(' ').map(str::to_owned).collect())
}

fn parent(pid: u32) -> Option<u32> {
    stat(pid)?.get(1)?.parse().ok()
}

fn cpu_ticks(pid: u32) -> Option<u64> {
    let stat = stat(pid)?;
    Some(stat.get(11)?.parse::<u64>().ok()? + stat.get(12)?.parse::<u64>().ok()?)
}

fn memory(pid: u32, line: &str) -> Option<u64> {
    let status = std::fs::read_to_string(format!("/proc/{pid}/status")).ok()?;
    let kibibytes = status.lines().find_map(|text| text.strip_prefix(line)?.trim().strip_suffix(" kB"))?;
    kibibytes.trim().parse::<u64>().ok().map(|kibibytes| kibibytes * 1_024)
}

/// What Linux counts processor time in for everybody outside the kernel.
const TICKS_PER_SECOND: f64 = 100.0;
