//! `ci`: everything a change has to pass, the quick refusals first.

use crate::failure::Failure;
use crate::{docs, features, interleavings, lint, test};

pub(crate) fn run() -> Result<(), Failure> {
    lint::run()?;
    docs::run()?;
    features::run()?;
    interleavings::run()?;
    test::run(None)
}
