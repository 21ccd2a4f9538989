//! What a policy asks for, as the gate and hosts read it.

use std::sync::Arc;
use std::time::Duration;

use biometry_client::Service;

use super::spoken_form::SpokenForm;
use super::{Action, Policy, ServiceSet, Threshold};

impl Policy {
    /// The name that `start` takes, routes are given and a decision keeps.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Whether it goes by `name`; in most cases that is its own one, shared, and not compared letter by letter.
    #[inline]
    pub(crate) fn is_named(&self, name: &Arc<str>) -> bool {
        Arc::ptr_eq(&self.name, name) || self.name == *name
    }

    pub(crate) fn own_name(&self) -> &Arc<str> {
        &self.name
    }

    pub(crate) fn shared_name(&self) -> Arc<str> {
        Arc::clone(&self.name)
    }

    /// The [version](Self::version).
    pub fn version_number(&self) -> u32 {
        self.version
    }

    /// What the verification is for.
    pub fn purpose(&self) -> Action {
        self.action
    }

    /// The services that must have run and passed.
    pub fn required(&self) -> ServiceSet {
        self.required
    }

    /// The score that must be reached.
    pub fn threshold(&self) -> Threshold {
        self.threshold
    }

    pub(crate) fn minimums(&self) -> &[(Service, f64)] {
        &self.minimums
    }

    /// Whether Face Recognition must name the subject.
    pub fn needs_named_match(&self) -> bool {
        self.named_match
    }

    /// Whether the face must be found in an accepted document, too.
    pub fn needs_document_match(&self) -> bool {
        self.document_match
    }

    /// How long a decision stays fresh: the [`max_age`](Self::max_age).
    pub fn freshness(&self) -> Duration {
        self.max_age
    }

    /// Whether a decision opens the route once only.
    pub fn is_single_use(&self) -> bool {
        self.single_use
    }

    /// Whether a request has to come from the host's own site even where its method is a safe one.
    pub(crate) fn checks_site_of_safe_methods(&self) -> bool {
        self.single_use && !self.safe_methods
    }

    /// Whether a decision counts for one operation only: [`for_operation`](Self::for_operation) made the policy.
    pub fn is_bound_to_intent(&self) -> bool {
        self.bound_to_intent
    }

    /// Whether the phrase contains what is approved: [`speak_operation`](Self::speak_operation).
    pub fn speaks_operation(&self) -> bool {
        self.spoken.is_some()
    }

    pub(crate) fn spoken_form(&self) -> Option<SpokenForm> {
        self.spoken
    }

    /// The context class that a challenge asks for.
    pub fn acr_value(&self) -> &str {
        &self.acr
    }
}
