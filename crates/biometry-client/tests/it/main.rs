//! The client against stubs and against real sockets on the loopback interface.

#![expect(clippy::unwrap_used, reason = "in a test a panic is the report")]

mod fixtures;
mod replies;
mod resilience;
mod stub;
mod version2;

#[cfg(feature = "hyper")]
mod addresses;
#[cfg(feature = "hyper")]
mod child;
#[cfg(feature = "hyper")]
mod deliveries;
#[cfg(feature = "hyper")]
mod limits;
#[cfg(feature = "hyper")]
mod peer;
#[cfg(feature = "hyper")]
mod runtimes;
#[cfg(feature = "hyper")]
mod tls;
#[cfg(feature = "hyper")]
mod uploads;
#[cfg(feature = "hyper")]
mod version2_uploads;
