//! What a gated route asks of a decision.
//!
//! A [`Policy`] is a value: named, versioned, compared and combined without any I/O. The gate knows policies by name:
//! [`Builder::policy`](crate::Builder::policy) adds them, [`BiometryGate::require`](crate::BiometryGate::require) and
//! its kin attach them to routes in code, never to path strings, and a client names one when it starts a session.
//!
//! There are two kinds, and the choice between them is the most important one that a host makes:
//!
//! - [`Policy::for_session`] opens routes for a while. One verification counts for everything behind the policy, for
//!   300 seconds by default. For pages and routes that show something.
//! - [`Policy::for_operation`] approves one operation. The verification counts once, for exactly what the person was
//!   shown: payee and amount, for example. For routes that do something.
//!
//! Both require a live face that is the subject's, and lips that speak the phrase. The setters make a policy stricter;
//! the one that makes it weaker says `dangerous` in its name, and every weak setting is a [lint](crate::gate::Lint).
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
//!
//! A policy is held against a decision at every request, not only when the decision is made. Raising the threshold of a
//! deployed policy ends the decisions that fall short of it.

#![cfg_attr(not(test), deny(clippy::arithmetic_side_effects))]

mod action;
mod asked;
mod services;
mod spoken_form;
mod threshold;

use std::sync::Arc;
use std::time::Duration;

use biometry_client::Service;
use serde::{Deserialize, Serialize};

pub use self::action::Action;
pub use self::services::ServiceSet;
pub(crate) use self::services::place;
pub(crate) use self::spoken_form::SpokenForm;
pub use self::threshold::{ScoreScale, Threshold, ThresholdError};

/// What a route asks of a decision. See the [module](self) for the two kinds and an example.
///
/// Cheap to build and to clone; the gate keeps one of each. [`Builder::build`](crate::Builder::build) refuses a name
/// that is not visible ASCII, a name that is used twice, a policy that requires no service or one that the API key does
/// not include, a [`max_age`](Self::max_age) of more than a year, and minimums that are not above 0.
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
    spoken: Option<SpokenForm>,
    #[serde(default)]
    safe_methods: bool,
    acr: Arc<str>,
}

impl Policy {
    /// A policy that opens routes for a while: one verification counts for everything that the policy's routes offer,
    /// for 300 seconds by default, in the host session in which it was given. For routes that show something, or for
    /// all of an area: [`BiometryGate::require`](crate::BiometryGate::require).
    ///
    /// It requires a live person whose face is the subject's and whose lips speak the phrase: liveness, Face
    /// Recognition and Visual Speech Recognition. The voice is not required: NIST SP 800-63B-4 does not accept voice
    /// comparison as a biometric factor. [`with_voice`](Self::with_voice) adds it.
    ///
    /// The name is what routes, clients, audit events and challenges call the policy; visible ASCII without a quote.
    ///
    /// ```
    /// use biometry_gate::policy::{Action, Policy, Threshold};
    ///
    /// let policy = Policy::for_session("statement", Threshold::percent(70.0)?);
    /// assert_eq!(policy.required().iter().count(), 3);
    /// assert_eq!((policy.freshness().as_secs(), policy.purpose()), (300, Action::Authentication));
    /// # Ok::<(), biometry_gate::policy::ThresholdError>(())
    /// ```
    pub fn for_session(name: &str, threshold: Threshold) -> Self {
        let required = ServiceSet::of(&[
            Service::FaceLivenessDetection,
            Service::FaceRecognition,
            Service::VisualSpeechRecognition,
        ]);
        Self::new(name, threshold, required, FACE_LIVE)
    }

    /// A policy that approves one operation at a time: a verification counts once, and only for exactly what the person
    /// was shown. For routes that do something:
    /// [`BiometryGate::require_for_json`](crate::BiometryGate::require_for_json) and its kin.
    ///
    /// It requires what [`for_session`](Self::for_session) requires. It is [`single_use`](Self::single_use), and its
    /// action is [`Action::Confirmation`].
    pub fn for_operation(name: &str, threshold: Threshold) -> Self {
        Self::for_session(name, threshold).bind_to_operation()
    }

