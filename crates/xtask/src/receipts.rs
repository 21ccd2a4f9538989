//! The libraries of other languages that receipts are verified with in the tests.

use crate::failure::Failure;
use crate::{npm, python};

/// Brings them.
///
/// # Errors
/// When a registry or an installer fails.
pub(crate) fn install() -> Result<(), Failure> {
    npm::install(FOLDER)?;
    python::install(ENVIRONMENT, &format!("{FOLDER}/requirements.txt"))
}

const FOLDER: &str = "tests/receipts";
const ENVIRONMENT: &str = "target/receipts/venv";
