//! Our multipart reader held against other people's: whatever we accept, they read the same way.
//!
//! The others come from the registries of Python and Node, each at one version.

use std::path::Path;
use std::process::Command;

use crate::cargo::root;
use crate::failure::Failure;
use crate::need::{self, Need};
use crate::tally::{Tally, stream};
use crate::{fuzz, npm, python};

pub(crate) fn run() -> Result<(), Failure> {
    let tally = compare(&fuzz::build()?)?;
    println!("{tally}");
    tally.verdict()
}

/// Compares on some thousand bodies; every parser that reads all of them as we do is a test passed.
pub(crate) fn compare(programs: &Path) -> Result<Tally, Failure> {
    install()?;
    let folder = root().join(FOLDER);
    let python = python::program(ENVIRONMENT, "python");
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
    python::install(ENVIRONMENT, &format!("{FOLDER}/requirements.txt"))
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
