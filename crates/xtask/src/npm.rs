//! Packages from npm by name, in the versions of a folder's lock file.

use std::fs;
use std::path::Path;
use std::process::Command;

use crate::cargo::{root, run_step};
use crate::failure::Failure;

/// Installs what the lock file of `folder` names into its `node_modules`, unless just that is there already.
///
/// # Errors
/// When there is no lock file, or npm fails.
pub(crate) fn install(folder: &str) -> Result<(), Failure> {
    let path = root().join(folder);
    let lock = fs::read(path.join("package-lock.json"))
        .map_err(|error| Failure::new(format!("{folder}/package-lock.json cannot be read: {error}")))?;
    if is_installed(&path, &lock) {
        return Ok(());
    }
    let mut npm = Command::new("npm");
    npm.current_dir(&path).args(["ci", "--ignore-scripts", "--no-audit", "--no-fund"]);
    run_step(&format!("npm packages of {folder}"), &mut npm)?;
    fs::write(path.join(STAMP), lock)
        .map_err(|error| Failure::new(format!("{folder}/{STAMP} cannot be written: {error}")))
}

/// The stamp holds the lock file that was last installed to the end.
fn is_installed(folder: &Path, lock: &[u8]) -> bool {
    fs::read(folder.join(STAMP)).is_ok_and(|installed| installed == lock)
}

const STAMP: &str = "node_modules/.installed";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_folder_without_a_lock_file_is_a_mistake() {
        assert!(install("crates/xtask").unwrap_err().to_string().contains("package-lock.json"));
    }

    #[test]
    fn what_another_lock_file_brought_does_not_count() {
        let folder = std::env::temp_dir().join(format!("xtask-npm-{}", std::process::id()));
        fs::create_dir_all(folder.join("node_modules")).unwrap();
        assert!(!is_installed(&folder, b"a"));
        fs::write(folder.join(STAMP), "a").unwrap();
        assert!(is_installed(&folder, b"a") && !is_installed(&folder, b"b"));
        fs::remove_dir_all(folder).unwrap();
    }
}
