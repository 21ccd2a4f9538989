//! Programs with TLS and HTTP of their own, built with our crates, and the recipes: each is a workspace of its own, because
//! Cargo gives all members of one the same features of a dependency.

use std::process::Command;

use crate::cargo::{cargo, root, run_step};
use crate::failure::Failure;
use crate::tally::{Tally, stream};
use crate::test::read_summary;

/// Builds and runs each program, and tests the recipes: one test program takes in all of them.
///
/// # Errors
/// When cargo cannot be started.
pub(crate) fn run() -> Result<Tally, Failure> {
    let mut tally = Tally::default();
    for host in HOSTS {
        let mut run = of(&format!("{FOLDER}/{host}"), "run");
        let outcome = run_step(&format!("a host with {host}"), run.arg("--quiet"));
        tally = tally + judge(host, outcome);
    }
    Ok(tally + test_recipes()?)
}

/// Tests the recipes alone.
///
/// # Errors
/// When cargo cannot be started.
pub(crate) fn test_recipes() -> Result<Tally, Failure> {
    eprintln!("--- recipes");
    let mut tally = Tally::default();
    // The programs are modules of the tests: linking each by itself would prove nothing more.
    let status =
        stream(of(RECIPES, "test").args(["--test", "it"]), |line| tally = tally + read_summary(line))?;
    Ok(tally.with_status_of_runner(status))
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

/// Cargo for the workspace in a folder. All such workspaces share what they build.
fn of(folder: &str, subcommand: &str) -> Command {
    let mut command = cargo(subcommand);
    let manifest = root().join(folder).join("Cargo.toml");
    // Not `--locked`: a manifest of ours that has changed since changes the lock files here, and no other package in them.
    command.arg("--manifest-path").arg(manifest);
    command.env("CARGO_TARGET_DIR", root().join(TARGET));
    command
}

const FOLDER: &str = "tests/hosts";
const HOSTS: [&str; 2] = ["ring", "aws-lc-rs"];
/// Programs to copy from.
pub(crate) const RECIPES: &str = "examples/recipes";
/// What these workspaces build.
pub(crate) const TARGET: &str = "target/hosts";
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
