//! `ci`: everything a change has to pass, the quick refusals first.

use crate::failure::Failure;
use crate::test::Selection;
use crate::{docs, features, interleavings, lint, supply_chain, test};

pub(crate) fn run() -> Result<(), Failure> {
    lint::run()?;
    supply_chain::run()?;
    docs::run()?;
    features::run()?;
    interleavings::run()?;
    test::run(Selection::All)
}
