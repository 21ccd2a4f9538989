use std::task::{Context, Poll, ready};

use bytes::Bytes;

use super::RequestBody;
use super::error::{CaptureError, CaptureErrorKind};
use super::file_body::FileBody;
use super::form::{Field, Fields, TextFields};
use super::head::Head;
use super::limits::CaptureLimits;
use super::next_file::NextFile;
use super::progress::Progress;
use super::reader::{Reader, Token};
use super::recall::{Lent, Recall};
use super::source::Source;
use super::start::{FileStart, OpenedFile};

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
    /// A file, with the bytes of it so far.
    File(u64),
    Text {
        name: &'static str,
        value: Vec<u8>,
    },
}

/// What an upload gives, apart from its text fields, which are judged on the way.
#[derive(Debug)]
pub(super) enum Item {
    /// A file begins, in this field.
    FileStart(&'static str),
    /// Bytes of the file, never none.
    File(Bytes),
    /// The file is over, the form not yet.
    FileEnd,
    /// The form is over and everything in it was accepted.
    End,
}

/// An upload whose first file has begun and is what it should be.
#[derive(Debug)]
pub(crate) struct Opened {
    /// The file.
    pub(crate) file: OpenedFile,
    /// The way to the other file, where the form has two.
    pub(crate) next: Option<NextFile>,
    /// How the upload is getting on, for the caller that hands `file` away.
    pub(crate) progress: Progress,
    /// The way back to what is left of the upload.
    pub(crate) recall: Recall,
}

impl Incoming {
    /// Reads until the first bytes of the file say what it is. Text fields in front of it are judged on the way.
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
        match FileStart::read(&head.form, |cx| incoming.poll_item(cx)).await {
            Ok(start) => {
                let is_last = incoming.fields.has_all_files();
                let progress = incoming.source.progress().clone();
                let lent = Lent::new(incoming);
                let next = (!is_last).then(|| NextFile::new(head.form, lent.clone(), progress.clone()));
                let file = start.into_file(FileBody::new(lent.clone(), progress.clone(), is_last));
                Ok(Opened { file, next, recall: Recall::new(lent, progress.clone()), progress })
            }
            Err(error) => Err(error),
        }
    }

    fn new(head: &Head, body: RequestBody, texts: Box<dyn TextFields>) -> Self {
        Self {
            source: Source::new(body, head.length, head.limits),
            reader: Reader::new(&head.boundary, head.limits.parts()),
            fields: Fields::new(head.form, texts),
            limits: head.limits,
            part: Part::File(0),
        }
    }

    pub(super) fn poll_item(&mut self, cx: &mut Context<'_>) -> Poll<Result<Item, CaptureError>> {
        loop {
            let token = self.reader.next_token()?;
            let is_starved = token.is_none();
            let item = token.map(|token| self.take(token)).transpose()?.flatten();
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

    fn take(&mut self, token: Token) -> Result<Option<Item>, CaptureError> {
        match token {
            Token::PartStart(head) => {
                let (part, item) = match self.fields.admit(&head)? {
                    Field::File(name) => (Part::File(0), Some(Item::FileStart(name))),
                    Field::Text(name) => (Part::Text { name, value: Vec::new() }, None),
                };
                self.part = part;
                Ok(item)
            }
            Token::Data(data) => self.take_data(data),
            Token::PartEnd => self.end_part(),
            Token::End => {
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
            Part::File(bytes) => {
                *bytes += data.len() as u64;
                self.source.progress().add_file_bytes(data.len());
                if *bytes > self.limits.file() {
                    return Err(CaptureErrorKind::TooLarge.because("the file is too large"));
                }
                Ok(Some(Item::File(data)))
            }
        }
    }

    fn end_part(&mut self) -> Result<Option<Item>, CaptureError> {
        match std::mem::replace(&mut self.part, Part::File(0)) {
            Part::Text { name, value } => {
                self.fields.accept(name, &value)?;
                Ok(None)
            }
            Part::File(0) => Err(CaptureErrorKind::EmptyFile.because("the file is empty")),
            Part::File(_) => Ok(Some(Item::FileEnd)),
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

const TEXT_TOO_LONG: CaptureError =
    CaptureError::new(CaptureErrorKind::TextTooLong, "a text field is too long");
