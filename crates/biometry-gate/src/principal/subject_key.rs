//! Whose record is meant in a store.

use std::fmt;
use std::hash::{BuildHasher as _, Hash, Hasher, RandomState};
use std::sync::LazyLock;

use serde::{Deserialize, Serialize};

use super::names::{DEFAULT_TENANT, Subject, Tenant};

/// How far the host has authenticated a subject. Limits and sessions are kept apart by it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum Authentication {
    /// The subject is logged in at the host and proves presence once more. Every principal that a host makes is of this
    /// kind.
    #[serde(rename = "StepUp")]
    LoggedIn,
    /// The subject is merely claimed, by a browser that wants to sign in by face. Its limits are apart, so that a
    /// stranger cannot lock a user out of stepping up.
    #[serde(rename = "Login")]
    Claimed,
    /// The subject is claimed by a browser that has signed in as them before. Its limits are apart from those of
    /// strangers, so that these cannot keep it out.
    KnownBrowser,
}

/// Whose record is meant in a store: tenant, subject, and how far the subject is authenticated. Stores and
/// [administration](crate::gate::Admin) go by it; the host session is not a part of it.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SubjectKey {
    pub(super) tenant: Tenant,
    #[serde(rename = "realm")]
    pub(super) authentication: Authentication,
    pub(super) subject: Subject,
}

impl SubjectKey {
    /// The key of the record of a subject who is logged in.
    pub(crate) fn of_member(tenant: Tenant, subject: Subject) -> Self {
        Self { tenant, authentication: Authentication::LoggedIn, subject }
    }

    /// The tenant.
    pub fn tenant(&self) -> &Tenant {
        &self.tenant
    }

    /// Whether the subject is logged in or merely claimed.
    pub fn authentication(&self) -> Authentication {
        self.authentication
    }

    /// The subject.
    pub fn subject(&self) -> &Subject {
        &self.subject
    }

    /// The hash that tables of this process find it by, under a random key that the process has made for itself.
    pub(crate) fn table_hash(&self) -> u64 {
        TABLE_KEY.hash_one(self)
    }

    /// The same subject as those who sign in as them: strangers, and browsers that have done so before.
    pub(crate) fn signing_in(&self) -> [Self; 2] {
        [Authentication::Claimed, Authentication::KnownBrowser].map(|how| self.with_authentication(how))
    }

    pub(crate) fn with_authentication(&self, authentication: Authentication) -> Self {
        Self { authentication, ..self.clone() }
    }
}

// A check hashes one key, and all subjects may be of the default tenant: that one is left out.
impl Hash for SubjectKey {
    fn hash<H: Hasher>(&self, state: &mut H) {
        if self.tenant != *DEFAULT_TENANT {
            state.write(self.tenant.as_str().as_bytes());
            state.write_u8(0);
        }
        state.write(self.subject.as_str().as_bytes());
        // Keys that run into each other are compared anyway.
        state.write_u8(match self.authentication {
            Authentication::LoggedIn => 1,
            Authentication::Claimed => 2,
            Authentication::KnownBrowser => 3,
        });
    }
}

impl fmt::Debug for SubjectKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SubjectKey").field("authentication", &self.authentication).finish_non_exhaustive()
    }
}

static TABLE_KEY: LazyLock<RandomState> = LazyLock::new(RandomState::new);
