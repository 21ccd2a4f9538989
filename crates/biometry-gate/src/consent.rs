//! Consent: two purposes, given and withdrawn apart. Absent means not given.

use std::sync::Arc;
use std::time::SystemTime;

use serde::{Deserialize, Serialize};

pub use biometry_client::Purpose;

use crate::ledger::Unknown;

/// What a subject has agreed to, as of now.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Consent {
    /// Biometrics may be processed: needed for every verification.
    pub(crate) authorization: Grant,
    /// Templates may be kept: needed for enrollment.
    pub(crate) storage: Grant,
    #[serde(flatten)]
    pub(crate) unknown: Unknown,
}

/// One purpose's present state.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Grant {
    given: bool,
    since: Option<SystemTime>,
    text_version: Option<Arc<str>>,
    #[serde(flatten)]
    pub(crate) unknown: Unknown,
}

/// What somebody agreed to or withdrew, and when. Kept in order, never changed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Receipt {
    pub(crate) storage: bool,
    pub(crate) given: bool,
    pub(crate) at: SystemTime,
    pub(crate) text_version: Option<Arc<str>>,
    #[serde(flatten)]
    pub(crate) unknown: Unknown,
}

impl Consent {
    /// Whether `purpose` is agreed to.
    pub fn is_given(&self, purpose: Purpose) -> bool {
        self.grant(purpose).given
    }

    /// The state of `purpose`.
    pub fn grant(&self, purpose: Purpose) -> &Grant {
        match purpose {
            Purpose::Authorization => &self.authorization,
            Purpose::Storage => &self.storage,
        }
    }

    pub(crate) fn apply(&mut self, receipt: &Receipt) {
        let grant = if receipt.storage { &mut self.storage } else { &mut self.authorization };
        *grant = Grant {
            given: receipt.given,
            since: Some(receipt.at),
            text_version: receipt.text_version.clone(),
            unknown: std::mem::take(&mut grant.unknown),
        };
    }
}

impl Grant {
    /// Whether it is agreed to.
    pub fn is_given(&self) -> bool {
        self.given
    }

    /// Since when it stands as it does; `None` where nobody ever said anything.
    pub fn since(&self) -> Option<SystemTime> {
        self.since
    }

    /// The version of the text that was shown, where the page named one.
    pub fn text_version(&self) -> Option<&str> {
        self.text_version.as_deref()
    }
}

impl Receipt {
    pub(crate) fn new(purpose: Purpose, given: bool, at: SystemTime, text_version: Option<Arc<str>>) -> Self {
        Self { storage: purpose == Purpose::Storage, given, at, text_version, unknown: Unknown::default() }
    }

    /// The purpose.
    pub fn purpose(&self) -> Purpose {
        if self.storage { Purpose::Storage } else { Purpose::Authorization }
    }

    /// Given or withdrawn.
    pub fn is_given(&self) -> bool {
        self.given
    }

    /// When.
    pub fn at(&self) -> SystemTime {
        self.at
    }

    /// The version of the text that was shown, where the page named one.
    pub fn text_version(&self) -> Option<&str> {
        self.text_version.as_deref()
    }
}

/// The word that the wire uses for a purpose.
pub(crate) fn purpose_name(purpose: Purpose) -> &'static str {
    match purpose {
        Purpose::Authorization => "authorization",
        Purpose::Storage => "storage",
    }
}
