//! `openapi`: writes the description of the mounted routes again, after they have changed.

use std::fs;

use crate::cargo::{cargo, root};
use crate::failure::Failure;
use crate::{npm, python};

/// Writes the file beside the core crate.
///
/// # Errors
/// When the description cannot be made or written.
pub(crate) fn run() -> Result<(), Failure> {
    let mut command = cargo("run");
    command.args([
        "--locked",
        "--quiet",
        "--package",
        "biometry-gate",
        "--all-features",
        "--example",
        "openapi",
    ]);
    let output = command.output().map_err(|error| Failure::not_run(command.get_program(), &error))?;
    if !output.status.success() {
        return Err(Failure::new(String::from_utf8_lossy(&output.stderr).trim_end()));
    }
    fs::write(root().join(FILE), output.stdout)
        .map_err(|error| Failure::new(format!("{FILE} cannot be written: {error}")))
}

/// Brings what holds the banks against the description, and the generator of a client.
///
/// # Errors
/// When a registry or an installer fails.
pub(crate) fn install() -> Result<(), Failure> {
    npm::install(FOLDER)?;
    python::install(ENVIRONMENT, &format!("{FOLDER}/requirements.txt"))
}

const FILE: &str = "crates/biometry-gate/openapi.json";
const FOLDER: &str = "tests/openapi";
const ENVIRONMENT: &str = "target/openapi/venv";
