use crate::harness::{Actix, Axum, Host};

/// What is known of the HTTP/1 server underneath a host.
pub(super) trait Server: Host {
    const REFUSALS: Refusals;
}

/// Who refuses what is wrong with HTTP itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Refusals {
    /// The host, with a problem document, in time.
    Exact,
    /// The server, without a body or without a word, and it lets clients that wait for a go-ahead go ahead.
    ByServer,
}

impl Server for Axum {
    const REFUSALS: Refusals = Refusals::Exact;
}

/// actix-web hides its connections from its users, and reads and answers on them before they are asked.
impl Server for Actix {
    const REFUSALS: Refusals = Refusals::ByServer;
}
