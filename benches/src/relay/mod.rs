//! What relaying an upload costs: whole processes, real sockets, fifty megabytes at a time.
//!
//! Client, proxy and upstream are three processes. Every proxy is first shown to deliver byte for byte.

mod contender;
mod http;
mod measure;
mod process;
pub mod proxies;
pub mod sink;
mod upload;
pub mod wire;

pub use self::contender::{CONTENDERS, Contender, Started, start_sink};
pub use self::measure::{Cost, Slow, abort, delivery, memory, slow, tail, throughput};
pub use self::process::Running;
pub use self::upload::{Media, Target};
