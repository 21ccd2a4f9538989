//! `test`: brings what the tests need, then runs them all and says how many there were.

use std::num::NonZero;

use crate::cargo::cargo;
use crate::failure::Failure;
use crate::tally::{Tally, stream};
use crate::{agents, differential, fuzz, hosts, need, npm, openapi, page, receipts, tools};

/// Which tests to run.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Selection<'a> {
    /// Every test, a short round of fuzzing and the comparison with other parsers included.
    All,
    /// Unit tests, contracts and behaviour on one framework: what a change is tried with while it is being written.
    Quick,
    /// The Rust tests with this in their names.
    Named(&'a str),
}

/// Runs the selected tests.
///
/// What failed is named once more at the end, where it is found without reading the whole output. The last line printed is
/// the sum: `12 passed, 0 failed`.
pub(crate) fn run(selection: Selection<'_>) -> Result<(), Failure> {
    let page_tests = if selection == Selection::All { page::find_tests()? } else { Vec::new() };
    match selection {
        Selection::All => bring_needs()?,
        Selection::Quick => need::ensure(need::RUST_TESTS)?,
        Selection::Named(_) => {
            need::ensure(need::RUST_TESTS)?;
            bring_tools()?;
        }
    }
    let (mut tally, complaints) = run_rust_tests(selection)?;
    if !page_tests.is_empty() {
        tally = tally + page::run(&page_tests)?;
    }
    if selection == Selection::All {
        let programs = fuzz::build()?;
        tally = tally + hosts::run()? + agents::run()?;
        tally = tally + fuzz::try_all(&programs)? + differential::compare(&programs)?;
    }
    complaints.lines.iter().for_each(|line| println!("{line}"));
    println!("{tally}");
    tally.verdict()
}

/// Everything that a whole run needs from elsewhere, but for the crates: what cannot be had fails here, in the first
/// minutes.
pub(crate) fn bring_needs() -> Result<(), Failure> {
    need::ensure(&need::of_all_tests())?;
    bring_tools()?;
    differential::install()
}

/// What some of the Rust tests start, from the registries of Node, Python and Rust.
fn bring_tools() -> Result<(), Failure> {
    npm::install(page::FOLDER)?;
    tools::ensure_geckodriver()?;
    openapi::install()?;
    receipts::install()
}

/// Unit tests, integration tests and the examples in the documentation.
fn run_rust_tests(selection: Selection<'_>) -> Result<(Tally, Complaints), Failure> {
    eprintln!("--- Rust tests");
    let (mut tally, mut complaints) = (Tally::default(), Complaints::default());
    let mut command = cargo("test");
    command.args(["--locked", "--workspace", "--no-fail-fast"]);
    match selection {
        Selection::All => {}
        Selection::Named(filter) => drop(command.arg(filter)),
        Selection::Quick => drop(command.args(QUICK).args(SKIPPED.iter().flat_map(|name| ["--skip", name]))),
    }
    if std::env::var_os(THREADS).is_none() {
        command.env(THREADS, threads().to_string());
    }
    let status = stream(&mut command, |line| {
        tally = tally + read_summary(line);
        complaints.read(line);
    })?;
    Ok((tally.with_status_of_runner(status), complaints))
}

/// More than processors: most tests wait for a browser, a proxy or a database half of their time.
fn threads() -> usize {
    std::thread::available_parallelism().map_or(1, NonZero::get).saturating_mul(2)
}

/// Where the test programs read how many tests run at a time.
const THREADS: &str = "RUST_TEST_THREADS";
/// Without the stores on servers.
const QUICK: &[&str] = &[
    "--exclude",
    "biometry-gate-redis",
    "--exclude",
    "biometry-gate-sql",
    "--lib",
    "--bins",
    "--test",
    "it",
    "--",
];
/// Parts of the names of tests that a quick run leaves out: the other framework, and what starts browsers, proxies, Node,
/// Python or databases.
const SKIPPED: &[&str] = &[
    "::actix::",
    "on_actix",
    "browser::",
    "differential::",
    "fleet::",
    "forward::",
    "official_sdk::",
    "openapi::",
    "other_clients::",
    "proxies::",
    "receipts::languages::",
    "shared_store::",
];

/// What the test programs say of the tests that failed, up to a number of lines.
#[derive(Debug, Default)]
struct Complaints {
    lines: Vec<String>,
    is_open: bool,
}

impl Complaints {
    /// Keeps what stands between the headline of the failures and the summary.
    fn read(&mut self, line: &str) {
        self.is_open = (self.is_open || line == "failures:") && !line.starts_with("test result: ");
        if self.is_open && self.lines.len() < MOST_COMPLAINTS {
            self.lines.push(line.to_owned());
        }
    }
}

const MOST_COMPLAINTS: usize = 200;

/// What one test program sums up: `test result: ok. 12 passed; 1 failed; 0 ignored; …`. Nothing, for other lines.
pub(crate) fn read_summary(line: &str) -> Tally {
    let counts = line.strip_prefix("test result: ").and_then(|result| result.split_once(". "));
    let mut tally = Tally::default();
    for count in counts.into_iter().flat_map(|(_, counts)| counts.split("; ")) {
        match count.split_once(' ').map(|(number, what)| (number.parse(), what)) {
            Some((Ok(number), "passed")) => tally.passed = number,
            Some((Ok(number), "failed")) => tally.failed = number,
            _ => {}
        }
    }
    tally
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_summary_is_read() {
        let line = "test result: FAILED. 12 passed; 3 failed; 1 ignored; 0 measured; 7 filtered out; finished in 0.02s";
        assert_eq!(read_summary(line), Tally { passed: 12, failed: 3 });
    }

    #[test]
    fn what_is_said_of_failures_is_kept_and_nothing_else() {
        let mut complaints = Complaints::default();
        let output = "test a ... ok\n\nfailures:\n\n---- b stdout ----\nnot b\n\nfailures:\n    b\n\ntest result: FAILED. 1";
        output.lines().chain(["Running c"]).for_each(|line| complaints.read(line));
        let kept = ["failures:", "", "---- b stdout ----", "not b", "", "failures:", "    b", ""];
        assert_eq!(complaints.lines, kept);
    }

    #[test]
    fn failures_without_end_are_cut() {
        let mut complaints = Complaints::default();
        (0..MOST_COMPLAINTS * 2).for_each(|_| complaints.read("failures:"));
        assert_eq!(complaints.lines.len(), MOST_COMPLAINTS);
    }

    #[test]
    fn other_lines_count_nothing() {
        for line in [
            "test a ... ok",
            "running 3 tests",
            "",
            "test result: ",
            "5 passed; 0 failed",
            "test result: ok. ",
        ] {
            assert_eq!(read_summary(line), Tally::default(), "{line}");
        }
    }
}
