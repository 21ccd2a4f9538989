//! One person: consents and enrollments.

use std::time::SystemTime;

use super::{ConsentRecord, MOST_CHANGES, Purpose};
use crate::persona;
use crate::service::{Service, ServiceSet};

#[derive(Debug, Clone)]
pub(crate) struct Person {
    pub(crate) face_enrolled: bool,
    pub(crate) voice_enrolled: bool,
    /// What is read from the lips, whatever they were asked to say.
    pub(crate) says: Option<String>,
    authorization: Option<ConsentRecord>,
    storage: Option<ConsentRecord>,
    /// Templates and when they were approved, in version 2.
    approvals: Vec<(String, SystemTime)>,
}

impl Person {
    /// A user at first sight: already enrolled if the persona says so, never with consent.
    pub(crate) fn named(name: &str) -> Self {
        let enrolled = persona::parse(name).enrolled;
        let approvals = Vec::new();
        Self {
            face_enrolled: enrolled,
            voice_enrolled: enrolled,
            says: None,
            authorization: None,
            storage: None,
            approvals,
        }
    }

    /// Enrolls what these services compare with.
    pub(crate) fn enroll(&mut self, services: ServiceSet) {
        self.face_enrolled |= services.contains(Service::Face);
        self.voice_enrolled |= services.contains(Service::Voice);
    }

    pub(crate) fn is_enrolled(&self) -> bool {
        self.face_enrolled && self.voice_enrolled
    }

    pub(crate) fn consent(&self, purpose: Purpose) -> Option<&ConsentRecord> {
        match purpose {
            Purpose::Authorization => self.authorization.as_ref(),
            Purpose::Storage => self.storage.as_ref(),
        }
    }

    pub(crate) fn consents_to(&self, purpose: Purpose) -> bool {
        self.consent(purpose).is_some_and(ConsentRecord::is_given)
    }

    pub(crate) fn approve(&mut self, template: String, now: SystemTime) {
        if self.approvals.len() >= MOST_CHANGES {
            self.approvals.remove(0);
        }
        self.approvals.push((template, now));
    }

    pub(crate) fn approvals(&self) -> &[(String, SystemTime)] {
        &self.approvals
    }

    pub(crate) fn record_consent(&mut self, purpose: Purpose, given: bool, now: SystemTime) {
        let slot = match purpose {
            Purpose::Authorization => &mut self.authorization,
            Purpose::Storage => &mut self.storage,
        };
        match slot {
            Some(record) => record.append(given, now),
            None => *slot = Some(ConsentRecord::first(given, now)),
        }
    }
}
