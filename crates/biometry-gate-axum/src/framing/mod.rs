//! Connections on which every request ends where everybody sees it end.
//!
//! hyper settles a request with a `Content-Length` and a `Transfer-Encoding` by itself: the coding counts, the length is
//! gone before any service sees the head, and two equal lengths become one. That is safe for hyper. A proxy in front
//! that settles it the other way sees another request end there, and what lies between the two ends is a request
//! that only one of them has judged (RFC 9112, section 11.2). The gate promises a 400 instead, which takes somebody who
//! looks at the connection before hyper does:
//!
//! ```no_run
//! use axum::Router;
//! use biometry_gate_axum::StrictListener;
//!
//! # async fn serve(app: Router) -> std::io::Result<()> {
//! let listener = tokio::net::TcpListener::bind("127.0.0.1:3000").await?;
//! axum::serve(StrictListener::new(listener), app).await
//! # }
//! ```
//!
//! Heads are read with hyper's own parser and handed on unchanged once they are judged; bodies are counted while they
//! pass, not held. HTTP/2 has no such ambiguity and passes untouched, as does what follows an upgrade.
//! A request that is refused is the connection's last: the server sees it end, and the client gets a 400 as a problem
//! document. Requests that were sent ahead of it without waiting may go unanswered.

mod chunks;
mod follower;
mod head;
mod listener;
mod refusal;
mod stream;

pub use self::listener::StrictListener;
pub use self::stream::StrictStream;
