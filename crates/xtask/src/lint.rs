//! `lint`: the formatting, which rooms of the core import which, how many packages hosts build, and clippy with warnings
//! denied.

use crate::cargo::{cargo, root, run_step};
use crate::failure::Failure;
use crate::hosts::RECIPES;
use crate::{imports, packages};

pub(crate) fn run() -> Result<(), Failure> {
    run_step("formatting", cargo("fmt").args(["--all", "--check"]))?;
    let recipes = root().join(RECIPES).join("Cargo.toml");
    run_step("formatting of the recipes", cargo("fmt").arg("--check").arg("--manifest-path").arg(recipes))?;
    imports::check()?;
    packages::check()?;
    run_step(
        "clippy",
        cargo("clippy")
            .args(["--locked", "--workspace", "--all-targets", "--all-features"])
            .args(DENY_WARNINGS),
    )
}

/// What `cargo clippy` passes on to the workspace's own crates; dependencies keep what they were built with.
pub(crate) const DENY_WARNINGS: [&str; 3] = ["--", "--deny", "warnings"];
