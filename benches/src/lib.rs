//! What the gate and the relay cost, side by side with what one would use instead.
//!
//! `cargo xtask bench gate`, `cargo xtask bench relay` and `cargo xtask bench stores` run the programs of this package. The
//! results, with the conditions under which they were taken, stand in the manual: `biometry_gate::guide::performance`.
//!
//! Two rules hold for all of them. Contenders run interleaved, in an order that is shuffled anew for every round, so that
//! whatever else the machine does hits all of them alike; and the reports give medians over rounds.

pub mod allocations;
pub mod conditions;
pub mod earlier;
pub mod gate;
pub mod platform;
pub mod relay;
pub mod rounds;
pub mod stores;
