//! Uploads on their way in: a client's `multipart/form-data` request, read while it arrives.
//!
//! An upload is one file, or two, and a few short text fields. A file is passed on as the slices in which the network
//! delivered it: it is never held whole, never copied, never written to disk, and never asked for faster than it is taken.
//!
//! ```text
//! request head ── open_head ──▶ Head          nothing of the body has been read
//! request body ── Incoming::open ──▶ Opened   the fields in front are accepted, the file's container is known
//! Opened::file ── FileBody ──▶ its reader; the last one ends only if everything behind it was right too
//! Opened::next ── NextFile::open ──▶ the second file, once the first one is over
//! Opened::progress ── Progress ──▶ its supervisor
//! Opened::recall ── Recall ──▶ takes the upload back from hands that do not open
//! Rest::settle             ──▶ reads on what a client still sends that was answered early
//! ```
//!
//! # Invariants
//!
//! - Memory is bounded by constants, whatever the client does and however fast: one chunk as it arrived, a delimiter,
//!   a header block, one short text, and the slices of the first 64 bytes of the file.
//! - The end of the last `FileBody` means: closing delimiter seen, body ended cleanly, every field accepted. Every
//!   other end is an error.
//! - Time counts against the client only while it is being waited for.
//! - Nothing of the incoming envelope survives: names, file names, types and boundary are read and dropped.
//! - How a body is cut into chunks changes nothing about what is read from it.

mod boundary;
mod error;
mod file_body;
mod form;
#[cfg(fuzzing)]
pub(crate) mod fuzzing;
mod head;
mod incoming;
mod least_rate;
mod limits;
mod medium;
mod next_file;
mod pacing;
mod params;
mod progress;
mod reader;
mod recall;
mod rest;
mod sniff;
mod source;
mod start;

use bytes::Bytes;
use http_body_util::combinators::UnsyncBoxBody;

pub(crate) use self::error::{CaptureError, CaptureErrorKind, is_limit_of_the_host};
pub(crate) use self::file_body::FileBody;
pub(crate) use self::form::{Form, TextFields};
pub(crate) use self::head::{Head, open_head};
pub(crate) use self::incoming::{Incoming, Opened};
pub use self::limits::CaptureLimits;
pub(crate) use self::medium::Medium;
pub(crate) use self::next_file::NextFile;
pub(crate) use self::pacing::Pace;
#[cfg(feature = "strict-http")]
pub(crate) use self::pacing::Pacing;
pub(crate) use self::progress::Progress;
pub(crate) use self::rest::{Behind, Rest};
pub(crate) use self::start::OpenedFile;

/// A client's body, from whichever server.
pub(crate) type RequestBody = UnsyncBoxBody<Bytes, BoxError>;

/// Whatever a server says is wrong with a body.
pub(crate) type BoxError = Box<dyn std::error::Error + Send + Sync>;

#[cfg(test)]
mod tests;
