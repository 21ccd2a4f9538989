use std::collections::VecDeque;
use std::future::poll_fn;
use std::task::{Context, Poll};

use bytes::Bytes;

use super::error::{CaptureError, CaptureErrorKind};
use super::file_body::FileBody;
use super::form::Form;
use super::incoming::Item;
use super::sniff::{Container, LOOKAHEAD, Verdict, sniff};

/// A file that has begun and is what it should be.
#[derive(Debug)]
pub(crate) struct OpenedFile {
    /// The form's name for it.
    pub(crate) field: &'static str,
    /// What it is by its first bytes.
    pub(crate) container: Container,
    /// Its bytes.
    pub(crate) body: FileBody,
}

/// The beginning of a file: its first bytes, as they arrived, and what they say.
pub(super) struct FileStart {
    field: &'static str,
    container: Container,
    slices: VecDeque<Bytes>,
}

impl FileStart {
    /// Reads until the next file has begun and its first bytes say what it is.
    pub(super) async fn read(
        form: &Form,
        mut poll_item: impl FnMut(&mut Context<'_>) -> Poll<Result<Item, CaptureError>>,
    ) -> Result<Self, CaptureError> {
        let mut field = None;
        let mut slices = VecDeque::new();
        let mut verdict = Verdict::Undecided;
        while verdict == Verdict::Undecided {
            match poll_fn(&mut poll_item).await? {
                Item::FileStart(name) => field = Some(name),
                Item::File(data) => slices.push_back(data),
                Item::FileEnd | Item::End => break,
            }
            verdict = sniff_slices(&slices);
        }
        match (field, verdict) {
            (Some(field), Verdict::Known(container)) if form.takes(field, container) => {
                Ok(Self { field, container, slices })
            }
            _ => Err(NOT_MEDIA),
        }
    }

    pub(super) fn into_file(self, body: FileBody) -> OpenedFile {
        let Self { field, container, slices } = self;
        OpenedFile { field, container, body: body.starting_with(slices) }
    }
}

/// At most [`LOOKAHEAD`] slices are ever looked at: each has at least one byte.
fn sniff_slices(slices: &VecDeque<Bytes>) -> Verdict {
    if let [only] = slices.as_slices().0 {
        return sniff(only);
    }
    let mut start = [0; LOOKAHEAD];
    let mut length = 0;
    for (place, byte) in start.iter_mut().zip(slices.iter().flatten()) {
        *place = *byte;
        length += 1;
    }
    sniff(&start[..length])
}

const NOT_MEDIA: CaptureError =
    CaptureError::new(CaptureErrorKind::Media, "the file is not of an allowed container");
