//! The client against stubs and against real sockets on the loopback interface.

#![expect(clippy::unwrap_used, reason = "in a test a panic is the report")]

mod fixtures;
mod replies;
mod resilience;
mod stub;
mod version2;

#[cfg(feature = "reqwest")]
mod addresses;
#[cfg(feature = "reqwest")]
mod child;
#[cfg(feature = "reqwest")]
mod deliveries;
#[cfg(feature = "reqwest")]
mod limits;
#[cfg(feature = "reqwest")]
mod peer;
#[cfg(feature = "reqwest")]
mod runtimes;
#[cfg(feature = "reqwest")]
mod tls;
#[cfg(feature = "reqwest")]
mod uploads;
#[cfg(feature = "reqwest")]
mod version2_uploads;
