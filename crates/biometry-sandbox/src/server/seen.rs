//! What tests may see of the sandbox's memory.

use crate::state::{Person, Purpose, Session};

/// Which consents a user has given, as the sandbox has recorded them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[non_exhaustive]
pub struct Consents {
    /// Consent to biometric processing.
    pub authorization: bool,
    /// Consent to the storage of biometric data.
    pub storage: bool,
}

/// A session as the sandbox has it.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct SessionSeen {
    /// Its id.
    pub id: String,
    /// The full name it is locked to, once one came.
    pub full_name: Option<String>,
    /// Whether a video was processed in it.
    pub has_video: bool,
    /// Whether it was started with `warmup=true`.
    pub warmed_up: bool,
    /// Whether it was ended.
    pub ended: bool,
    /// The phone number it was ended with.
    pub phone_number: Option<String>,
}

impl Consents {
    pub(super) fn of(person: &Person) -> Self {
        Self {
            authorization: person.consents_to(Purpose::Authorization),
            storage: person.consents_to(Purpose::Storage),
        }
    }
}

impl SessionSeen {
    pub(super) fn new(id: &str, session: &Session) -> Self {
        Self {
            id: id.to_owned(),
            full_name: session.full_name.clone(),
            has_video: session.has_video,
            warmed_up: session.warmed_up,
            ended: session.ended,
            phone_number: session.phone_number.clone(),
        }
    }
}
