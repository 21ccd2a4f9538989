//! Debian packages by name, from the machine's own sources.

use std::io::{self, IsTerminal};
use std::process::{Command, Stdio};

use crate::failure::Failure;
use crate::need::is_on_path;

/// Installs `packages`: as root, or through `sudo` where there is one.
///
/// # Errors
/// Where neither is possible or apt-get fails; the message names the one command to run.
pub(crate) fn install(packages: &[&str]) -> Result<(), Failure> {
    let Some(privilege) = find_privilege() else { return Err(by_hand(packages)) };
    eprintln!("--- installing {}", packages.join(", "));
    // A machine with one stale source may still offer every package asked for: only the installation decides.
    if !run(privilege, &["update"]) {
        eprintln!("xtask: apt-get update did not succeed; trying with the package lists as they are");
    }
    if run(privilege, &[&INSTALL[..], packages].concat()) { Ok(()) } else { Err(by_hand(packages)) }
}

/// How this process may install anything.
#[derive(Clone, Copy, Debug)]
enum Privilege {
    Root,
    Sudo,
}

fn find_privilege() -> Option<Privilege> {
    if !is_on_path("apt-get") {
        None
    } else if is_root() {
        Some(Privilege::Root)
    } else {
        is_on_path("sudo").then_some(Privilege::Sudo)
    }
}

fn is_root() -> bool {
    Command::new("id").arg("-u").output().is_ok_and(|output| output.stdout.trim_ascii() == b"0")
}

fn run(privilege: Privilege, arguments: &[&str]) -> bool {
    let mut command = match privilege {
        Privilege::Root => Command::new("env"),
        Privilege::Sudo => sudo(),
    };
    command
        .args(["DEBIAN_FRONTEND=noninteractive", "apt-get"])
        .args(arguments)
        .stdin(Stdio::null())
        .status()
        .is_ok_and(|status| status.success())
}

fn sudo() -> Command {
    let mut command = Command::new("sudo");
    // Without a terminal a question for the password would wait for ever.
    if !io::stdin().is_terminal() {
        command.arg("--non-interactive");
    }
    command.arg("env");
    command
}

fn by_hand(packages: &[&str]) -> Failure {
    let sudo = if !is_root() && is_on_path("sudo") { "sudo " } else { "" };
    Failure::new(format!(
        "the tests need programs that could not be installed from here; run, as root,\n\n    \
         {sudo}apt-get update && {sudo}apt-get install --yes {}\n",
        packages.join(" ")
    ))
}

/// Waits for a package manager that is at work already, as it is on a machine that just started.
const INSTALL: [&str; 5] =
    ["--option", "DPkg::Lock::Timeout=300", "install", "--yes", "--no-install-recommends"];
