//! Programs that tests start and that Debian does not have, from crates.io.

use std::path::PathBuf;

use crate::cargo::{cargo, root, run_step};
use crate::failure::Failure;

/// Installs the driver of Firefox into the target folder, unless just this version of it is there already.
///
/// # Errors
/// When cargo cannot install it.
pub(crate) fn ensure_geckodriver() -> Result<(), Failure> {
    // Without an optimizer: it starts a browser and hands commands on.
    install("geckodriver", GECKODRIVER).map(drop)
}

/// Installs cargo-mutants likewise. Answers the folder of its program.
///
/// # Errors
/// When cargo cannot install it.
pub(crate) fn ensure_mutants() -> Result<PathBuf, Failure> {
    install("cargo-mutants", CARGO_MUTANTS)
}

fn install(package: &str, version: &str) -> Result<PathBuf, Failure> {
    let tools = root().join("target/tools");
    let mut install = cargo("install");
    install.args([package, "--version", version, "--locked", "--debug", "--quiet", "--root"]).arg(&tools);
    run_step(package, &mut install)?;
    Ok(tools.join("bin"))
}

const GECKODRIVER: &str = "0.37.1";
const CARGO_MUTANTS: &str = "27.1.0";
