//! Counts the tests that ran, from what the runners print while they run.

use std::fmt;
use std::io::{self, BufRead, BufReader, Read, Write};
use std::ops::Add;
use std::process::{Command, ExitStatus, Stdio};

use crate::failure::Failure;

/// How many tests ran, and how they ended.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(crate) struct Tally {
    pub(crate) passed: u64,
    pub(crate) failed: u64,
}

impl Tally {
    /// A runner that failed without naming a test counts as a failed test, so that neither a crash nor a
    /// broken build ever looks as if nothing went wrong.
    pub(crate) fn with_status_of_runner(self, status: ExitStatus) -> Self {
        if status.success() || self.failed > 0 { self } else { Self { failed: 1, ..self } }
    }

    /// Every test passed, and there was one.
    pub(crate) fn verdict(self) -> Result<(), Failure> {
        match self {
            Self { passed: 0, failed: 0 } => Err(Failure::new("no test ran")),
            Self { failed: 0, .. } => Ok(()),
            Self { .. } => Err(Failure::new("tests failed")),
        }
    }
}

impl Add for Tally {
    type Output = Self;

    fn add(self, other: Self) -> Self {
        Self { passed: self.passed + other.passed, failed: self.failed + other.failed }
    }
}

impl fmt::Display for Tally {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} passed, {} failed", self.passed, self.failed)
    }
}

/// Runs `command` to its end, showing what it prints as it comes and giving each line to `read_line` too.
pub(crate) fn stream(command: &mut Command, read_line: impl FnMut(&str)) -> Result<ExitStatus, Failure> {
    run_piped(command, read_line).map_err(|error| Failure::not_run(command.get_program(), &error))
}

fn run_piped(command: &mut Command, read_line: impl FnMut(&str)) -> io::Result<ExitStatus> {
    let mut child = command.stdin(Stdio::null()).stdout(Stdio::piped()).spawn()?;
    if let Some(output) = child.stdout.take() {
        copy_lines(output, &mut io::stdout().lock(), read_line)?;
    }
    child.wait()
}

fn copy_lines(from: impl Read, to: &mut impl Write, mut read_line: impl FnMut(&str)) -> io::Result<()> {
    let mut from = BufReader::new(from);
    let mut line = Vec::new();
    while from.read_until(b'\n', &mut line)? > 0 {
        to.write_all(&line)?;
        to.flush()?;
        read_line(String::from_utf8_lossy(&line).trim_end());
        line.clear();
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_are_shown_as_they_are_and_read_without_their_end() {
        let (mut shown, mut read) = (Vec::new(), Vec::new());
        copy_lines(&b"one\r\n\xfftwo\nlast"[..], &mut shown, |line| read.push(line.to_owned())).unwrap();
        assert_eq!(shown, b"one\r\n\xfftwo\nlast");
        assert_eq!(read, ["one", "\u{fffd}two", "last"]);
    }

    #[test]
    fn nothing_run_is_not_a_success() {
        assert!(Tally::default().verdict().is_err());
        assert!(Tally { passed: 3, failed: 1 }.verdict().is_err());
        assert!(Tally { passed: 3, failed: 0 }.verdict().is_ok());
    }

    #[test]
    fn a_runner_that_failed_without_a_word_is_a_failed_test() {
        let (failure, success) = (exit_status("false"), exit_status("true"));
        let tally = Tally { passed: 3, failed: 0 };
        assert_eq!(tally.with_status_of_runner(failure), Tally { passed: 3, failed: 1 });
        assert_eq!(tally.with_status_of_runner(success), tally);
        let named = Tally { passed: 3, failed: 2 };
        assert_eq!(named.with_status_of_runner(failure), named);
    }

    fn exit_status(program: &str) -> ExitStatus {
        Command::new(program).status().unwrap()
    }
}
