//! A server in a process of its own, and what it takes of the processors.

use std::fs;
use std::io::{BufRead as _, BufReader};
use std::net::SocketAddr;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use super::contenders::Contender;

/// A contender's server. It ends with this value.
#[derive(Debug)]
pub struct Server {
    /// Who it is.
    pub contender: Contender,
    pub(super) address: SocketAddr,
    /// How each caller names itself: a line of a request's head.
    pub(super) callers: Arc<[String]>,
    /// The first caller who was not let in yet, where each is let in once only.
    fresh: AtomicUsize,
    child: Child,
}

impl Server {
    /// Starts `program` on this part of the contender's place, for so many single uses.
    pub fn start(program: &Path, contender: Contender, address: &str, uses: usize) -> Self {
        let uses = if contender.is_single_use() { uses } else { 0 };
        let mut child = Command::new(program)
            .args([contender.kind, address, &uses.to_string()])
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap_or_else(|error| panic!("{}: {error}", program.display()));
        let said = BufReader::new(child.stdout.take().expect("its output"));
        let mut lines = said.lines().map_while(Result::ok);
        let address = lines.next().and_then(|line| line.parse().ok());
        let address = address.unwrap_or_else(|| panic!("{}: it does not listen", contender.name));
        let callers = lines.take_while(|line| !line.is_empty()).collect();
        Self { contender, address, callers, fresh: AtomicUsize::new(0), child }
    }

    /// The first caller of a round.
    pub(super) fn next_caller(&self, requests: usize) -> usize {
        if self.contender.is_single_use() { self.fresh.fetch_add(requests, Ordering::Relaxed) } else { 0 }
    }

    /// How long its threads have been running so far, in seconds.
    pub(super) fn processor_time(&self) -> f64 {
        let threads = fs::read_dir(format!("/proc/{}/task", self.child.id())).expect("its threads");
        let nanoseconds = threads.filter_map(|thread| {
            let said = fs::read_to_string(thread.ok()?.path().join("schedstat")).ok()?;
            said.split(' ').next()?.parse::<f64>().ok()
        });
        nanoseconds.sum::<f64>() / 1e9
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
