//! The unit tests of the dialog and of the example's page, in Node's own test runner.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::cargo::root;
use crate::failure::Failure;
use crate::tally::{Tally, stream};

/// Every file of the test folders, in a fixed order.
///
/// # Errors
/// When a folder cannot be read, or holds no test: that is a mistake, not an absence.
pub(crate) fn find_tests() -> Result<Vec<PathBuf>, Failure> {
    TESTS.iter().map(|folder| tests_in(folder)).collect::<Result<Vec<_>, _>>().map(|found| found.concat())
}

fn tests_in(folder: &str) -> Result<Vec<PathBuf>, Failure> {
    let entries = fs::read_dir(root().join(folder))
        .and_then(Iterator::collect::<Result<Vec<_>, _>>)
        .map_err(|error| Failure::new(format!("{folder} cannot be read: {error}")))?;
    let mut tests: Vec<_> =
        entries.into_iter().map(|entry| entry.path()).filter(|path| is_javascript(path)).collect();
    tests.sort_unstable();
    if tests.is_empty() { Err(Failure::new(format!("{folder} holds no tests"))) } else { Ok(tests) }
}

/// Runs `tests` and counts them.
pub(crate) fn run(tests: &[PathBuf]) -> Result<Tally, Failure> {
    eprintln!("--- tests of the page");
    let mut summary = Summary::default();
    // Each file by its name: what a bare folder means to Node differs from version to version.
    let mut node = Command::new("node");
    node.current_dir(root()).args(["--test", "--test-reporter=tap"]).args(tests);
    let status = stream(&mut node, |line| summary.read(line))?;
    Ok(summary.tally().with_status_of_runner(status))
}

fn is_javascript(path: &Path) -> bool {
    path.extension().is_some_and(|extension| extension == "js" || extension == "mjs")
}

/// What Node sums up at the end of its TAP: `# pass 12`, `# fail 1`, `# cancelled 0`.
///
/// What a test prints turns into such comments as well, so the last of each kind is the sum.
#[derive(Debug, Default)]
struct Summary {
    pass: u64,
    fail: u64,
    cancelled: u64,
}

impl Summary {
    fn read(&mut self, line: &str) {
        let Some((what, number)) = line.strip_prefix("# ").and_then(|sum| sum.split_once(' ')) else {
            return;
        };
        let Ok(number) = number.parse() else { return };
        match what {
            "pass" => self.pass = number,
            "fail" => self.fail = number,
            "cancelled" => self.cancelled = number,
            _ => {}
        }
    }

    fn tally(&self) -> Tally {
        Tally { passed: self.pass, failed: self.fail + self.cancelled }
    }
}

/// The page.
pub(crate) const FOLDER: &str = "examples/web";
const TESTS: [&str; 2] = ["crates/biometry-gate-ui/test", "examples/web/test"];

#[cfg(test)]
mod tests {
    use super::*;

    fn tally(tap: &str) -> Tally {
        let mut summary = Summary::default();
        tap.lines().for_each(|line| summary.read(line));
        summary.tally()
    }

    #[test]
    fn the_sums_at_the_end_count() {
        let tap = "TAP version 13\nok 1 - a\n1..1\n# tests 5\n# pass 3\n# fail 1\n# cancelled 1\n# skipped 0";
        assert_eq!(tally(tap), Tally { passed: 3, failed: 2 });
    }

    #[test]
    fn what_a_test_prints_does_not_count() {
        assert_eq!(
            tally("# pass 900\n    # pass 7\n# fail often\n# pass 1\n# fail 0"),
            Tally { passed: 1, failed: 0 }
        );
    }
}
