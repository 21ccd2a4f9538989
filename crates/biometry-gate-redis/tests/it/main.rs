//! The store on real Redis servers, which the tests start on free ports and end by their process ids.

mod cluster;
mod contract;
mod deployed;
mod fail_over;
mod faults;
mod fitness;
mod lost_answers;
mod near;
mod people;
mod secrecy;
mod sentinel;
#[cfg(feature = "tls")]
mod tls;
