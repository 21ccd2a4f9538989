//! The testkit's peer as the other side of a client.

pub(crate) use biometry_gate_testkit::peer::{Peer, json_reply as json, read_rest};

use std::time::Duration;

use biometry_client::{BaseUrl, Client, HyperTransport, HyperTransportBuilder};
use tokio::io::AsyncRead;

use crate::stub::key;

/// Clients of a peer.
pub(crate) trait Reach {
    /// A client with a limit of 10 s, so that a bug fails instead of hanging.
    fn client(&self) -> Client {
        self.client_over(HyperTransport::builder().total_limit(Duration::from_secs(10)))
    }

    fn client_over(&self, transport: HyperTransportBuilder) -> Client;
}

impl Reach for Peer {
    fn client_over(&self, transport: HyperTransportBuilder) -> Client {
        let base = BaseUrl::parse(&format!("http://{}", self.address())).unwrap();
        Client::new(base, key(), transport.build().unwrap())
    }
}

/// Reads a request up to the empty line, and no further.
pub(crate) async fn read_head(stream: &mut (impl AsyncRead + Unpin)) -> String {
    biometry_gate_testkit::peer::read_head(stream).await.unwrap()
}
