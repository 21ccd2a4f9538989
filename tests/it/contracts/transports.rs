use std::time::Duration;

use biometry_client::HyperTransport;
use biometry_gate_testkit::transport_contract::TransportHarness;

struct Bundled;

impl TransportHarness for Bundled {
    type Transport = HyperTransport;

    fn open(total: Duration) -> HyperTransport {
        HyperTransport::builder().total_limit(total).build().expect("a transport")
    }
}

mod bundled {
    biometry_gate_testkit::transport_contract!(super::Bundled);
}
