//! Captures that are none: bytes that begin as a container does and go on at random. For real ones a test asks an
//! encoder.

use bytes::{BufMut as _, BytesMut};

use crate::form::File;

/// `len` bytes that begin as a WebM file does.
#[must_use]
pub fn webm(len: usize) -> File {
    file("capture.webm", "video/webm", b"\x1a\x45\xdf\xa3\x8b\x42\x82\x84webm\x42\x87\x81\x04", len)
}

/// `len` bytes that begin as an MP4 file does.
#[must_use]
pub fn mp4(len: usize) -> File {
    file("capture.mp4", "video/mp4", b"\0\0\0\x18ftypmp42\0\0\0\0mp42isom", len)
}

/// `len` bytes that begin as a PNG file does.
#[must_use]
pub fn png(len: usize) -> File {
    file("picture.png", "image/png", b"\x89PNG\r\n\x1a\n\0\0\0\x0dIHDR", len)
}

/// `len` bytes that begin as a JPEG file does.
#[must_use]
pub fn jpeg(len: usize) -> File {
    file("picture.jpg", "image/jpeg", b"\xff\xd8\xff\xe0\0\x10JFIF\0", len)
}

/// `len` bytes that begin as a WAV file does.
#[must_use]
pub fn wav(len: usize) -> File {
    file("voice.wav", "audio/wav", b"RIFF\x24\0\0\0WAVEfmt ", len)
}

/// `len` bytes that begin as no file does.
#[must_use]
pub fn noise(len: usize) -> File {
    file("capture.webm", "video/webm", b"", len)
}

/// The start of a file, and on at random: line ends, dashes and zero bytes are all in it.
fn file(name: &str, content_type: &str, start: &[u8], len: usize) -> File {
    let mut bytes = BytesMut::with_capacity(len);
    bytes.put_slice(&start[..start.len().min(len)]);
    // xorshift64: the same bytes each time, so that a failure can be looked at twice.
    let mut state = 0x9e37_79b9_7f4a_7c15_u64;
    while bytes.len() < len {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        let word = state.to_le_bytes();
        bytes.put_slice(&word[..word.len().min(len - bytes.len())]);
    }
    File { name: name.to_owned(), content_type: content_type.to_owned(), bytes: bytes.freeze() }
}
