//! A multipart body as fields and files, read piece by piece. Files are counted and hashed, never kept.

use sha2::{Digest, Sha256};

use crate::journal::{FileSeen, Record};
use crate::multipart::{Event, Malformed, PartHead, Reader};
use crate::query;
use crate::reply::Refusal;

/// What a whole body contained.
#[derive(Debug, Default)]
pub(crate) struct Form {
    fields: Vec<(String, String)>,
    files: Vec<File>,
}

/// What is left of a file.
#[derive(Debug)]
pub(crate) struct File {
    pub(crate) field: String,
    pub(crate) len: u64,
    /// Its first bytes, enough to tell its format.
    pub(crate) head: Vec<u8>,
}

impl Form {
    /// A field's text; `None` where it is absent or blank.
    pub(crate) fn text(&self, name: &str) -> Option<&str> {
        query::value(&self.fields, name).filter(|text| !text.trim().is_empty())
    }

    /// A file that is there and not empty.
    pub(crate) fn file(&self, field: &str) -> Option<&File> {
        self.files.iter().find(|file| file.field == field && file.len > 0)
    }
}

/// Reads a form while its body arrives and keeps the journal up to date.
pub(crate) struct FormReader<'r> {
    multipart: Reader,
    record: &'r Record,
    max_file: u64,
    form: Form,
    open: Open,
}

enum Open {
    Nothing,
    Text { name: String, bytes: Vec<u8> },
    File(OpenFile),
}

struct OpenFile {
    field: String,
    file_name: String,
    content_type: Option<String>,
    len: u64,
    digest: Sha256,
    head: Vec<u8>,
}

impl<'r> FormReader<'r> {
    pub(crate) fn new(content_type: &str, max_file: u64, record: &'r Record) -> Result<Self, Refusal> {
        let multipart = Reader::for_content_type(content_type).map_err(|Malformed| NOT_MULTIPART)?;
        Ok(Self { multipart, record, max_file, form: Form::default(), open: Open::Nothing })
    }

    pub(crate) fn push(&mut self, bytes: &[u8]) -> Result<(), Refusal> {
        self.multipart.push(bytes);
        while let Some(event) = self.multipart.next().map_err(|Malformed| MALFORMED)? {
            match event {
                Event::Part(head) => self.begin(head)?,
                Event::Data(data) => self.extend(&data)?,
                Event::PartEnd => self.end(),
                Event::End => {}
            }
        }
        Ok(())
    }

    /// The form, once the body ended.
    pub(crate) fn finish(mut self) -> Result<Form, Refusal> {
        if self.multipart.is_done() { Ok(std::mem::take(&mut self.form)) } else { Err(MALFORMED) }
    }

    fn begin(&mut self, head: PartHead) -> Result<(), Refusal> {
        if self.form.fields.len() + self.form.files.len() >= MAX_PARTS {
            return Err(TOO_MANY_PARTS);
        }
        let name = head.name.unwrap_or_default();
        self.open = match head.file_name {
            None => Open::Text { name, bytes: Vec::new() },
            Some(file_name) => Open::File(OpenFile::new(name, file_name, head.content_type)),
        };
        Ok(())
    }

    fn extend(&mut self, data: &[u8]) -> Result<(), Refusal> {
        match &mut self.open {
            Open::Nothing => {}
            Open::Text { bytes, .. } if bytes.len() + data.len() > MAX_TEXT => return Err(FIELD_TOO_LONG),
            Open::Text { bytes, .. } => bytes.extend_from_slice(data),
            Open::File(file) => {
                file.extend(data);
                if file.len > self.max_file {
                    return Err(FILE_TOO_LARGE);
                }
            }
        }
        Ok(())
    }

    fn end(&mut self) {
        match std::mem::replace(&mut self.open, Open::Nothing) {
            Open::Nothing => {}
            Open::Text { name, bytes } => {
                let text = String::from_utf8_lossy(&bytes).into_owned();
                self.record.field(&name, &text);
                self.form.fields.push((name, text));
            }
            Open::File(file) => {
                let (kept, seen) = file.close(true);
                self.record.file(seen);
                self.form.files.push(kept);
            }
        }
    }
}

/// A file that never came to its end is recorded as far as it came.
impl Drop for FormReader<'_> {
    fn drop(&mut self) {
        if let Open::File(file) = std::mem::replace(&mut self.open, Open::Nothing) {
            self.record.file(file.close(false).1);
        }
    }
}

impl OpenFile {
    fn new(field: String, file_name: String, content_type: Option<String>) -> Self {
        Self { field, file_name, content_type, len: 0, digest: Sha256::new(), head: Vec::new() }
    }

    fn extend(&mut self, data: &[u8]) {
        self.len += data.len() as u64;
        self.digest.update(data);
        let wanted = HEAD.saturating_sub(self.head.len()).min(data.len());
        self.head.extend_from_slice(&data[..wanted]);
    }

    fn close(self, complete: bool) -> (File, FileSeen) {
        let seen = FileSeen {
            field: self.field.clone(),
            file_name: self.file_name,
            content_type: self.content_type,
            len: self.len,
            sha256: crate::id::hex(&self.digest.finalize()),
            complete,
        };
        (File { field: self.field, len: self.len, head: self.head }, seen)
    }
}

const MAX_PARTS: usize = 64;
const MAX_TEXT: usize = 64 * 1024;
const HEAD: usize = 16;

const FILE_TOO_LARGE: Refusal = Refusal::bad_request("file size exceeds 50MB");
const NOT_MULTIPART: Refusal = Refusal::bad_request("request Content-Type isn't multipart/form-data");
const MALFORMED: Refusal = Refusal::bad_request("malformed multipart body");
const TOO_MANY_PARTS: Refusal = Refusal::bad_request("too many form parts");
const FIELD_TOO_LONG: Refusal = Refusal::bad_request("form value is too long");
