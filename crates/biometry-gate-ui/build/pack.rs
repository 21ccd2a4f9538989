//! One file as it is sent.

use std::io::Write as _;

use flate2::Compression;
use flate2::write::GzEncoder;
use sha2::{Digest as _, Sha256};

/// A file with everything that is derived from its content.
pub(crate) struct Packed {
    pub(crate) content_type: &'static str,
    pub(crate) plain: Vec<u8>,
    pub(crate) gzip: Vec<u8>,
    /// A strong entity tag, quotes included.
    pub(crate) etag: String,
}

impl Packed {
    pub(crate) fn new(name: &str, content: &str) -> Self {
        let plain = content.as_bytes().to_vec();
        let etag = format!("\"{}\"", hash(&plain));
        Self { content_type: content_type(name), gzip: compress(&plain), plain, etag }
    }
}

/// The first half of the SHA-256 of what is given, in hexadecimal.
pub(crate) fn hash(bytes: &[u8]) -> String {
    Sha256::digest(bytes)[..8].iter().map(|byte| format!("{byte:02x}")).collect()
}

fn content_type(name: &str) -> &'static str {
    match name.rsplit('.').next() {
        Some("html") => "text/html; charset=utf-8",
        Some("css") => "text/css; charset=utf-8",
        Some("js") => "text/javascript; charset=utf-8",
        _ => "text/plain; charset=utf-8",
    }
}

fn compress(plain: &[u8]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::best());
    encoder.write_all(plain).expect("memory takes what is written to it");
    encoder.finish().expect("memory takes what is written to it")
}
