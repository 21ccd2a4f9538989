//! The builder's group for consent.

use std::fmt;
use std::sync::Arc;

use http::request::Parts;

use super::histories::Histories;
use crate::consent::{ConsentContext, ConsentSource, ConsentText, ConsentTexts};
use crate::principal::SubjectKey;

/// What people agree to, and where the gate looks that up; a group of [`Builder::consent`](super::Builder::consent).
/// See [`consent`](crate::consent) for an example.
#[derive(Default)]
#[must_use]
pub struct ConsentRules {
    pub(crate) texts: ConsentTexts,
    pub(crate) read_context: Option<ReadContext>,
    pub(crate) source: ConsentSource,
    pub(crate) histories: Histories,
}

type ReadContext = Arc<dyn Fn(&Parts) -> ConsentContext + Send + Sync>;

impl ConsentRules {
    /// Registers a text that people agree to; of each purpose's texts the one registered last is the one that is shown
    /// now. None by default: receipts then take over what the page says of its text.
    ///
    /// Where texts are registered, the page may name one of them, and only one that still suffices; a client that names
    /// none means the current one.
    pub fn text(mut self, text: ConsentText) -> Self {
        self.texts.push(text);
        self
    }

    /// What of a request that gives or withdraws consent goes on record; nothing by default. It is personal data of
    /// which the host has to be able to say why it keeps it.
    pub fn context(mut self, read: impl Fn(&Parts) -> ConsentContext + Send + Sync + 'static) -> Self {
        self.read_context = Some(Arc::new(read));
        self
    }

    /// Where the gate looks up whether consent was given; in its own store by default. See [`ConsentSource`].
    pub fn source(mut self, source: ConsentSource) -> Self {
        self.source = source;
        self
    }

    /// What of a request goes on record.
    pub(crate) fn context_of(&self, head: &Parts) -> ConsentContext {
        self.read_context.as_ref().map(|read| read(head)).unwrap_or_default()
    }

    /// Forgets the platform's answer about the subject's consent, so that the next look asks again.
    pub(crate) fn doubt(&self, subject: &SubjectKey) {
        self.histories.purge(subject);
    }
}

impl fmt::Debug for ConsentRules {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ConsentRules").field("source", &self.source).finish_non_exhaustive()
    }
}
