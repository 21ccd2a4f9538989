use std::time::Duration;

use biometry_client::ReqwestTransport;
use biometry_gate_testkit::transport_contract::TransportHarness;

struct Bundled;

impl TransportHarness for Bundled {
    type Transport = ReqwestTransport;

    fn open(total: Duration) -> ReqwestTransport {
        ReqwestTransport::builder().total_limit(total).build().expect("a transport")
    }
}

mod bundled {
    biometry_gate_testkit::transport_contract!(super::Bundled);
}
