//! Connections on which every reader sees each request end at the same byte (against request smuggling).
//!
//! # Why
//!
//! HTTP servers settle a request with a `Content-Length` and a `Transfer-Encoding` by themselves: the coding counts,
//! the length is gone before any service sees the head, two equal lengths become one, and chunk sizes are read more
//! loosely than they are written. That is safe for the server. A proxy in front that settles it the other way sees
//! another request end there, and what lies between the two ends is a request that only one of them has judged (RFC
//! 9112, section 11.2). The gate promises a 400 instead. For that, a [`StrictStream`] reads the connection before the
//! server does.
//!
//! # How
//!
//! Adapters have ready-made ways to put it there. Without one, wrap each connection that was accepted:
//!
//! ```
//! use biometry_gate::strict_http::{ConnectionLimits, Connections};
//! use std::time::Duration;
//!
//! # use biometry_gate::strict_http::{Io, StrictStream};
//! # async fn serve<IO: Io>(_: StrictStream<IO>) {}
//! # async fn accepted<IO: Io>(sockets: Vec<IO>) {
//! // One for all connections of a listener.
//! let connections = Connections::new(ConnectionLimits::default().with_idle(Duration::from_secs(30)));
//! # for socket in sockets {
//! // For each socket that was accepted:
//! let connection = connections.check(socket);
//! serve(connection).await; // hyper, for example
//! # } }
//! ```
//!
//! # What it does to HTTP/1.1
//!
//! Heads are read with httparse, as hyper and actix do, and handed on unchanged once they are judged; bodies are
//! counted while they pass, not held. A request that is refused is the connection's last: the server sees it end, and
//! the client gets a 400 as a problem document. Requests that were sent ahead of it without waiting may go unanswered.
//! Requests that name no host, or several, are refused alike (RFC 9112, section 3.2).
//!
//! The end of a connection is looked after, too. A client that is answered before its body was read is still sending
//! it, and many clients look for the answer only behind it. Such an answer says `Connection: close`, whichever part of
//! the application gave it, and is the connection's last: no further request is read from it. The connection is ended
//! towards the client first; what still comes of the body is dropped unseen, for as much and as long as an upload may
//! take, before the connection goes. How many connections end like that at a time is bounded, and those go first that
//! were asked to log in.
//!
//! A request that asks for an upgrade changes nothing unless the upgrade is granted. The old upgrade to HTTP/2 (`h2c`)
//! never is, and servers get to see such a request without it.
//!
//! # What it does to HTTP/2
//!
//! HTTP/2 has no such ambiguity: its requests pass untouched, as does what follows an upgrade. A server that answered
//! early resets the stream, which some clients take for a failure. The reset is kept back, and the rest of the body
//! dropped, within the same bounds. A connection without a request under way counts as one that waits for its next
//! request, and clients learn that 256 streams are open at most, where the server does not say another number itself.
//!
//! Every wait for a client has an end: see [`ConnectionLimits`].

mod answers;
mod chunks;
mod clock;
mod early;
mod follower;
mod frames;
mod head;
mod limits;
mod linger;
mod refusal;
mod stream;
mod wire;

pub use self::limits::{ConnectionLimits, Connections};
pub use self::stream::{Io, StrictStream};
