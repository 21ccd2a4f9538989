//! Consent where it matters: given, withdrawn, and asked for before anything biometric happens.

mod change;
mod ensure;
mod histories;

use std::fmt;
use std::sync::Arc;

use http::request::Parts;

pub(crate) use self::change::{Change, Statement, change, withdraw_for};
pub(crate) use self::ensure::{NoConsent, consent_required, ensure_consent, known_consent, may_sign_in};
use self::histories::Histories;
use crate::consent::{ConsentContext, ConsentTexts};
use crate::principal::SubjectKey;

/// Who is asked whether consent was given.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum ConsentSource {
    /// The gate's own store. What the platform knows of and the store does not, people are asked again.
    #[default]
    Store,
    /// The platform, too: only what both sides know of counts. What the store has lost, or never knew, it takes over from
    /// the platform; what was withdrawn here stays withdrawn, whatever the platform says.
    ///
    /// An answer is good for 60 seconds at the most, and for shorter where consent is changed here or the platform leaves
    /// services out. A platform that cannot tell is a refusal.
    ///
    /// A withdrawal that the platform does not take is known to the store alone: with a platform like that, the store has
    /// to outlive the process.
    Platform,
}

/// How the host wants consent to be kept and asked for.
#[derive(Default)]
pub(crate) struct ConsentRules {
    pub(crate) texts: ConsentTexts,
    pub(crate) context: Option<ReadContext>,
    pub(crate) source: ConsentSource,
    histories: Histories,
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
