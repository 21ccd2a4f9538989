//! `ci`: everything a change has to pass, the quick refusals first.

use crate::failure::Failure;
use crate::{docs, features, lint, test};

pub(crate) fn run() -> Result<(), Failure> {
    lint::run()?;
    docs::run()?;
    features::run()?;
    test::run(None)
}
