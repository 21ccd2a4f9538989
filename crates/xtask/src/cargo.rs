//! Cargo, run as if from the workspace's root by hand.

use std::env;
use std::ffi::OsString;
use std::path::Path;
use std::process::Command;

use crate::failure::Failure;

/// The folder of the workspace's `Cargo.toml`.
pub(crate) fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR")).ancestors().nth(2).unwrap_or(Path::new("."))
}

/// `cargo <subcommand>` at the workspace's root, with the lock file as it is committed.
pub(crate) fn cargo(subcommand: &str) -> Command {
    let mut command = Command::new(env::var_os("CARGO").unwrap_or_else(|| OsString::from("cargo")));
    command.current_dir(root()).arg(subcommand);
    // `cargo run` describes this package in the environment. Handed on, that would look to build scripts which
    // watch those variables (ring's does) like a change, and rebuild everything above them.
    for (name, _) in env::vars_os().filter(|(name, _)| describes_a_package(&name.to_string_lossy())) {
        command.env_remove(name);
    }
    command
}

/// Announces `title`, runs `command` and says how it ended.
pub(crate) fn run_step(title: &str, command: &mut Command) -> Result<(), Failure> {
    eprintln!("--- {title}");
    let status = command.status().map_err(|error| Failure::not_run(command.get_program(), &error))?;
    if status.success() {
        eprintln!("--- {title}: ok");
        Ok(())
    } else {
        Err(Failure::new(format!("{title} failed ({status})")))
    }
}

fn describes_a_package(variable: &str) -> bool {
    variable.starts_with("CARGO_PKG_") || variable.starts_with("CARGO_MANIFEST_")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_root_holds_the_workspace() {
        assert!(root().join("Cargo.lock").is_file());
    }

    #[test]
    fn settings_of_cargo_itself_are_handed_on() {
        assert!(describes_a_package("CARGO_PKG_NAME") && describes_a_package("CARGO_MANIFEST_DIR"));
        assert!(!describes_a_package("CARGO_TARGET_DIR") && !describes_a_package("CARGO_HOME"));
    }
}
