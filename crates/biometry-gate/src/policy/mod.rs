//! What a gated route asks of a decision.
//!
//! A [`Policy`] is a value: named, versioned, compared and combined without any I/O. It is attached to routes in
//! code, never to path strings.
//!
//! ```
//! use biometry_gate::policy::{Policy, Threshold};
//! use std::time::Duration;
//!
//! // Defaults: liveness, face and spoken phrase required, fresh for 300 s, reusable while fresh.
//! let statement = Policy::for_session("statement", Threshold::percent(70.0)?);
//!
//! // A payment: used once, and only for the payee and amount that were approved.
//! let transfer = Policy::for_operation("transfer", Threshold::percent(70.0)?)
//!     .max_age(Duration::from_secs(120));
//! assert!(transfer.is_single_use() && !statement.is_single_use());
//! # Ok::<(), biometry_gate::policy::ThresholdError>(())
//! ```

#![cfg_attr(not(test), deny(clippy::arithmetic_side_effects))]

mod services;
mod threshold;

use std::sync::Arc;
use std::time::Duration;

use biometry_client::{Service, Trigger};
use serde::{Deserialize, Serialize};

pub use self::services::ServiceSet;
pub(crate) use self::services::place;
pub use self::threshold::{ScoreScale, Threshold, ThresholdError};

/// What a route asks of a decision. See the [module](self) for an example.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Policy {
    name: Arc<str>,
    version: u32,
    action: Action,
    required: ServiceSet,
    threshold: Threshold,
    minimums: Vec<(Service, f64)>,
    named_match: bool,
    #[serde(default)]
    document_match: bool,
    max_age: Duration,
    single_use: bool,
    bound_to_intent: bool,
    #[serde(default)]
    safe_methods: bool,
    acr: Arc<str>,
}

/// What a verification is for. It goes upstream as the platform's trigger, and a decision keeps it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Action {
    /// Showing who one is.
    Authentication,
    /// Approving one operation.
    Confirmation,
}

impl Policy {
    /// A policy that opens routes for a while: one verification counts for everything that the policy's routes offer, for
    /// 300 seconds by default, in the host session in which it was given. For routes that show something, or for all of an
    /// area: [`BiometryGate::require`](crate::BiometryGate::require).
    ///
    /// It requires a live person whose face is the subject's and whose lips speak the phrase: liveness, Face Recognition
    /// and Visual Speech Recognition. The voice is not required: NIST SP 800-63B-4 does not accept voice comparison as a
    /// biometric factor.
    pub fn for_session(name: &str, threshold: Threshold) -> Self {
        let required = ServiceSet::of(&[
            Service::FaceLivenessDetection,
            Service::FaceRecognition,
            Service::VisualSpeechRecognition,
        ]);
        Self::new(name, threshold, required, FACE_LIVE)
    }

    /// A policy that approves one operation at a time: a verification counts once, and only for exactly what the person
    /// was shown. For routes that do something: [`BiometryGate::require_for_json`](crate::BiometryGate::require_for_json)
    /// and its kin.
    ///
    /// It requires what [`for_session`](Self::for_session) requires. It is [`single_use`](Self::single_use), and its
    /// action is [`Action::Confirmation`].
    pub fn for_operation(name: &str, threshold: Threshold) -> Self {
        Self::for_session(name, threshold).bind_to_operation()
    }

    /// Requires the voice, too: that it is recognised, and that it belongs to the lips that move. The context class is
    /// then `urn:biometry-gate:acr:face-voice-live`, unless [`acr`](Self::acr) has named another.
    #[must_use]
    pub fn with_voice(mut self) -> Self {
        self.required = ServiceSet::all();
        if &*self.acr == FACE_LIVE {
            self.acr = FACE_VOICE_LIVE.into();
        }
        self
    }

    fn new(name: &str, threshold: Threshold, required: ServiceSet, acr: &str) -> Self {
        Self {
            name: name.into(),
            version: 1,
            action: Action::Authentication,
            required,
            threshold,
            minimums: Vec::new(),
            named_match: false,
            document_match: false,
            max_age: DEFAULT_MAX_AGE,
            single_use: false,
            bound_to_intent: false,
            safe_methods: false,
            acr: acr.into(),
        }
    }

    /// How long after the capture was accepted a decision counts; 300 s by default.
    ///
    /// Zero means *this request only*: it is taken as [`single_use`](Self::single_use) with the 300 s a person
    /// needs to come back from the camera.
    #[must_use]
    pub fn max_age(mut self, max_age: Duration) -> Self {
        self.single_use |= max_age.is_zero();
        self.max_age = if max_age.is_zero() { DEFAULT_MAX_AGE } else { max_age };
        self
    }

    /// Lets each decision open the route once.
    #[must_use]
    pub fn single_use(mut self) -> Self {
        self.single_use = true;
        self
    }

    /// Lets links and images of other sites use up a single use by GET. By default a policy with
    /// [`single_use`](Self::single_use) asks of a request with any method that it comes from the host's own site, for
    /// even a GET changes something there: it takes the approval away from its owner.
    ///
    /// It has no effect on reusable policies, which safe methods from anywhere may ask.
    #[must_use]
    pub fn allow_safe_methods(mut self) -> Self {
        self.safe_methods = true;
        self
    }

    fn bind_to_operation(mut self) -> Self {
        self.bound_to_intent = true;
        self.single_use = true;
        self.action = Action::Confirmation;
        self
    }

    /// Requires one more service to have run and passed.
    #[must_use]
    pub fn require(mut self, service: Service) -> Self {
        self.required = self.required.with(service);
        self
    }

