use bytes::Bytes;
use memchr::memmem;

use crate::capture::error::{CaptureError, CaptureErrorKind};

/// What is in front of the first delimiter, or behind the last one's line: kept just long enough to be judged.
///
/// It has no use, so it is short; and a reader that looks for the boundary alone, not for a line that begins
/// with it, must not find a part in it.
#[derive(Default)]
pub(super) struct Margin {
    text: Vec<u8>,
}

impl Margin {
    /// Takes all of these bytes.
    pub(super) fn add(&mut self, bytes: &Bytes) -> Result<(), CaptureError> {
        if bytes.len() > LONGEST - self.text.len() {
            return Err(
                CaptureErrorKind::Framing.because("too much before the first or behind the last delimiter")
            );
        }
        self.text.extend_from_slice(bytes);
        Ok(())
    }

    /// The margin is over; the next one is empty.
    pub(super) fn finish(&mut self, dashed_boundary: &[u8]) -> Result<(), CaptureError> {
        if memmem::find(&std::mem::take(&mut self.text), dashed_boundary).is_some() {
            return Err(CaptureErrorKind::Framing.because("a boundary outside the form"));
        }
        Ok(())
    }
}

const LONGEST: usize = 1_024;
