//! Sets of the platform's services.

use std::fmt;

use biometry_client::Service;
use serde::{Deserialize, Serialize};

/// A set of the platform's five services, as a policy [requires](super::Policy::required) them. `Copy`, one byte, in no
/// order of insertion.
///
/// ```
/// use biometry_client::Service;
/// use biometry_gate::policy::ServiceSet;
///
/// let face = ServiceSet::of(&[Service::FaceRecognition, Service::FaceLivenessDetection]);
/// assert!(face.contains(Service::FaceRecognition) && !face.contains(Service::VoiceRecognition));
/// assert_eq!(face.union(ServiceSet::all()), ServiceSet::all());
/// ```
#[derive(Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct ServiceSet(u8);

impl ServiceSet {
    /// A set of these services; a service that is named twice is in it once.
    pub fn of(services: &[Service]) -> Self {
        services.iter().fold(Self::default(), |set, &service| set.with(service))
    }

    /// The set of all five.
    pub fn all() -> Self {
        Self::of(&Service::ALL)
    }

    /// The set with `service` in it.
    #[must_use]
    pub fn with(self, service: Service) -> Self {
        Self(self.0 | bit(service))
    }

    /// The set without `service`.
    #[must_use]
    pub fn without(self, service: Service) -> Self {
        Self(self.0 & !bit(service))
    }

    /// The set of all services that are in either.
    #[must_use]
    pub fn union(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }

    /// Whether `service` is in the set.
    pub fn contains(self, service: Service) -> bool {
        self.0 & bit(service) != 0
    }

    /// Whether everything in `others` is in it.
    pub(crate) fn contains_all(self, others: Self) -> bool {
        others.0 & !self.0 == 0
    }

    /// The services in the set, in the platform's order.
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
