use std::fmt;
use std::sync::Arc;

use http::request::Parts;

use super::histories::Histories;
use crate::consent::{ConsentContext, ConsentSource, ConsentTexts};
use crate::principal::SubjectKey;

/// How the host wants consent to be kept and asked for.
#[derive(Default)]
pub(crate) struct ConsentRules {
    pub(crate) texts: ConsentTexts,
    pub(crate) context: Option<ReadContext>,
    pub(crate) source: ConsentSource,
    pub(crate) histories: Histories,
}

type ReadContext = Arc<dyn Fn(&Parts) -> ConsentContext + Send + Sync>;

impl ConsentRules {
    /// What of a request goes on record.
    pub(crate) fn context(&self, head: &Parts) -> ConsentContext {
        self.context.as_ref().map(|read| read(head)).unwrap_or_default()
    }

    /// What the platform has said of the subject's consent is asked for again.
    pub(crate) fn doubt(&self, subject: &SubjectKey) {
        self.histories.purge(subject);
    }
}

impl fmt::Debug for ConsentRules {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ConsentRules").field("source", &self.source).finish_non_exhaustive()
    }
}
