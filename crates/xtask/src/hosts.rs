//! Programs with TLS, HTTP and logins of their own, built with our crates: each is a workspace of its own, because Cargo gives
//! all members of one the same features of a dependency.

use std::process::Command;

use crate::cargo::{cargo, root, run_step};
use crate::failure::Failure;
use crate::tally::Tally;

/// Builds and runs each program.
///
/// # Errors
/// When cargo cannot be started.
pub(crate) fn run() -> Result<Tally, Failure> {
    let mut tally = Tally::default();
    for host in HOSTS {
        let mut run = of(host, "run");
        let outcome = run_step(&format!("a host with {host}"), run.arg("--quiet"));
        tally = tally + judge(host, outcome);
    }
    Ok(tally)
}

fn judge(host: &str, outcome: Result<(), Failure>) -> Tally {
    match outcome {
        Ok(()) => {
            eprintln!("host {host} ... ok");
            Tally { passed: 1, failed: 0 }
        }
        Err(failure) => {
            eprintln!("host {host} ... FAILED: {failure}");
            Tally { passed: 0, failed: 1 }
        }
    }
}

fn of(host: &str, subcommand: &str) -> Command {
    let mut command = cargo(subcommand);
    let manifest = root().join(FOLDER).join(host).join("Cargo.toml");
    // Not `--locked`: a manifest of ours that has changed since changes the lock files here, and no other package in them.
    command.arg("--manifest-path").arg(manifest);
    command.env("CARGO_TARGET_DIR", root().join("target/hosts"));
    command
}

const FOLDER: &str = "tests/hosts";
const HOSTS: [&str; 3] = ["ring", "aws-lc-rs", "logins"];
/// Other chores count the packages of these, and measure what they take to build.
#[cfg(test)]
const MEASURED: [&str; 2] = ["bare-axum", "plain-axum"];

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn every_folder_of_hosts_is_run_or_measured() {
        let folders = std::fs::read_dir(root().join(FOLDER)).unwrap().map(|entry| entry.unwrap().file_name());
        let folders: BTreeSet<_> = folders.filter_map(|name| name.into_string().ok()).collect();
        assert_eq!(folders, HOSTS.into_iter().chain(MEASURED).map(str::to_owned).collect());
    }
}
