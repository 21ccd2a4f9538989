//! From the platform's reply to a decision: plain functions of values.
//!
//! `Evidence` is what a reply proves about one capture; `decide` holds it against a policy; a [`Decision`] is what is kept
//! of a pass, and `Decision::admits` is the one way by which it opens a route.

#![cfg_attr(not(test), deny(clippy::arithmetic_side_effects))]

mod decide;
mod evidence;
mod record;

#[cfg(test)]
pub(crate) mod sample;
#[cfg(test)]
mod tests;

pub(crate) use self::decide::{Conclusion, Shortfall, decide};
pub(crate) use self::evidence::{Evidence, Outcome};
pub(crate) use self::record::NotAdmitted;
pub use self::record::{Decision, DocumentMatch};
