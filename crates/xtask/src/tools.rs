//! Programs that tests start and that Debian does not have, from crates.io.

use crate::cargo::{cargo, root, run_step};
use crate::failure::Failure;

/// Installs the driver of Firefox into the target folder, unless just this version of it is there already.
///
/// # Errors
/// When cargo cannot install it.
pub(crate) fn ensure_geckodriver() -> Result<(), Failure> {
    let tools = root().join("target/tools");
    let mut install = cargo("install");
    // Without an optimizer: it starts a browser and hands commands on.
    install
        .args(["geckodriver", "--version", GECKODRIVER, "--locked", "--debug", "--quiet", "--root"])
        .arg(&tools);
    run_step("geckodriver", &mut install)
}

const GECKODRIVER: &str = "0.37.1";
