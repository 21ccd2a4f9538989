//! `lint`: the formatting, whether the measurements' lock file is up to date, which rooms of the core import which, how
//! many packages hosts build, and clippy with warnings denied.

use crate::cargo::{cargo, root, run_step};
use crate::failure::Failure;
use crate::hosts::RECIPES;
use crate::{imports, packages};

pub(crate) fn run() -> Result<(), Failure> {
    run_step("formatting", cargo("fmt").args(["--all", "--check"]))?;
    for workspace in [RECIPES, BENCHES] {
        let manifest = root().join(workspace).join("Cargo.toml");
        let mut check = cargo("fmt");
        run_step(
            &format!("formatting of {workspace}"),
            check.args(["--all", "--check", "--manifest-path"]).arg(manifest),
        )?;
    }
    // No other chore of the tests builds the measurements, which want their lock file as it is.
    run_step(
        "lock file of the measurements",
        cargo("update")
            .args(["--workspace", "--locked", "--manifest-path"])
            .arg(root().join(BENCHES).join("Cargo.toml")),
    )?;
    imports::check()?;
    packages::check()?;
    run_step(
        "clippy",
        cargo("clippy")
            .args(["--locked", "--workspace", "--all-targets", "--all-features"])
            .args(DENY_WARNINGS),
    )
}

/// The workspace of the measurements.
const BENCHES: &str = "benches";

/// What `cargo clippy` passes on to the workspace's own crates; dependencies keep what they were built with.
pub(crate) const DENY_WARNINGS: [&str; 3] = ["--", "--deny", "warnings"];
