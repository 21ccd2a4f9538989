//! Programs that use TLS and HTTP of their own, built with our crates: each is a workspace of its own, because Cargo gives
//! all members of one the same features of a dependency.

use std::collections::BTreeSet;
use std::process::Command;

use crate::cargo::{cargo, root, run_step};
use crate::failure::Failure;
use crate::tally::Tally;

/// Builds and runs each program, and counts the packages of a host on axum.
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
    Ok(tally + judge(COUNTED, count_packages()))
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

fn count_packages() -> Result<(), Failure> {
    let mut tree = of(COUNTED, "tree");
    tree.args(["--edges", "normal", "--prefix", "none"]);
    let output = tree.output().map_err(|error| Failure::not_run(tree.get_program(), &error))?;
    if !output.status.success() {
        return Err(Failure::new(String::from_utf8_lossy(&output.stderr).trim_end()));
    }
    match read_packages(&String::from_utf8_lossy(&output.stdout)) {
        count if count > MOST_PACKAGES => {
            Err(Failure::new(format!("it has {count} packages, more than {MOST_PACKAGES}")))
        }
        0 => Err(Failure::new("cargo tree names no packages")),
        _ => Ok(()),
    }
}

/// A package that stands in the tree again is marked with a star.
fn read_packages(tree: &str) -> usize {
    let packages = tree.lines().map(|line| line.trim_end_matches(" (*)")).filter(|line| !line.is_empty());
    packages.collect::<BTreeSet<_>>().len()
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
const HOSTS: [&str; 2] = ["ring", "aws-lc-rs"];
const COUNTED: &str = "plain-axum";
/// The host itself and axum with its defaults included.
const MOST_PACKAGES: usize = 105;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_package_counts_once() {
        assert_eq!(read_packages("a v1.0.0\nb v1.0.0\nb v2.0.0\nb v1.0.0 (*)\n\n"), 3);
        assert_eq!(read_packages(""), 0);
    }

    #[test]
    fn every_folder_of_hosts_is_run_or_counted() {
        let folders = std::fs::read_dir(root().join(FOLDER)).unwrap().map(|entry| entry.unwrap().file_name());
        let folders: BTreeSet<_> = folders.filter_map(|name| name.into_string().ok()).collect();
        assert_eq!(folders, HOSTS.into_iter().chain([COUNTED]).map(str::to_owned).collect());
    }
}
