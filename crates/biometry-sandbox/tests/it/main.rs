//! The sandbox over real sockets.

mod client;
mod core_flow;
