use super::error::{CaptureError, CaptureErrorKind};
use super::reader::{FileName, PartHead};
use super::sniff::Container;

/// What an upload may consist of: one file, and a closed list of text fields, each at most once.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Form {
    file: &'static str,
    containers: &'static [Container],
    texts: &'static [&'static str],
}

impl Form {
    /// A form with one required file field that takes these containers, and no text field.
    pub(crate) const fn new(file: &'static str, containers: &'static [Container]) -> Self {
        Self { file, containers, texts: &[] }
    }

    /// Allows these text fields, all of them optional.
    #[must_use]
    pub(crate) const fn with_texts(mut self, texts: &'static [&'static str]) -> Self {
        self.texts = texts;
        self
    }

    pub(super) fn takes(&self, container: Container) -> bool {
        self.containers.contains(&container)
    }
}

/// The rules for what the text fields say: the phrase is the issued one, the name is the subject's, and so on.
///
/// Called once for each text field, in the order they arrive, before or after the file. An error refuses the upload,
/// a late one breaks it off. What is accepted is read, not forwarded.
pub(crate) trait TextFields: Send + 'static {
    /// Judges one field, by its name in the [`Form`].
    ///
    /// # Errors
    ///
    /// Whatever the rules say; `PhraseMismatch`, `SubjectConflict` and `FieldInvalid` are there for it.
    fn accept(&mut self, name: &'static str, value: &str) -> Result<(), CaptureError>;
}

/// Which parts of the form have been seen.
pub(super) struct Fields {
    form: Form,
    texts: Box<dyn TextFields>,
    seen: Vec<&'static str>,
}

/// What a part is in the form.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Field {
    File,
    Text(&'static str),
}

impl Fields {
    pub(super) fn new(form: Form, texts: Box<dyn TextFields>) -> Self {
        Self { form, texts, seen: Vec::with_capacity(1 + form.texts.len()) }
    }

    pub(super) fn form(&self) -> &Form {
        &self.form
    }

    /// Finds the part's field, which must not have come before.
    pub(super) fn admit(&mut self, part: &PartHead) -> Result<Field, CaptureError> {
        let field = self.find(&part.name).ok_or(UNKNOWN)?;
        let name = match field {
            Field::File => self.form.file,
            Field::Text(name) => name,
        };
        if self.seen.contains(&name) {
            return Err(CaptureErrorKind::DuplicateField.because("a field comes twice"));
        }
        self.seen.push(name);
        match (field, part.file_name) {
            (Field::File, FileName::Given) | (Field::Text(_), FileName::Absent) => Ok(field),
            (Field::File, FileName::Empty) => {
                Err(CaptureErrorKind::MissingFile.because("no file was chosen"))
            }
            (Field::File, FileName::Absent) => {
                Err(CaptureErrorKind::FieldInvalid.because("the file has no file name"))
            }
            (Field::Text(_), _) => {
                Err(CaptureErrorKind::FieldInvalid.because("a text field calls itself a file"))
            }
        }
    }

    pub(super) fn accept(&mut self, name: &'static str, value: &[u8]) -> Result<(), CaptureError> {
        let value = std::str::from_utf8(value)
            .map_err(|_| CaptureErrorKind::FieldInvalid.because("a text field is not utf-8"))?;
        self.texts.accept(name, value)
    }

    /// The body is over.
    pub(super) fn finish(&self) -> Result<(), CaptureError> {
        if self.seen.contains(&self.form.file) {
            return Ok(());
        }
        Err(CaptureErrorKind::MissingFile.because("the form has no file"))
    }

    fn find(&self, name: &str) -> Option<Field> {
        if name == self.form.file {
            return Some(Field::File);
        }
        self.form.texts.iter().find(|known| **known == name).map(|known| Field::Text(known))
    }
}

const UNKNOWN: CaptureError =
    CaptureError::new(CaptureErrorKind::UnknownField, "a field that is not in the form");
