//! Our multipart reader held against other people's: whatever we accept, they read the same way.
//!
//! The others come from the registries of Python and Node, each at one version.

use std::fs;
use std::path::Path;
use std::process::Command;

use crate::cargo::{root, run_step};
use crate::failure::Failure;
use crate::fuzz;
use crate::need::{self, Need};
use crate::npm;
use crate::tally::{Tally, stream};

pub(crate) fn run() -> Result<(), Failure> {
    let tally = compare(&fuzz::build()?)?;
    println!("{tally}");
    tally.verdict()
}

/// Compares on some thousand bodies; every parser that reads all of them as we do is a test passed.
pub(crate) fn compare(programs: &Path) -> Result<Tally, Failure> {
    install()?;
    let folder = root().join(FOLDER);
    let python = root().join(ENVIRONMENT).join(PYTHON);
    eprintln!("--- other parsers of multipart");
    let mut tally = Tally::default();
    let mut compare = Command::new(python);
    compare.current_dir(&folder).arg("compare.py").arg("--dump").arg(programs.join("dump"));
    compare.args(["--cases", CASES]);
    let status = stream(&mut compare, |line| tally = tally + read_verdict(line))?;
    Ok(tally.with_status_of_runner(status))
}

/// Brings the parsers, unless they are there already.
///
/// # Errors
/// When a registry or an installer fails.
pub(crate) fn install() -> Result<(), Failure> {
    need::ensure(NEEDS)?;
    npm::install(FOLDER)?;
    let requirements = root().join(FOLDER).join("requirements.txt");
    let wanted = fs::read(&requirements)
        .map_err(|error| Failure::new(format!("{} cannot be read: {error}", requirements.display())))?;
    let environment = root().join(ENVIRONMENT);
    if is_whole(&environment, &wanted) {
        return Ok(());
    }
    // `--clear`: what an interrupted or failed run has left is no base to build on.
    let mut make = Command::new("python3");
    run_step("Python environment", make.args(["-m", "venv", "--clear"]).arg(&environment))?;
    let mut install = Command::new(environment.join(PYTHON));
    install.args(["-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--requirement"]);
    run_step("Python packages", install.arg(&requirements))?;
    let stamp = environment.join(STAMP);
    fs::write(&stamp, wanted)
        .map_err(|error| Failure::new(format!("{} cannot be written: {error}", stamp.display())))
}

/// The stamp holds the requirements that were last installed to the end.
fn is_whole(environment: &Path, wanted: &[u8]) -> bool {
    fs::read(environment.join(STAMP)).is_ok_and(|installed| installed == wanted)
}

/// `parser busboy ... ok` or `parser busboy ... FAILED`, one line a parser.
fn read_verdict(line: &str) -> Tally {
    let verdict = line.strip_prefix("parser ").and_then(|line| line.split_once(" ... "));
    match verdict.map(|(_, verdict)| verdict.split(':').next().unwrap_or_default()) {
        Some("ok") => Tally { passed: 1, failed: 0 },
        Some("FAILED") => Tally { passed: 0, failed: 1 },
        _ => Tally::default(),
    }
}

const FOLDER: &str = "crates/biometry-gate/fuzz/differential";
const ENVIRONMENT: &str = "target/differential/venv";
const PYTHON: &str = "bin/python";
const STAMP: &str = ".installed";
const CASES: &str = "10000";
const NEEDS: &[Need] = &[need::NODE, need::NPM, need::PYTHON];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_environment_that_was_not_finished_is_not_used() {
        let folder = std::env::temp_dir().join(format!("xtask-venv-{}", std::process::id()));
        fs::create_dir_all(folder.join("bin")).unwrap();
        fs::write(folder.join(PYTHON), "").unwrap();
        assert!(!is_whole(&folder, b"a"));
        fs::write(folder.join(STAMP), "a").unwrap();
        assert!(is_whole(&folder, b"a") && !is_whole(&folder, b"b"));
        fs::remove_dir_all(folder).unwrap();
    }

    #[test]
    fn a_parsers_verdict_is_read() {
        assert_eq!(read_verdict("parser busboy ... ok: 2000 bodies"), Tally { passed: 1, failed: 0 });
        assert_eq!(read_verdict("parser busboy ... FAILED: 2 bodies"), Tally { passed: 0, failed: 1 });
        for other in ["", "parser", "4000 cases ... ok", "parser x ... unknown"] {
            assert_eq!(read_verdict(other), Tally::default(), "{other}");
        }
    }
}
