//! What the gate concludes from one verification, and what it keeps of a pass.
//!
//! The platform's reply becomes evidence; evidence held against the session's policy becomes a pass or a list of what
//! fell short; a [`Decision`] is what is kept of a pass. All of it is plain functions of values, without a clock, a
//! store or any I/O. There is one way to a pass: exactly the verdict `pass`, a score that reaches the threshold, every
//! required service present and passed, the issued phrase on the lips, and no other person's face. A part that is absent
//! or unreadable is no proof.
//!
//! A decision stays on the server; browsers never hold one. Handlers meet theirs in the [`Permit`](crate::Permit) of a
//! request:
//!
//! ```
//! use biometry_gate::Permit;
//! use std::time::SystemTime;
//!
//! /// What a handler may write into its own journal.
//! fn journal(permit: &Permit) -> String {
//!     let decision = permit.decision();
//!     let age = SystemTime::now().duration_since(decision.auth_time()).unwrap_or_default();
//!     let how = decision.amr().collect::<Vec<_>>().join("+");
//!     format!("{} v{} by {how}, {} s ago", decision.policy(), decision.policy_version(), age.as_secs())
//! }
//! # let _ = journal;
//! ```

#![cfg_attr(not(test), deny(clippy::arithmetic_side_effects))]

#[cfg(test)]
mod agreement_tests;
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