    /// Requires the voice, too: that it is recognised, and that it belongs to the lips that move (Voice Recognition and
    /// Active Speaker Detection). The context class becomes `urn:biometry-gate:acr:face-voice-live`, unless
    /// [`acr`](Self::acr) has named another.
    ///
    /// Not required by default. The subject has to have enrolled a voice.
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
            spoken: None,
            safe_methods: false,
            acr: acr.into(),
        }
    }

    /// How long a decision counts, from when its capture was accepted; 300 s by default, a year at most. A slow
    /// platform does not extend it.
    ///
    /// Choose it by how long an unattended browser may stay trusted; more than an hour is a
    /// [lint](crate::gate::LintKind). Zero means *this request only*: it is taken as [`single_use`](Self::single_use)
    /// with the 300 s that a person needs to come back from the camera.
    #[must_use]
    pub fn max_age(mut self, max_age: Duration) -> Self {
        self.single_use |= max_age.is_zero();
        self.max_age = if max_age.is_zero() { DEFAULT_MAX_AGE } else { max_age };
        self
    }

    /// Lets each decision open the route once. The gate uses it up before the handler runs, and lets exactly one of any
    /// number of parallel requests through.
    ///
    /// Off for [`for_session`](Self::for_session), on for [`for_operation`](Self::for_operation). A handler that did
    /// nothing may have the use given back by [`BiometryGate::restore_on`](crate::BiometryGate::restore_on).
    #[must_use]
    pub fn single_use(mut self) -> Self {
        self.single_use = true;
        self
    }

    /// Lets links and images of other sites use up a single use by GET.
    ///
    /// By default a policy with [`single_use`](Self::single_use) asks of a request with any method that it comes from
    /// the host's own site, for even a GET changes something there: it takes the approval away from its owner. It has
    /// no effect on reusable policies, which safe methods from anywhere may ask.
    #[must_use]
    pub fn allow_safe_methods(mut self) -> Self {
        self.safe_methods = true;
        self
    }

    /// Has the phrase contain what is approved: it begins with the digits that the operation's
    /// [spoken lines](crate::Intent::spoken_line) name, an amount for example, and goes on with seven fresh random ones. A
    /// capture in which another amount is spoken then proves nothing. Off by default.
    ///
    /// For policies made with [`for_operation`](Self::for_operation), and for those alone:
    /// [`Builder::build`](crate::Builder::build) refuses others. Every operation of the policy needs a spoken line; one
    /// without is refused with 500, and the log says why. One that is longer than five digits is refused with 422:
    /// [`speak_operation_shortened`](Self::speak_operation_shortened) takes longer amounts.
    ///
    /// ```
    /// use biometry_gate::policy::{Policy, Threshold};
    ///
    /// let transfer = Policy::for_operation("transfer", Threshold::percent(70.0)?).speak_operation();
    /// assert!(transfer.speaks_operation());
    /// # Ok::<(), biometry_gate::policy::ThresholdError>(())
    /// ```
    #[must_use]
    pub fn speak_operation(mut self) -> Self {
        self.spoken = Some(SpokenForm::Whole);
        self
    }

    /// [`speak_operation`](Self::speak_operation) for amounts of any length up to 999,999,999. One of at most four digits,
    /// those behind the point included, is said whole. Of a longer one five digits are said: first how many stand before
    /// the point, then the first four. 12.50 is *one two five zero*, 1250.00 *four one two five zero*.
    ///
    /// Amounts that sound alike are of one length and agree in their first four digits, so that they differ by less than a
    /// thousandth. The rest of an amount is shown and bound, and not spoken.
    #[must_use]
    pub fn speak_operation_shortened(mut self) -> Self {
        self.spoken = Some(SpokenForm::Shortened);
        self
    }

    fn bind_to_operation(mut self) -> Self {
        self.bound_to_intent = true;
        self.single_use = true;
        self.action = Action::Confirmation;
        self
    }

    /// Requires one more of the platform's services to have run and passed.
    #[must_use]
    pub fn require(mut self, service: Service) -> Self {
        self.required = self.required.with(service);
        self
    }

    /// Requires a service's own score, on the scale that the platform gives it, to reach `minimum`, which lies above 0.
    /// The service becomes required; a reply without that score does not pass. Besides the [`Threshold`], which is
    /// about the score of the whole.
    #[must_use]
    pub fn require_at_least(mut self, service: Service, minimum: f64) -> Self {
        self.minimums.push((service, minimum));
        self.require(service)
    }

    /// Requires Face Recognition to name the subject; an unnamed success no longer counts. Off by default, because not
    /// every form of the platform's reply carries a name. A reply that names another person never passes, with or
    /// without it.
    #[must_use]
    pub fn require_named_match(mut self) -> Self {
        self.named_match = true;
        self.require(Service::FaceRecognition)
    }

    /// Requires the verified face to be the one in an identity document that was accepted in the same session.
    ///
    /// The video comes first and makes the decision; the decision opens the route once the faces have been found to
    /// match, by [`Decision::document_match`](crate::decision::Decision::document_match). Refusals list the two further
    /// steps, `document` and `match`. See [`guide::kyc`](crate::guide::kyc).
    #[cfg(feature = "documents")]
    #[must_use]
    pub fn require_document_match(mut self) -> Self {
        self.document_match = true;
        self
    }

    /// What the verification is for, in place of the kind's own. Decisions that were made for the other action stop
    /// counting.
    #[must_use]
    pub fn action(mut self, action: Action) -> Self {
        self.action = action;
        self
    }

    /// The version, 1 by default. Decisions and audit events keep the version that they were made for, and
    /// [`Admin::revoke_policy`](crate::gate::Admin::revoke_policy) voids those up to one. It does not end older
    /// decisions by itself.
    #[must_use]
    pub fn version(mut self, version: u32) -> Self {
        self.version = version;
        self
    }

    /// The authentication context class that a challenge asks for (RFC 9470 `acr_values`), by default
    /// `urn:biometry-gate:acr:face-live`. Set it where a client or an identity provider knows another name.
    #[must_use]
    pub fn acr(mut self, acr: &str) -> Self {
        self.acr = acr.into();
        self
    }

    /// Stops requiring a live face. A person who holds a photo or an old video of the subject then passes. For
    /// development with recorded videos; it is a [lint](crate::gate::LintKind::WithoutLiveness).
    #[must_use]
    pub fn dangerous_without_liveness(mut self) -> Self {
        self.required = self.required.without(Service::FaceLivenessDetection);
        self
    }

    /// Both policies at once: the result asks for everything that either asks for. It keeps this policy's name,
    /// version, action and context class.
    ///
    /// Combine policies rather than stack their layers on one route: each layer asks for a decision of its own, and a
    /// single use that the outer one has spent stays spent where the inner one refuses.
    ///
    /// ```
    /// use biometry_gate::policy::{Policy, Threshold};
    /// use std::time::Duration;
    ///
    /// let area = Policy::for_session("admin", Threshold::percent(60.0)?).max_age(Duration::from_secs(900));
    /// let strict = Policy::for_session("strict", Threshold::percent(85.0)?).with_voice();
    /// let both = area.and(&strict);
    /// assert_eq!((both.name(), both.threshold().minimum()), ("admin", Some(85.0)));
    /// assert_eq!(both.freshness(), Duration::from_secs(300));
    /// # Ok::<(), biometry_gate::policy::ThresholdError>(())
    /// ```
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
        self.spoken = SpokenForm::stricter(self.spoken, other.spoken);
        if other.bound_to_intent { self.bind_to_operation() } else { self }
    }
}

const FACE_LIVE: &str = "urn:biometry-gate:acr:face-live";
const FACE_VOICE_LIVE: &str = "urn:biometry-gate:acr:face-voice-live";
const DEFAULT_MAX_AGE: Duration = Duration::from_secs(300);

#[cfg(test)]
mod tests;
