use std::collections::VecDeque;
use std::future::poll_fn;
use std::task::{Context, Poll};

use bytes::Bytes;

use super::error::CaptureError;
use super::file_body::FileBody;
use super::form::Form;
use super::incoming::Item;
use super::sniff::{Container, LOOKAHEAD, Sniffed, sniff};

/// A file that has begun and is what it should be.
#[derive(Debug)]
pub(crate) struct OpenedFile {
    /// The form's name for it.
    pub(crate) field: &'static str,
    /// What it is by its first bytes, as a media type that follows the field.
    pub(crate) content_type: &'static str,
    /// The usual end of its name, without the dot.
    pub(crate) extension: &'static str,
    /// Its bytes.
    pub(crate) body: FileBody,
}

/// The beginning of a file: its first bytes, as they arrived, and what they say.
pub(super) struct FileStart {
    field: &'static str,
    content_type: &'static str,
    extension: &'static str,
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
        let mut verdict = Sniffed::Undecided;
        while verdict == Sniffed::Undecided {
            match poll_fn(&mut poll_item).await? {
                Item::FileStart(name) => field = Some(name),
                Item::File(data) => slices.push_back(data),
                Item::FileEnd | Item::End => break,
            }
            verdict = sniff_slices(&slices);
        }
        let known = |field, container: Container| {
            let content_type = form.label(field, container)?;
            Some(Self { field, content_type, extension: container.extension(), slices })
        };
        let start = match (field, verdict) {
            (Some(field), Sniffed::Known(container)) => known(field, container),
            _ => None,
        };
        let accepted = || field.map(|field| form.accepted(field)).unwrap_or_default();
        start.ok_or_else(|| CaptureError::not_media(field, accepted()))
    }

    pub(super) fn into_file(self, body: FileBody) -> OpenedFile {
        let Self { field, content_type, extension, slices } = self;
        OpenedFile { field, content_type, extension, body: body.starting_with(slices) }
    }
}

/// At most [`LOOKAHEAD`] slices are ever looked at: each has at least one byte.
fn sniff_slices(slices: &VecDeque<Bytes>) -> Sniffed {
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