    /// Requires a service's own score, on the scale the platform gives it, to reach `minimum`. The service becomes
    /// required; a reply without that score does not pass.
    #[must_use]
    pub fn require_at_least(mut self, service: Service, minimum: f64) -> Self {
        self.minimums.push((service, minimum));
        self.require(service)
    }

    /// Requires Face Recognition to name the subject; an unnamed success no longer counts. Not every form of the
    /// platform's reply carries a name.
    #[must_use]
    pub fn require_named_match(mut self) -> Self {
        self.named_match = true;
        self.require(Service::FaceRecognition)
    }

    /// Requires the verified face to be the one in an identity document that was accepted in the same session.
    ///
    /// The video comes first and makes the decision; the decision opens the route once the faces have been found to
    /// match, by [`Decision::document_match`](crate::decision::Decision::document_match). See
    /// [`guide::kyc`](crate::guide::kyc).
    #[cfg(feature = "documents")]
    #[must_use]
    pub fn require_document_match(mut self) -> Self {
        self.document_match = true;
        self
    }

    /// What the verification is for; [`Action::Authentication`] by default.
    #[must_use]
    pub fn action(mut self, action: Action) -> Self {
        self.action = action;
        self
    }

    /// The version, 1 by default; decisions keep the version they were made for.
    #[must_use]
    pub fn version(mut self, version: u32) -> Self {
        self.version = version;
        self
    }

    /// The authentication context class that a challenge asks for (RFC 9470 `acr_values`).
    #[must_use]
    pub fn acr(mut self, acr: &str) -> Self {
        self.acr = acr.into();
        self
    }

    /// Stops requiring a live face. A person who holds a photo or an old video of the subject then passes.
    #[must_use]
    pub fn dangerous_without_liveness(mut self) -> Self {
        self.required = self.required.without(Service::FaceLivenessDetection);
        self
    }

    /// Both at once: the result asks for everything that either asks for. It keeps this policy's name, version,
    /// action and context class.
    ///
    /// Combine policies rather than stack their layers on one route: each layer asks for a decision of its own, and a single
    /// use that the outer one has spent stays spent where the inner one refuses.
    #[must_use]
    pub fn and(mut self, other: &Self) -> Self {
        self.required = self.required.union(other.required);
        self.threshold = self.threshold.stricter(other.threshold);
        self.minimums.extend_from_slice(&other.minimums);
        self.named_match |= other.named_match;
        self.document_match |= other.document_match;
        self.max_age = self.max_age.min(other.max_age);
        self.single_use |= other.single_use;
        self.safe_methods &= other.safe_methods;
        if other.bound_to_intent { self.bind_to_operation() } else { self }
    }

    /// The name that `start` takes and a decision keeps.
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

    /// The version.
    pub fn version_number(&self) -> u32 {
        self.version
    }

    /// What the verification is for.
    pub fn purpose(&self) -> Action {
        self.action
    }

    /// The services that have to have run and passed.
    pub fn required(&self) -> ServiceSet {
        self.required
    }

    /// The score that has to be reached.
    pub fn threshold(&self) -> Threshold {
        self.threshold
    }

    pub(crate) fn minimums(&self) -> &[(Service, f64)] {
        &self.minimums
    }

    /// Whether Face Recognition has to name the subject.
    pub fn needs_named_match(&self) -> bool {
        self.named_match
    }

    /// Whether the face has to be found in an accepted document, too.
    pub fn needs_document_match(&self) -> bool {
        self.document_match
    }

    /// How long a decision stays fresh.
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

    /// The context class that a challenge asks for.
    pub fn acr_value(&self) -> &str {
        &self.acr
    }
}

impl Action {
    /// The word that refusals and the platform use.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Authentication => "authentication",
            Self::Confirmation => "confirmation",
        }
    }

    pub(crate) fn trigger(self) -> Trigger {
        match self {
            Self::Authentication => Trigger::Authentication,
            Self::Confirmation => Trigger::Confirmation,
        }
    }
}

const FACE_LIVE: &str = "urn:biometry-gate:acr:face-live";
const FACE_VOICE_LIVE: &str = "urn:biometry-gate:acr:face-voice-live";
const DEFAULT_MAX_AGE: Duration = Duration::from_secs(300);

#[cfg(test)]
mod tests {
    use super::*;

    fn at(percent: f64) -> Threshold {
        Threshold::percent(percent).unwrap()
    }

    #[test]
    fn combining_keeps_the_stricter_of_each() {
        let strict = Policy::for_operation("b", at(90.0)).with_voice().max_age(Duration::from_secs(30));
        let strict = strict.require_document_match();
        let both = Policy::for_session("a", at(50.0)).and(&strict);
        assert!(both.needs_document_match());
        assert_eq!(both.name(), "a");
        assert_eq!(both.required(), ServiceSet::all());
        assert_eq!(both.threshold(), at(90.0));
        assert_eq!(both.freshness(), Duration::from_secs(30));
        assert!(both.is_single_use() && both.is_bound_to_intent());
    }

    #[test]
    fn what_is_used_up_asks_for_the_site_of_every_request() {
        let reusable = Policy::for_session("a", at(50.0));
        let once = reusable.clone().single_use();
        let open = once.clone().allow_safe_methods();
        let operation = Policy::for_operation("a", at(50.0));
        let checks = |policy: &Policy| policy.checks_site_of_safe_methods();
        assert!(checks(&once) && checks(&operation) && checks(&open.clone().and(&once)));
        assert!(!checks(&reusable) && !checks(&open) && checks(&reusable.and(&once)));
    }

    #[test]
    fn no_age_at_all_means_once() {
        let once = Policy::for_session("a", at(50.0)).max_age(Duration::ZERO);
        assert!(once.is_single_use());
        assert_eq!(once.freshness(), DEFAULT_MAX_AGE);
    }
}
