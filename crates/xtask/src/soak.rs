//! `soak`: mixed traffic with faults at both banks, for as long as one likes; the tests do the same for a few seconds. Or a
//! fixed circle of people who sign in and out, with the curve of memory.

use crate::cargo::{cargo, run_step};
use crate::failure::Failure;
use crate::need;

/// What goes on.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Traffic {
    /// All sorts of things, with faults.
    Mixed,
    /// The same people, again and again.
    Circle,
}

pub(crate) fn run(traffic: Traffic, seconds: Option<u32>) -> Result<(), Failure> {
    need::ensure(need::RUST_TESTS)?;
    let seconds = seconds.unwrap_or(match traffic {
        Traffic::Mixed => 300,
        Traffic::Circle => 3_600,
    });
    let mut command = cargo("test");
    command
        .args(["--locked", "--package", "biometry-gate-tests", "--test", "it", "--", "--nocapture"])
        .args(match traffic {
            Traffic::Mixed => &["soak::", "--skip", "soak::circle::"][..],
            Traffic::Circle => &["soak::circle::"],
        })
        .env("SOAK_SECS", seconds.to_string());
    run_step(&format!("soak, {seconds} s each"), &mut command)
}
