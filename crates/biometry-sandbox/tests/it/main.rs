//! The sandbox over real sockets.

mod admission;
mod client;
mod consents;
mod core_flow;
mod documents;
mod enrollments;
mod faults;
mod journal;
mod keys;
mod personas;
mod program;
mod raw;
mod server;
mod sessions;
mod shapes;
mod transactions;
mod typed_client;
mod uploads;
mod version2;
mod webhooks;
