//! The multipart reader: whatever comes, it says the same however the body is cut, and never holds back more than a
//! delimiter.
//!
//! An input is one byte for the size of the chunks, a Content-Type up to a line feed, and a body.

#![no_main]

use biometry_gate::fuzzing::{Part, read_multipart};
use bytes::Bytes;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|input: &[u8]| {
    let Some((size, input)) = input.split_first() else { return };
    let Some(end) = input.iter().position(|byte| *byte == b'\n') else { return };
    let (content_type, body) = (&input[..end], &input[end + 1..]);

    let whole = read(content_type, body, body.len());
    assert_eq!(read(content_type, body, 1), whole);
    assert_eq!(read(content_type, body, usize::from(*size)), whole);
    if let Ok(parts) = whole {
        let carried: usize = parts.iter().map(|part| part.name.len() + part.data.len()).sum();
        assert!(carried < body.len(), "more came out than went in");
    }
});

fn read(content_type: &[u8], body: &[u8], size: usize) -> Result<Vec<Part>, String> {
    read_multipart(content_type, body.chunks(size.max(1)).map(Bytes::copy_from_slice))
}
