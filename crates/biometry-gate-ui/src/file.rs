//! One embedded file, as it is sent.

use std::io::Write as _;

use bytes::Bytes;
use flate2::Compression;
use flate2::write::GzEncoder;
use sha2::{Digest as _, Sha256};

/// A file with everything that is derived from its content.
#[derive(Debug)]
pub(crate) struct File {
    pub(crate) content_type: &'static str,
    pub(crate) plain: Bytes,
    pub(crate) gzip: Bytes,
    /// A strong entity tag, quotes included.
    pub(crate) etag: String,
}

impl File {
    pub(crate) fn new(name: &str, source: &str) -> Self {
        let plain = if name.ends_with(".js") { without_comments(source) } else { source.to_owned() };
        let etag = format!("\"{}\"", hash(plain.as_bytes()));
        Self { content_type: content_type(name), gzip: compress(plain.as_bytes()), plain: plain.into(), etag }
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

fn compress(plain: &[u8]) -> Bytes {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::best());
    // INVARIANT: nothing that is written to memory fails; an empty file would show in the tests.
    let _ = encoder.write_all(plain);
    encoder.finish().unwrap_or_default().into()
}

/// Leaves out the lines that are comments and nothing else, and what they are indented by. The files keep to that: a
/// comment has lines of its own, and no text that runs over several lines has one that begins as a comment does.
fn without_comments(source: &str) -> String {
    let mut kept = String::with_capacity(source.len());
    let mut is_comment = false;
    for line in source.lines().map(str::trim) {
        is_comment |= line.starts_with("/*");
        if !is_comment && !line.starts_with("//") && !line.is_empty() {
            kept.push_str(line);
            kept.push('\n');
        }
        is_comment &= !line.ends_with("*/");
    }
    kept
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn comments_stay_at_home() {
        let source =
            "/** What it is. */\n/**\n * More.\n */\nconst a = 1; // kept\n\n  // not kept\n  b('//');\n";
        assert_eq!(without_comments(source), "const a = 1; // kept\nb('//');\n");
    }

    #[test]
    fn the_tag_follows_the_content() {
        let (one, other) = (File::new("a.js", "a();"), File::new("a.js", "b();"));
        assert_ne!(one.etag, other.etag);
        assert_eq!(one.etag.len(), 18);
        assert_eq!(&one.gzip[..2], b"\x1f\x8b");
    }
}
