use crate::harness::{Actix, Axum, Host};

/// What is known of the HTTP/1 server underneath a host.
pub(super) trait Server: Host {
    /// Whether it goes on to read what has arrived behind a request whose answer ends the connection.
    const READS_ON: bool;
}

impl Server for Axum {
    const READS_ON: bool = false;
}

/// actix-web has read what comes behind a request before it knows that it will close.
impl Server for Actix {
    const READS_ON: bool = true;
}
