//! `bench`: the measurements in `benches/`, which is a package of its own so that the peers it measures against stay
//! out of the workspace; and what a host takes to build.

use std::ffi::OsString;
use std::process::Command;

use crate::build_cost;
use crate::cargo::{cargo, root, run_step};
use crate::failure::Failure;
use crate::need::{self, Need};

/// What is measured.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Subject {
    Build,
    Forward,
    Gate,
    Relay,
    Stores,
    Page,
}

impl Subject {
    pub(crate) fn parse(name: &str) -> Option<Self> {
        match name {
            "build" => Some(Self::Build),
            "forward" => Some(Self::Forward),
            "gate" => Some(Self::Gate),
            "relay" => Some(Self::Relay),
            "stores" => Some(Self::Stores),
            "page" => Some(Self::Page),
            _ => None,
        }
    }

    fn needs(self) -> &'static [Need] {
        match self {
            Self::Build => &[],
            Self::Forward => need::BENCH_FORWARD,
            Self::Gate => need::BENCH_GATE,
            Self::Relay => need::BENCH_RELAY,
            Self::Stores => need::BENCH_STORES,
            Self::Page => need::BENCH_PAGE,
        }
    }
}

/// Builds everything first, then measures with `arguments`, which are the subject's own.
pub(crate) fn run(subject: Subject, arguments: &[OsString]) -> Result<(), Failure> {
    need::ensure(subject.needs())?;
    match subject {
        Subject::Build => build_cost::run(),
        Subject::Forward => measure_forward(arguments),
        Subject::Gate => measure("gate", arguments),
        Subject::Relay => measure("relay", arguments),
        Subject::Stores => measure("stores", arguments),
        Subject::Page => measure_page(arguments),
    }
}

fn measure(program: &str, arguments: &[OsString]) -> Result<(), Failure> {
    run_step("benches: build", &mut in_benches("build"))?;
    let mut run = in_benches("run");
    run.args(["--quiet", "--bin", program, "--"]).args(arguments);
    run_step(&format!("benches: {program}"), &mut run)
}

/// The page is measured in a browser, in front of the bank that developers run.
fn measure_page(arguments: &[OsString]) -> Result<(), Failure> {
    run_step("benches: build the bank", cargo("build").args(["--locked", "--package", "axum-bank"]))?;
    let mut node = Command::new("node");
    node.arg(root().join("benches/page.mjs")).arg(root().join("target/debug/axum-bank")).args(arguments);
    run_step("benches: page", &mut node)
}

/// The forward server is measured behind nginx, as it is deployed.
fn measure_forward(arguments: &[OsString]) -> Result<(), Failure> {
    let packages = ["--package", "biometry-gate-forward", "--package", "biometry-sandbox"];
    run_step("benches: build the servers", cargo("build").args(["--locked", "--release"]).args(packages))?;
    let built = |name: &str| root().join("target/release").join(name);
    let mut node = Command::new("node");
    node.arg(root().join("benches/forward.mjs"))
        .args([built("biometry-gate-forward"), built("biometry-sandbox")])
        .args(arguments);
    run_step("benches: forward", &mut node)
}

fn in_benches(subcommand: &str) -> Command {
    let mut command = cargo(subcommand);
    command.args(["--locked", "--release", "--manifest-path"]).arg(root().join("benches/Cargo.toml"));
    command
}
