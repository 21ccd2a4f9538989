//! BiometryGate without a web framework: hyper serves, tower holds things together.
//!
//! [`app`] is one service: the mounted routes under `/biometry`, one gated page, and 404. [`serve`] speaks HTTP/1.1 and
//! HTTP/2 on one listener.

mod app;
mod serve;
mod setup;

pub use self::app::{App, app};
pub use self::serve::serve;
pub use self::setup::gate;

/// The examples of the chapter on getting started, run as tests.
#[cfg(doctest)]
#[doc = include_str!("../../../crates/biometry-gate/src/docs/getting-started-hyper.md")]
pub struct GettingStarted;
