//! Connections on which every reader sees each request end at the same byte, for `axum::serve`.
//!
//! `axum::serve` has no limit on how long it waits for a head, a next request or a reader; these connections have. And
//! hyper settles by itself what is unclear about a request's end. Why that is not enough behind a proxy, and what is
//! checked, stands with the core's [`strict_http`](biometry_gate::strict_http).
//!
//! ```no_run
//! use axum::Router;
//! use axum::serve::ListenerExt as _;
//! use biometry_gate_axum::StrictListener;
//!
//! # async fn serve(app: Router) -> std::io::Result<()> {
//! let listener = tokio::net::TcpListener::bind("127.0.0.1:3000").await?;
//! let listener = listener.tap_io(|stream| drop(stream.set_nodelay(true)));
//! axum::serve(StrictListener::new(listener), app).await
//! # }
//! ```
//!
//! `axum::serve` leaves Nagle's algorithm on, which holds the end of an answer back until the client has acknowledged its
//! start: up to 40 ms on Linux.

mod listener;

pub use biometry_gate::strict_http::{ConnectionLimits, StrictStream};

pub use self::listener::StrictListener;
