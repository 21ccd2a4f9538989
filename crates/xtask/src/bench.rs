//! `bench`: the measurements in `benches/`, which is a package of its own so that the peers it measures against stay
//! out of the workspace.

use std::ffi::OsString;
use std::process::Command;

use crate::cargo::{cargo, root, run_step};
use crate::failure::Failure;
use crate::need::{self, Need};

/// What is measured.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Subject {
    Gate,
    Relay,
    Stores,
}

impl Subject {
    pub(crate) fn parse(name: &str) -> Option<Self> {
        match name {
            "gate" => Some(Self::Gate),
            "relay" => Some(Self::Relay),
            "stores" => Some(Self::Stores),
            _ => None,
        }
    }

    fn program(self) -> &'static str {
        match self {
            Self::Gate => "gate",
            Self::Relay => "relay",
            Self::Stores => "stores",
        }
    }

    fn needs(self) -> &'static [Need] {
        match self {
            Self::Gate => need::BENCH_GATE,
            Self::Relay => need::BENCH_RELAY,
            Self::Stores => need::BENCH_STORES,
        }
    }
}

/// Builds everything first, then runs one program with `arguments`, which are its own.
pub(crate) fn run(subject: Subject, arguments: &[OsString]) -> Result<(), Failure> {
    need::ensure(subject.needs())?;
    run_step("benches: build", &mut in_benches("build"))?;
    let mut run = in_benches("run");
    run.args(["--quiet", "--bin", subject.program(), "--"]).args(arguments);
    run_step(&format!("benches: {}", subject.program()), &mut run)
}

fn in_benches(subcommand: &str) -> Command {
    let mut command = cargo(subcommand);
    command.args(["--locked", "--release", "--manifest-path"]).arg(root().join("benches/Cargo.toml"));
    command
}
