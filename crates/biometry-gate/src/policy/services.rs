use std::fmt;

use biometry_client::Service;
use serde::{Deserialize, Serialize};

/// A set of the platform's services.
#[derive(Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct ServiceSet(u8);

impl ServiceSet {
    /// The services named.
    pub fn of(services: &[Service]) -> Self {
        services.iter().fold(Self::default(), |set, &service| set.with(service))
    }

    /// All five.
    pub fn all() -> Self {
        Self::of(&Service::ALL)
    }

    /// With `service` in it.
    #[must_use]
    pub fn with(self, service: Service) -> Self {
        Self(self.0 | bit(service))
    }

    /// Without `service`.
    #[must_use]
    pub fn without(self, service: Service) -> Self {
        Self(self.0 & !bit(service))
    }

    /// What is in either.
    #[must_use]
    pub fn union(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }

    /// Whether `service` is in it.
    pub fn contains(self, service: Service) -> bool {
        self.0 & bit(service) != 0
    }

    /// Whether everything in `others` is in it.
    pub(crate) fn contains_all(self, others: Self) -> bool {
        others.0 & !self.0 == 0
    }

    /// What is in it, in the platform's order.
    pub fn iter(self) -> impl Iterator<Item = Service> {
        Service::ALL.into_iter().filter(move |&service| self.contains(service))
    }
}

impl fmt::Debug for ServiceSet {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_set().entries(self.iter()).finish()
    }
}

/// The service's place among five, for sets and tables.
pub(crate) fn place(service: Service) -> usize {
    match service {
        Service::ActiveSpeakerDetection => 0,
        Service::FaceLivenessDetection => 1,
        Service::VisualSpeechRecognition => 2,
        Service::VoiceRecognition => 3,
        Service::FaceRecognition => 4,
    }
}

fn bit(service: Service) -> u8 {
    1 << place(service)
}
