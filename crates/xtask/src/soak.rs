//! `soak`: mixed traffic with faults at both banks, for as long as one likes; the tests do the same for a few seconds.

use crate::cargo::{cargo, run_step};
use crate::failure::Failure;
use crate::need;

pub(crate) fn run(seconds: u32) -> Result<(), Failure> {
    need::ensure(need::RUST_TESTS)?;
    let mut command = cargo("test");
    command
        .args(["--locked", "--package", "biometry-gate-tests", "--test", "it", "--", "soak::", "--nocapture"])
        .env("SOAK_SECS", seconds.to_string());
    run_step(&format!("soak, {seconds} s each"), &mut command)
}
