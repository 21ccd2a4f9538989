//! Why a chore failed, as one sentence for the person who ran it.

use std::fmt;

/// A chore did not succeed.
#[derive(Debug)]
pub(crate) struct Failure(String);

impl Failure {
    pub(crate) fn new(sentence: impl Into<String>) -> Self {
        Self(sentence.into())
    }

    /// `program` could not be run at all.
    pub(crate) fn not_run(program: &std::ffi::OsStr, error: &std::io::Error) -> Self {
        Self(format!("{} could not be run: {error}", program.display()))
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}
