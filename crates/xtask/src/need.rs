//! What the tests need beyond a Rust toolchain, and that it is there before they start.

use std::env;
use std::ffi::OsStr;
use std::process::{Command, Stdio};

use crate::apt;
use crate::failure::Failure;

/// A program that tests start, and the Debian package it comes in.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Need {
    program: &'static str,
    package: &'static str,
}

/// A program and its package, for chores with needs of their own.
pub(crate) const fn program(program: &'static str, package: &'static str) -> Need {
    Need { program, package }
}

/// The programs the Rust tests start.
pub(crate) const RUST_TESTS: &[Need] = &[
    Need { program: "chromium", package: "chromium" },
    Need { program: "chromedriver", package: "chromium-driver" },
    Need { program: "curl", package: "curl" },
    Need { program: "ffmpeg", package: "ffmpeg" },
    Need { program: "firefox-esr", package: "firefox-esr" },
    Need { program: "WebKitWebDriver", package: "webkit2gtk-driver" },
    // What WebKit's recorder is made of comes in a package without programs, which this one brings.
    Need { program: "gst-transcoder-1.0", package: "gstreamer1.0-plugins-bad-apps" },
    Need { program: "Xvfb", package: "xvfb" },
    NODE,
    NPM,
    Need { program: "redis-server", package: "redis-server" },
    Need { program: "redis-cli", package: "redis-tools" },
    Need { program: "initdb", package: "postgresql" },
    Need { program: "pgbouncer", package: "pgbouncer" },
    Need { program: "pgpool", package: "pgpool2" },
    NGINX,
    HAPROXY,
    Need { program: "apache2", package: "apache2-bin" },
    Need { program: "caddy", package: "caddy" },
];

/// The program that the platform's official SDK, the page's own tests and other parsers run in.
pub(crate) const NODE: Need = Need { program: "node", package: "nodejs" };

/// What brings packages for Node.
pub(crate) const NPM: Need = Need { program: "npm", package: "npm" };

/// What makes Python environments.
pub(crate) const PYTHON: Need = Need { program: "python3", package: "python3-venv" };

/// What builds the fuzzer.
pub(crate) const CXX: Need = Need { program: "c++", package: "g++" };

/// What counts instructions.
pub(crate) const BENCH_GATE: &[Need] = &[Need { program: "valgrind", package: "valgrind" }];

/// The proxies that the relay is measured against.
pub(crate) const BENCH_RELAY: &[Need] = &[NGINX, HAPROXY];

/// What the forward server is measured with.
pub(crate) const BENCH_FORWARD: &[Need] = &[NGINX, NODE, Need { program: "openssl", package: "openssl" }];

const NGINX: Need = Need { program: "nginx", package: "nginx" };
const HAPROXY: Need = Need { program: "haproxy", package: "haproxy" };

/// The browser that the page is measured in.
pub(crate) const BENCH_PAGE: &[Need] = &[
    Need { program: "chromium", package: "chromium" },
    Need { program: "chromedriver", package: "chromium-driver" },
    NODE,
];

/// The database that decisions are kept on.
pub(crate) const BENCH_STORES: &[Need] = &[
    Need { program: "redis-server", package: "redis-server" },
    Need { program: "redis-cli", package: "redis-tools" },
];

/// What `cargo xtask test` needs, all of it: looked at before anything is built.
pub(crate) fn of_all_tests() -> Vec<Need> {
    [RUST_TESTS, &[NODE, NPM, PYTHON, CXX]].concat()
}

/// Installs what is missing of `needs`, and nothing else.
///
/// # Errors
/// When something is missing and cannot be installed: the message then is the command that would do it.
pub(crate) fn ensure(needs: &[Need]) -> Result<(), Failure> {
    let missing = missing(needs, is_installed);
    if missing.is_empty() {
        return Ok(());
    }
    apt::install(&packages(&missing))?;
    match self::missing(&missing, is_installed).first() {
        None => Ok(()),
        Some(Need { program, package }) => Err(Failure::new(format!(
            "{program} is still not there after {package} was installed; the tests need it"
        ))),
    }
}

fn missing(needs: &[Need], is_there: impl Fn(&str) -> bool) -> Vec<Need> {
    needs.iter().filter(|need| !is_there(need.program)).copied().collect()
}

fn packages(needs: &[Need]) -> Vec<&'static str> {
    let mut packages: Vec<_> = needs.iter().map(|need| need.package).collect();
    packages.sort_unstable();
    packages.dedup();
    packages
}

/// What Debian ships as `python3` alone makes half an environment, without the installer of packages.
fn makes_environments() -> bool {
    let mut python = Command::new(PYTHON.program);
    python.args(["-c", "import ensurepip, venv"]).stdout(Stdio::null()).stderr(Stdio::null());
    python.status().is_ok_and(|status| status.success())
}

/// Debian keeps the servers of all versions of PostgreSQL side by side, off the PATH.
fn is_installed(program: &str) -> bool {
    let versions = std::fs::read_dir("/usr/lib/postgresql").into_iter().flatten().flatten();
    let is_there = is_on_path(program)
        || versions.into_iter().any(|version| version.path().join("bin").join(program).is_file());
    is_there && (program != PYTHON.program || makes_environments())
}

pub(crate) fn is_on_path(program: &str) -> bool {
    is_in(program, &env::var_os("PATH").unwrap_or_default())
}

fn is_in(program: &str, path: &OsStr) -> bool {
    env::split_paths(path).any(|folder| folder.join(program).is_file())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_is_missing_is_asked_for_and_once() {
        let needs = [
            Need { program: "ffmpeg", package: "ffmpeg" },
            Need { program: "ffprobe", package: "ffmpeg" },
            Need { program: "node", package: "nodejs" },
        ];
        let missing = missing(&needs, |program| program == "node");
        assert_eq!(packages(&missing), ["ffmpeg"]);
    }

    #[test]
    fn a_program_is_a_file_in_a_folder_of_the_path() {
        let source = crate::cargo::root().join("crates/xtask/src");
        let path = env::join_paths([crate::cargo::root(), &source]).unwrap();
        assert!(is_in("need.rs", &path));
        assert!(!is_in("crates", &path), "a folder is not a program");
        assert!(!is_in("no-such-program", &path));
        assert!(!is_in("need.rs", OsStr::new("")));
    }
}
