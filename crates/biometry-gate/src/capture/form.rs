use super::error::{CaptureError, CaptureErrorKind};
use super::medium::Medium;
use super::reader::{FileName, PartHead};
use super::sniff::Container;

/// What an upload may consist of: one file or two, in any order, and a closed list of text fields, each at most once.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Form {
    file: FileField,
    further: Option<FileField>,
    texts: &'static [&'static str],
    takes_matroska: bool,
}

/// A field that has to hold a file.
#[derive(Clone, Copy, Debug)]
struct FileField {
    name: &'static str,
    /// Another name for it.
    alias: Option<&'static str>,
    medium: Medium,
}

impl Form {
    /// A form with one required file field of this kind, and no text field.
    pub(crate) const fn new(file: &'static str, medium: Medium) -> Self {
        Self { file: FileField::new(file, medium), further: None, texts: &[], takes_matroska: false }
    }

    /// Lets the file come under another name, too.
    #[must_use]
    pub(crate) const fn or_named(mut self, alias: &'static str) -> Self {
        self.file.alias = Some(alias);
        self
    }

    /// Requires a second file.
    #[must_use]
    pub(crate) const fn with_file(mut self, file: &'static str, medium: Medium) -> Self {
        self.further = Some(FileField::new(file, medium));
        self
    }

    /// Allows these text fields, all of them optional.
    #[must_use]
    pub(crate) const fn with_texts(mut self, texts: &'static [&'static str]) -> Self {
        self.texts = texts;
        self
    }

    /// How many files it has.
    pub(super) fn files(&self) -> usize {
        self.file_fields().count()
    }

    /// Whether the host takes Matroska, too.
    #[must_use]
    pub(super) const fn taking_matroska(mut self, takes: bool) -> Self {
        self.takes_matroska = takes;
        self
    }

    /// The media type of a container in this file field, where the field takes it.
    pub(super) fn label(&self, file: &str, container: Container) -> Option<&'static str> {
        self.medium(file)?.label(container, self.takes_matroska)
    }

    /// The media types that this file field takes.
    pub(super) fn accepted(&self, file: &str) -> Vec<&'static str> {
        self.medium(file).map(|medium| medium.accepted(self.takes_matroska)).unwrap_or_default()
    }

    fn medium(&self, file: &str) -> Option<Medium> {
        self.file_fields().find(|field| field.name == file).map(|field| field.medium)
    }

    fn file_fields(&self) -> impl Iterator<Item = &FileField> {
        std::iter::once(&self.file).chain(&self.further)
    }
}

impl FileField {
    const fn new(name: &'static str, medium: Medium) -> Self {
        Self { name, alias: None, medium }
    }

    fn is_called(&self, name: &str) -> bool {
        self.name == name || self.alias == Some(name)
    }
}

/// The rules for what the text fields say: the phrase is the issued one, the name is the subject's, and so on.
///
/// Called once for each text field, in the order they arrive, before or after the file. An error refuses the upload,
/// a late one breaks it off. Accepted fields are read, not forwarded.
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
    File(&'static str),
    Text(&'static str),
}

impl Fields {
    pub(super) fn new(form: Form, texts: Box<dyn TextFields>) -> Self {
        Self { form, texts, seen: Vec::with_capacity(form.files() + form.texts.len()) }
    }

    /// Finds the part's field, which must not have come before.
    pub(super) fn admit(&mut self, part: &PartHead) -> Result<Field, CaptureError> {
        let field = self.find(&part.name).ok_or(UNKNOWN)?;
        let (Field::File(name) | Field::Text(name)) = field;
        if self.seen.contains(&name) {
            return Err(CaptureErrorKind::DuplicateField.because("a field comes twice").of(name));
        }
        self.seen.push(name);
        match (field, part.file_name) {
            (Field::File(_), FileName::Given) | (Field::Text(_), FileName::Absent) => Ok(field),
            (Field::File(_), FileName::Empty) => {
                Err(CaptureErrorKind::MissingFile.because("no file was chosen").of(name))
            }
            (Field::File(_), FileName::Absent) => {
                let detail = "the part of the file has no filename, which makes it a text";
                Err(CaptureErrorKind::FieldInvalid.because(detail).of(name))
            }
            (Field::Text(_), _) => {
                let detail = "a text field has a filename, which makes it a file";
                Err(CaptureErrorKind::FieldInvalid.because(detail).of(name))
            }
        }
    }

    pub(super) fn accept(&mut self, name: &'static str, value: &[u8]) -> Result<(), CaptureError> {
        let value = std::str::from_utf8(value)
            .map_err(|_| CaptureErrorKind::FieldInvalid.because("a text field is not UTF-8").of(name))?;
        self.texts.accept(name, value)
    }

    /// The body is over.
    pub(super) fn finish(&self) -> Result<(), CaptureError> {
        if self.has_all_files() {
            return Ok(());
        }
        Err(CaptureErrorKind::MissingFile.because("the form lacks a file"))
    }

    /// Whether every file has at least begun.
    pub(super) fn has_all_files(&self) -> bool {
        self.form.file_fields().all(|file| self.seen.contains(&file.name))
    }

    fn find(&self, name: &str) -> Option<Field> {
        if let Some(file) = self.form.file_fields().find(|file| file.is_called(name)) {
            return Some(Field::File(file.name));
        }
        self.form.texts.iter().find(|known| **known == name).map(|known| Field::Text(known))
    }
}

const UNKNOWN: CaptureError =
    CaptureError::new(CaptureErrorKind::UnknownField, "a field that is not in the form");
