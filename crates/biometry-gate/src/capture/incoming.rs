use std::collections::VecDeque;
use std::future::poll_fn;
use std::task::{Context, Poll, ready};

use bytes::Bytes;

use super::RequestBody;
use super::drain::drain;
use super::error::{CaptureError, CaptureErrorKind};
use super::file_body::FileBody;
use super::form::{Field, Fields, TextFields};
use super::head::Head;
use super::limits::CaptureLimits;
use super::progress::Progress;
use super::reader::{Event, Reader};
use super::recall::{Lent, Recall};
use super::sniff::{Container, LOOKAHEAD, Verdict, sniff};
use super::source::Source;

/// An upload being read: the client's body, the reader and the form, asked for one item at a time.
pub(crate) struct Incoming {
    source: Source,
    reader: Reader,
    fields: Fields,
    limits: CaptureLimits,
    part: Part,
}

/// The part whose data is being read.
enum Part {
    File,
    Text { name: &'static str, value: Vec<u8> },
}

/// What an upload gives, apart from its text fields, which are judged on the way.
#[derive(Debug)]
pub(super) enum Item {
    /// Bytes of the file, never none.
    File(Bytes),
    /// The file is over, the form not yet.
    FileEnd,
    /// The form is over and everything in it was accepted.
    End,
}

/// An upload whose file has begun and is what it should be.
#[derive(Debug)]
pub(crate) struct Opened {
    /// What the file is by its first bytes.
    pub(crate) container: Container,
    /// The file.
    pub(crate) body: FileBody,
    /// How it is getting on, for whoever hands `body` away.
    pub(crate) progress: Progress,
    /// The way back to what is left of the upload.
    pub(crate) recall: Recall,
}

impl Incoming {
    /// Reads until the first bytes of the file say what it is. Text fields in front of it are judged on the way.
    ///
    /// A refusal reads on for a moment, within the bounds of [`drain`], so that the client gets to see the answer.
    ///
    /// # Errors
    ///
    /// Every kind but `Abandoned`: see [`CaptureErrorKind`].
    pub(crate) async fn open(
        head: Head,
        body: RequestBody,
        texts: Box<dyn TextFields>,
    ) -> Result<Opened, CaptureError> {
        let mut incoming = Self::new(&head, body, texts);
        match incoming.read_start().await {
            Ok((container, start)) => {
                let progress = incoming.source.progress().clone();
                let lent = Lent::new(incoming);
                let body = FileBody::new(start, lent.clone(), progress.clone());
                Ok(Opened { container, body, recall: Recall::new(lent, progress.clone()), progress })
            }
            Err(error) => {
                if error.kind().leaves_a_rest() {
                    drain(incoming.into_body()).await;
                }
                Err(error)
            }
        }
    }

    fn new(head: &Head, body: RequestBody, texts: Box<dyn TextFields>) -> Self {
        Self {
            source: Source::new(body, head.length, head.limits),
            reader: Reader::new(&head.boundary, head.limits.parts()),
            fields: Fields::new(head.form, texts),
            limits: head.limits,
            part: Part::File,
        }
    }

    /// The file's first bytes, as they arrived, and what they say.
    async fn read_start(&mut self) -> Result<(Container, VecDeque<Bytes>), CaptureError> {
        let mut start = VecDeque::new();
        let mut verdict = Verdict::Undecided;
        while verdict == Verdict::Undecided {
            match poll_fn(|cx| self.poll_item(cx)).await? {
                Item::File(data) => start.push_back(data),
                Item::FileEnd | Item::End => break,
            }
            verdict = sniff_slices(&start);
        }
        match verdict {
            Verdict::Known(container) if self.fields.form().takes(container) => Ok((container, start)),
            _ => Err(NOT_MEDIA),
        }
    }

    pub(super) fn poll_item(&mut self, cx: &mut Context<'_>) -> Poll<Result<Item, CaptureError>> {
        loop {
            let event = self.reader.next_event()?;
            let is_starved = event.is_none();
            let item = event.map(|event| self.take(event)).transpose()?.flatten();
            self.check_envelope()?;
            if let Some(item) = item {
                return Poll::Ready(Ok(item));
            }
            if is_starved {
                match ready!(self.source.poll_chunk(cx))? {
                    Some(chunk) => self.reader.push(chunk),
                    None => self.reader.finish(),
                }
            }
        }
    }

    pub(super) fn into_body(self) -> RequestBody {
        self.source.into_body()
    }

    fn take(&mut self, event: Event) -> Result<Option<Item>, CaptureError> {
        match event {
            Event::PartStart(head) => {
                self.part = match self.fields.admit(&head)? {
                    Field::File => Part::File,
                    Field::Text(name) => Part::Text { name, value: Vec::new() },
                };
                Ok(None)
            }
            Event::Data(data) => self.take_data(data),
            Event::PartEnd => self.end_part(),
            Event::End => {
                self.fields.finish()?;
                Ok(Some(Item::End))
            }
        }
    }

    fn take_data(&mut self, data: Bytes) -> Result<Option<Item>, CaptureError> {
        match &mut self.part {
            Part::Text { value, .. } if data.len() > self.limits.text() - value.len() => Err(TEXT_TOO_LONG),
            Part::Text { value, .. } => {
                value.extend_from_slice(&data);
                Ok(None)
            }
            Part::File => {
                let bytes = self.source.progress().add_file_bytes(data.len());
                if bytes > self.limits.file() {
                    return Err(CaptureErrorKind::TooLarge.because("the file is too large"));
                }
                Ok(Some(Item::File(data)))
            }
        }
    }

    fn end_part(&mut self) -> Result<Option<Item>, CaptureError> {
        match std::mem::replace(&mut self.part, Part::File) {
            Part::Text { name, value } => {
                self.fields.accept(name, &value)?;
                Ok(None)
            }
            Part::File if self.source.progress().file_bytes() == 0 => {
                Err(CaptureErrorKind::EmptyFile.because("the file is empty"))
            }
            Part::File => Ok(Some(Item::FileEnd)),
        }
    }

    fn check_envelope(&self) -> Result<(), CaptureError> {
        let around = self.reader.settled() - self.source.progress().file_bytes();
        if around > self.limits.envelope() {
            return Err(CaptureErrorKind::TooLarge.because("too much around the file"));
        }
        Ok(())
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
const TEXT_TOO_LONG: CaptureError =
    CaptureError::new(CaptureErrorKind::TextTooLong, "a text field is too long");
