//! `interleavings`: the memory store under many orders in which its threads can meet.
//!
//! A scheduler takes the place of the operating system's, and locks of its own that of the standard library's; that
//! takes another build, which has a target folder of its own.

use crate::cargo::{cargo, root, run_step};
use crate::failure::Failure;

pub(crate) fn run() -> Result<(), Failure> {
    let mut command = cargo("test");
    command
        .args(["--locked", "--package", "biometry-gate", "--lib", "interleavings"])
        .env("RUSTFLAGS", "--cfg shuttle")
        .env("CARGO_TARGET_DIR", root().join("target/shuttle"));
    run_step("interleavings of the memory store", &mut command)
}
