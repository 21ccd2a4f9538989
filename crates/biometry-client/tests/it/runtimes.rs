//! One client on several runtimes, as actix-web's workers are.

use biometry_client::Warmup;
use biometry_gate_testkit::peer::read_head;
use tokio::io::AsyncWriteExt as _;
use tokio::runtime::{Builder, Runtime};

use crate::peer::{Peer, Reach as _};

#[test]
fn a_thread_that_is_busy_holds_up_no_other_requests() {
    let (platform, busy, other) = (threads(), single_thread(), single_thread());
    let peer = platform.block_on(Peer::start(|mut stream| async move {
        while read_head(&mut stream).await.is_some() {
            stream.write_all(STARTED).await.unwrap();
        }
    }));
    let client = peer.client();
    // What it leaves open is served by a runtime that does nothing from now on.
    busy.block_on(client.start_session(Warmup::No)).unwrap();
    other.block_on(client.start_session(Warmup::No)).unwrap();
    drop(busy);
    other.block_on(client.start_session(Warmup::No)).unwrap();
}

fn single_thread() -> Runtime {
    Builder::new_current_thread().enable_all().build().unwrap()
}

fn threads() -> Runtime {
    Builder::new_multi_thread().worker_threads(1).enable_all().build().unwrap()
}

const STARTED: &[u8] = b"HTTP/1.1 200 OK\r\ncontent-length: 17\r\n\r\n{\"data\":\"sess_1\"}";
