//! `docs`: the documentation of every crate, with warnings denied; a broken link is one.

use crate::cargo::{cargo, run_step};
use crate::failure::Failure;

pub(crate) fn run() -> Result<(), Failure> {
    run_step(
        "documentation",
        cargo("doc")
            .args(["--locked", "--workspace", "--all-features", "--no-deps"])
            .env("RUSTDOCFLAGS", "--deny warnings"),
    )
}
