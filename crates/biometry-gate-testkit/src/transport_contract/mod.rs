//! What a [`Transport`] promises, as tests: one per promise, over real sockets.
//!
//! A transport's author says how to open one, and has all of them with one line. Here of the bundled one:
//!
//! ```
//! use std::time::Duration;
//!
//! use biometry_client::HyperTransport;
//! use biometry_gate_testkit::transport_contract::{self, TransportHarness};
//!
//! struct Bundled;
//!
//! impl TransportHarness for Bundled {
//!     type Transport = HyperTransport;
//!
//!     fn open(total: Duration) -> HyperTransport {
//!         HyperTransport::builder().total_limit(total).build().unwrap()
//!     }
//! }
//!
//! biometry_gate_testkit::transport_contract!(Bundled);
//! # #[tokio::main(flavor = "current_thread")]
//! # async fn main() {
//! #     transport_contract::a_failing_body_aborts_the_request::<Bundled>().await;
//! # }
//! ```
//!
//! The tests need the crate that calls the macro to depend on `tokio` with its macros and its multi-threaded runtime.

#![expect(missing_docs, reason = "the names of promises are sentences")]

mod failures;
mod limits;
mod replies;
mod uploads;

use std::time::Duration;

use biometry_client::{Body, BoxError, Transport, TransportError};
use bytes::Bytes;
use http::{Request, Response};
use http_body_util::BodyExt as _;

#[doc(hidden)]
pub use self::{failures::*, limits::*, replies::*, uploads::*};
use crate::peer::Peer;

/// A transport to be tested.
pub trait TransportHarness: 'static {
    /// The transport.
    type Transport: Transport;

    /// Opens one that gives a whole exchange `total`, where the request itself says nothing else.
    fn open(total: Duration) -> Self::Transport;
}

/// Makes one test of each promise of [`transport_contract`](mod@crate::transport_contract) for a
/// [`TransportHarness`](crate::transport_contract::TransportHarness).
#[macro_export]
macro_rules! transport_contract {
    ($harness:ty) => {
        $crate::promises! { transport_contract, $harness:
            a_request_and_its_reply_come_through,
            a_request_reveals_no_more_than_it_must,
            a_reply_is_handed_on_as_it_came_whatever_coding_it_claims,
            no_redirect_is_followed,
            a_request_is_sent_once_whatever_the_answer,
            a_reply_is_handed_on_while_it_arrives,
            a_body_of_known_length_is_announced_and_arrives_byte_for_byte,
            a_body_arrives_while_it_is_still_being_made,
            a_failing_body_aborts_the_request,
            a_body_shorter_than_announced_is_never_completed,
            a_dropped_call_aborts_the_request,
            a_peer_that_does_not_read_stops_the_body,
            an_answer_in_the_middle_of_the_body_is_heard,
            a_head_that_never_comes_times_out,
            a_reply_that_trickles_times_out,
            a_deadline_replaces_the_limit_in_both_directions,
            a_deadline_aborts_the_request,
            a_refused_connection_has_sent_nothing,
            a_reset_before_the_reply_may_have_sent_it,
            a_reply_that_breaks_off_is_no_whole_reply,
            something_that_is_not_http_is_a_broken_connection,
            no_error_reveals_an_address_a_header_or_a_path,
        }
    };
}

/// A transport with a limit that fails a test instead of letting it hang.
fn open<H: TransportHarness>() -> H::Transport {
    H::open(Duration::from_secs(10))
}

/// An upload to this peer that carries a key and a name.
fn request(peer: &Peer, body: Body) -> Request<Body> {
    let mut key = http::HeaderValue::from_static("Bearer the-key-of-a-test");
    key.set_sensitive(true);
    let request = Request::post(format!("http://{}/a-path-of-a-test", peer.address()));
    let request = request.header("authorization", key).header("x-user-fullname", "ana@example.com");
    request.body(body).expect("a request")
}

/// Sends and reads the reply to its end.
async fn exchange(
    transport: &impl Transport,
    request: Request<Body>,
) -> Result<Response<Result<Bytes, BoxError>>, TransportError> {
    let (head, body) = transport.send(request).await?.into_parts();
    let body = body.collect().await.map(http_body_util::Collected::to_bytes);
    Ok(Response::from_parts(head, body))
}
