//! Our multipart reader held against other people's: whatever we accept, they read the same way.
//!
//! The others come from the registries of Python and Node, each at one version.

use std::path::{Path, PathBuf};
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
    need::ensure(NEEDS)?;
    let folder = root().join(FOLDER);
    let python = python(&folder)?;
    npm::install(FOLDER)?;
    eprintln!("--- other parsers of multipart");
    let mut tally = Tally::default();
    let mut compare = Command::new(python);
    compare.current_dir(&folder).arg("compare.py").arg("--dump").arg(programs.join("dump"));
    compare.args(["--cases", CASES]);
    let status = stream(&mut compare, |line| tally = tally + read_verdict(line))?;
    Ok(tally.with_status_of_runner(status))
}

/// An environment of its own, with the parsers in it.
fn python(folder: &Path) -> Result<PathBuf, Failure> {
    let environment = root().join(ENVIRONMENT);
    let python = environment.join("bin/python");
    if !python.is_file() {
        run_step("Python environment", Command::new("python3").args(["-m", "venv"]).arg(&environment))?;
    }
    let mut install = Command::new(&python);
    install.args(["-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--requirement"]);
    run_step("Python packages", install.arg(folder.join("requirements.txt")))?;
    Ok(python)
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
const CASES: &str = "10000";
const NEEDS: &[Need] = &[need::NODE, need::NPM, need::PYTHON];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_parsers_verdict_is_read() {
        assert_eq!(read_verdict("parser busboy ... ok: 2000 bodies"), Tally { passed: 1, failed: 0 });
        assert_eq!(read_verdict("parser busboy ... FAILED: 2 bodies"), Tally { passed: 0, failed: 1 });
        for other in ["", "parser", "4000 cases ... ok", "parser x ... unknown"] {
            assert_eq!(read_verdict(other), Tally::default(), "{other}");
        }
    }
}
