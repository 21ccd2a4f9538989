//! `mutants`: whether the unit tests of the core notice when the code that decides is changed.
//!
//! cargo-mutants makes one small change after the other and runs the unit tests with each. What no test notices has
//! survived. Every change is a build of its own, so a run takes hours, and the tests do without.

use std::fs;

use serde::Deserialize;

use crate::cargo::{cargo, root};
use crate::failure::Failure;
use crate::tools;

/// Every which change is tried: those of a part are spread evenly over the code, and the same each time.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Sample {
    pub(crate) one_in: u32,
    /// Which of them, from 0.
    pub(crate) offset: u32,
}

pub(crate) fn run(sample: Sample, files: &[String]) -> Result<(), Failure> {
    let folder = root().join("target/mutants");
    let program = tools::ensure_mutants()?;
    let mut command = cargo("mutants");
    // Cargo finds its subcommands on the PATH, and this one beside its other tools.
    let path = std::env::var_os("PATH").unwrap_or_default();
    let path = std::env::join_paths(std::iter::once(program).chain(std::env::split_paths(&path)));
    command
        .env("PATH", path.map_err(|error| Failure::new(error.to_string()))?)
        .env("CARGO_PROFILE_DEV_DEBUG", "0")
        .args([
            "--package",
            "biometry-gate",
            "--no-shuffle",
            "--colors",
            "never",
            "--sharding",
            "round-robin",
        ])
        .args(["--shard", &format!("{}/{}", sample.offset, sample.one_in)])
        .args(["--exclude-re", BESIDE_THE_POINT])
        .args(["--timeout", "300", "--output"])
        .arg(&folder);
    for file in files {
        command.args(["--file", file]);
    }
    if files.is_empty() {
        command.args(DECIDING.iter().flat_map(|file| ["--file", file]));
    }
    command.args(["--cargo-test-arg", "--lib"]);
    eprintln!("--- mutants, one in {}", sample.one_in);
    // It says how it went in a file; its status tells survivors from other mishaps, and is looked at after that.
    let status = command.status().map_err(|error| Failure::not_run(command.get_program(), &error))?;
    let outcomes = folder.join("mutants.out/outcomes.json");
    let outcomes = fs::read_to_string(&outcomes)
        .map_err(|error| Failure::new(format!("cargo mutants {status}: {}: {error}", outcomes.display())))?;
    let counts: Counts = serde_json::from_str(&outcomes)
        .map_err(|error| Failure::new(format!("what cargo mutants found cannot be read: {error}")))?;
    println!("{} caught, {} survived", counts.noticed(), counts.missed);
    counts.verdict()
}

/// What cargo-mutants says of a run.
#[derive(Deserialize)]
struct Counts {
    caught: u32,
    missed: u32,
    /// The tests never ended.
    timeout: u32,
}

impl Counts {
    fn noticed(&self) -> u32 {
        self.caught.saturating_add(self.timeout)
    }

    fn verdict(&self) -> Result<(), Failure> {
        let tried = self.noticed().saturating_add(self.missed);
        match tried {
            0 => Err(Failure::new("no mutant was tried")),
            _ if self.missed.saturating_mul(100) > tried.saturating_mul(MOST_SURVIVORS) => {
                Err(Failure::new(format!("of {tried} mutants {} survived", self.missed)))
            }
            _ => Ok(()),
        }
    }
}

/// Of a hundred.
const MOST_SURVIVORS: u32 = 5;

/// What decides whether a request is let in, and what is remembered of its caller.
const DECIDING: [&str; 6] = [
    "crates/biometry-gate/src/decision/*.rs",
    "crates/biometry-gate/src/policy/*.rs",
    "crates/biometry-gate/src/record/*.rs",
    "crates/biometry-gate/src/session.rs",
    "crates/biometry-gate/src/cross_site/*.rs",
    "crates/biometry-gate/src/gate/*.rs",
];

/// What is read by people only.
const BESIDE_THE_POINT: &str = "fmt::(Debug|Display)";

#[cfg(test)]
mod tests {
    use super::*;

    fn verdict(outcomes: &str) -> Result<(), Failure> {
        serde_json::from_str::<Counts>(outcomes).unwrap().verdict()
    }

    #[test]
    fn five_of_a_hundred_may_survive() {
        let found =
            |missed| format!(r#"{{"outcomes":[],"caught":90,"missed":{missed},"timeout":5,"unviable":9}}"#);
        assert!(verdict(&found(5)).is_ok() && verdict(&found(6)).is_err());
        assert!(verdict(r#"{"caught":0,"missed":0,"timeout":0}"#).is_err());
    }

    #[test]
    fn what_decides_is_where_it_is_looked_for() {
        for files in DECIDING {
            let folder = root().join(files.trim_end_matches("/*.rs"));
            assert!(folder.exists(), "{files}");
        }
    }
}
