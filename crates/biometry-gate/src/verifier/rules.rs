use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use crate::capture::{CaptureError, CaptureErrorKind, TextFields};
use crate::id::SessionId;
use crate::phrase::Phrase;
use crate::principal::{Principal, Subject};

/// What the text parts of an upload may say: what the server knows already. What a form does not have never comes here.
#[derive(Clone)]
pub(super) struct Rules {
    subject: Subject,
    phrase: Option<Phrase>,
    session: Option<SessionId>,
    document: DocumentFlag,
}

/// Whether the form says that its picture shows a document. Known once the form has been read to its end.
#[derive(Clone, Default)]
pub(super) struct DocumentFlag(Arc<AtomicBool>);

impl DocumentFlag {
    pub(super) fn is_raised(&self) -> bool {
        self.0.load(Ordering::Relaxed)
    }
}

impl Rules {
    pub(super) fn of(owner: &Principal) -> Self {
        let subject = owner.subject().clone();
        Self { subject, phrase: None, session: None, document: DocumentFlag::default() }
    }

    pub(super) fn phrase(self, phrase: &Phrase) -> Self {
        Self { phrase: Some(phrase.clone()), ..self }
    }

    pub(super) fn session(self, session: &SessionId) -> Self {
        Self { session: Some(session.clone()), ..self }
    }

    /// Has what `is_document` says kept here.
    pub(super) fn document_flag(self, document: &DocumentFlag) -> Self {
        Self { document: document.clone(), ..self }
    }

    fn is_phrase(&self, said: &str) -> bool {
        self.phrase.as_ref().is_some_and(|phrase| phrase.is_said_by(said))
    }
}

impl TextFields for Rules {
    fn accept(&mut self, name: &'static str, value: &str) -> Result<(), CaptureError> {
        match (name, value) {
            ("phrase", said) if !self.is_phrase(said) => {
                Err(CaptureErrorKind::PhraseMismatch.because("the phrase is not the one that was issued"))
            }
            ("userFullname" | "unique_id", name) if name != self.subject.as_str() => {
                Err(CaptureErrorKind::SubjectConflict.because("the upload names another subject"))
            }
            (PROVIDED_ID, id) if self.session.as_ref().map(SessionId::as_str) != Some(id) => {
                Err(CaptureErrorKind::FieldInvalid.because("the upload names another session"))
            }
            ("is_document", "true") => {
                self.document.0.store(true, Ordering::Relaxed);
                Ok(())
            }
            ("is_document", said) if said != "false" => {
                Err(CaptureErrorKind::FieldInvalid.because("is_document is true or false"))
            }
            _ => Ok(()),
        }
    }
}

/// What the official mobile client calls the session in a form.
pub(crate) const PROVIDED_ID: &str = "X-Request-User-Provided-ID";

#[cfg(test)]
mod tests {
    use super::*;
    use crate::entropy::OsEntropy;
    use crate::principal::HostSession;

    #[test]
    fn what_a_form_repeats_has_to_agree_with_what_is_known() {
        let owner = Principal::new("ana", HostSession::parse("host").unwrap()).unwrap();
        let phrase = Phrase::random(&OsEntropy).unwrap();
        let session = SessionId::random(&OsEntropy).unwrap();
        let flag = DocumentFlag::default();
        let mut rules = Rules::of(&owner).phrase(&phrase).session(&session).document_flag(&flag);
        let mut kind = |name, value: &str| rules.accept(name, value).err().map(|error| error.kind());
        for (name, value, refused) in [
            ("phrase", phrase.as_str(), None),
            ("phrase", "", Some(CaptureErrorKind::PhraseMismatch)),
            ("userFullname", "ana", None),
            ("userFullname", "ben", Some(CaptureErrorKind::SubjectConflict)),
            ("unique_id", "ana", None),
            ("unique_id", "Ana", Some(CaptureErrorKind::SubjectConflict)),
            (PROVIDED_ID, session.as_str(), None),
            (PROVIDED_ID, "sess_other", Some(CaptureErrorKind::FieldInvalid)),
            ("is_document", "false", None),
            ("is_document", "yes", Some(CaptureErrorKind::FieldInvalid)),
            ("vocabulary", "anything", None),
        ] {
            assert_eq!(kind(name, value), refused, "{name}={value}");
        }
        assert!(!flag.is_raised());
        assert!(rules.accept("is_document", "true").is_ok() && flag.is_raised());
    }

    #[test]
    fn where_nothing_was_issued_nothing_agrees() {
        let mut rules = Rules::of(&Principal::new("ana", HostSession::parse("host").unwrap()).unwrap());
        assert!(rules.accept("phrase", "one").is_err() && rules.accept(PROVIDED_ID, "sess_1").is_err());
    }
}
