//! Packages from the Python registry, in environments of their own below the target folder.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::cargo::{root, run_step};
use crate::failure::Failure;

/// Makes an environment that holds what a file of requirements names, unless just that is there already.
///
/// # Errors
/// When the registry or an installer fails.
pub(crate) fn install(environment: &str, requirements: &str) -> Result<(), Failure> {
    let path = root().join(requirements);
    let wanted =
        fs::read(&path).map_err(|error| Failure::new(format!("{requirements} cannot be read: {error}")))?;
    let folder = root().join(environment);
    if is_whole(&folder, &wanted) {
        return Ok(());
    }
    // `--clear`: what an interrupted or failed run has left is no base to build on.
    let mut make = Command::new("python3");
    run_step("Python environment", make.args(["-m", "venv", "--clear"]).arg(&folder))?;
    let mut install = Command::new(program(environment, "python"));
    install.args(["-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--requirement"]);
    run_step(&format!("Python packages of {requirements}"), install.arg(&path))?;
    let stamp = folder.join(STAMP);
    fs::write(&stamp, wanted)
        .map_err(|error| Failure::new(format!("{} cannot be written: {error}", stamp.display())))
}

/// A program of an environment.
pub(crate) fn program(environment: &str, name: &str) -> PathBuf {
    root().join(environment).join("bin").join(name)
}

/// The stamp holds the requirements that were last installed to the end.
fn is_whole(environment: &Path, wanted: &[u8]) -> bool {
    fs::read(environment.join(STAMP)).is_ok_and(|installed| installed == wanted)
}

const STAMP: &str = ".installed";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_environment_that_was_not_finished_is_not_used() {
        let folder = std::env::temp_dir().join(format!("xtask-venv-{}", std::process::id()));
        fs::create_dir_all(folder.join("bin")).unwrap();
        fs::write(folder.join("bin/python"), "").unwrap();
        assert!(!is_whole(&folder, b"a"));
        fs::write(folder.join(STAMP), "a").unwrap();
        assert!(is_whole(&folder, b"a") && !is_whole(&folder, b"b"));
        fs::remove_dir_all(folder).unwrap();
    }
}
