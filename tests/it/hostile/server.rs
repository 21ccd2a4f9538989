use crate::harness::{Actix, Axum, Host};

/// What is known of the HTTP/1 server underneath a host.
pub(super) trait Server: Host {
    /// Whether it tells a client that waits for a go-ahead to go ahead before anybody has judged the request.
    const GOES_AHEAD: bool;

    /// Whether it goes on to read what has arrived behind a request whose answer ends the connection.
    const READS_ON: bool;
}

impl Server for Axum {
    const GOES_AHEAD: bool = false;
    const READS_ON: bool = false;
}

/// actix-web gives the go-ahead by itself, as soon as it has read the head, and has read what comes behind a request
/// before it knows that it will close.
impl Server for Actix {
    const GOES_AHEAD: bool = true;
    const READS_ON: bool = true;
}
