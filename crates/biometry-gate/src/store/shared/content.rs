//! What a record says: one subject's record, or those of a few claimed names.

use std::time::SystemTime;

use super::key::corrupt;
use crate::principal::{Authentication, SubjectKey};
use crate::record::{ClaimedNames, SubjectRecord};
use crate::store::{StoreError, StoreErrorKind};

pub(super) enum Content {
    Subject(Box<SubjectRecord>),
    Claimed(ClaimedNames),
}

impl Content {
    /// What there is where nothing is kept.
    pub(super) fn empty(authentication: Authentication) -> Self {
        match authentication {
            Authentication::LoggedIn | Authentication::KnownBrowser => Self::Subject(Box::default()),
            Authentication::Claimed => Self::Claimed(ClaimedNames::default()),
        }
    }

    /// # Errors
    /// [`StoreErrorKind::Corrupt`] where it is not what such a record says.
    pub(super) fn parse(authentication: Authentication, plain: &[u8]) -> Result<Self, StoreError> {
        let parsed = match authentication {
            Authentication::LoggedIn | Authentication::KnownBrowser => {
                serde_json::from_slice(plain).map(Self::Subject)
            }
            Authentication::Claimed => serde_json::from_slice(plain).map(Self::Claimed),
        };
        parsed.map_err(|_| corrupt("it is no record of this version"))
    }

    /// # Errors
    /// [`StoreErrorKind::Full`] where it cannot be written.
    pub(super) fn write(&self) -> Result<Vec<u8>, StoreError> {
        let written = match self {
            Self::Subject(record) => serde_json::to_vec(record),
            Self::Claimed(crowd) => serde_json::to_vec(crowd),
        };
        written.map_err(|_| StoreError::new(StoreErrorKind::Full).with_source("a record cannot be written"))
    }

    /// Applies one transition to the subject's record.
    pub(super) fn change<T>(
        &mut self,
        subject: &SubjectKey,
        now: SystemTime,
        transition: impl FnOnce(&mut SubjectRecord) -> T,
    ) -> T {
        match self {
            Self::Subject(record) => {
                record.prune(now);
                transition(record)
            }
            Self::Claimed(crowd) => crowd.change(subject.subject(), now, transition),
        }
    }

    /// Looks at the subject's record; at an empty one where there is none.
    pub(super) fn look<T>(&self, subject: &SubjectKey, look: impl FnOnce(&SubjectRecord) -> T) -> T {
        match self {
            Self::Subject(record) => look(record),
            Self::Claimed(crowd) => match crowd.record(subject.subject()) {
                Some(record) => look(record),
                None => look(&SubjectRecord::default()),
            },
        }
    }

    pub(super) fn is_forgettable(&self, now: SystemTime) -> bool {
        match self {
            Self::Subject(record) => record.is_forgettable(now),
            Self::Claimed(crowd) => crowd.is_forgettable(now),
        }
    }

    pub(super) fn matters_until(&self, now: SystemTime) -> Option<SystemTime> {
        match self {
            Self::Subject(record) => record.matters_until(now),
            Self::Claimed(crowd) => crowd.matters_until(now),
        }
    }
}
