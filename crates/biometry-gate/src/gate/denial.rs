use std::sync::Arc;
use std::time::Duration;

use serde_json::{Value, json};

use super::project::UnknownTenant;

use crate::challenge::{Code, Problem, Words};
use crate::id::ReturnHandle;
use crate::intent::PendingIntent;
use crate::ledger::Refused;
use crate::policy::Policy;
use crate::store::StoreError;

/// Why a gated route stayed shut. In the response's extensions of every refusal, for outer layers to read.
#[derive(Clone, Debug)]
pub enum Denial {
    /// Nobody is logged in.
    AuthenticationRequired,
    /// The caller has to prove presence.
    StepUpRequired(Box<StepUp>),
    /// A browser sent the request on another site's behalf.
    CrossSite,
    /// The host could not tell who is calling.
    IdentityUnavailable,
    /// The store could not answer.
    StoreUnavailable,
    /// The operation cannot be read from the request.
    IntentUnreadable,
    /// The audit trail is required and did not take the event.
    AuditUnavailable,
    /// The request's body is too large to be read for its operation.
    BodyTooLarge,
    /// The request's body did not come in time.
    BodyTooSlow,
    /// The request's body broke off.
    BodyAborted,
    /// The gate is wired wrongly: a mistake of the host.
    Misconfigured,
}

/// What the caller has to do.
#[derive(Clone, Debug)]
pub struct StepUp {
    pub(super) policy: Arc<Policy>,
    pub(super) reason: Refused,
    pub(super) intent: Option<PendingIntent>,
    pub(super) consent_missing: bool,
    pub(super) redirect: Option<ReturnHandle>,
    pub(super) alternative: Option<String>,
}

impl StepUp {
    /// Why no decision opened the route.
    pub fn reason(&self) -> Refused {
        self.reason
    }

    /// The policy that has to be satisfied.
    pub fn policy(&self) -> &Policy {
        &self.policy
    }

    /// The member `step_up` of the refusal.
    fn describe(&self) -> Value {
        let mut step_up = json!({
            "policy": self.policy.name(),
            "action": self.policy.purpose().as_str(),
            "acr_values": [self.policy.acr_value()],
            "max_age": self.policy.freshness().as_secs(),
            "next": [
                { "rel": "consent", "method": "POST", "href": "consent", "needed": self.consent_missing },
                { "rel": "start", "method": "POST", "href": "session/start", "needed": true },
                { "rel": "verify", "method": "POST", "href": "verify", "needed": true },
            ],
        });
        if self.policy.needs_document_match()
            && let Some(next) = step_up["next"].as_array_mut()
        {
            for (rel, href) in [("document", "document/check"), ("match", "face/match")] {
                next.push(json!({ "rel": rel, "method": "POST", "href": href, "needed": true }));
            }
        }
        if let (Some(href), Some(next)) = (&self.alternative, step_up["next"].as_array_mut()) {
            next.push(json!({ "rel": "alternative", "method": "GET", "href": href, "needed": false }));
        }
        if let Some(intent) = &self.intent {
            step_up["intent"] = json!({ "id": intent.id.as_str(), "display": intent.display });
        }
        step_up
    }
}

impl Denial {
    /// The refusal as a problem; the one place that decides how a denial looks.
    pub(crate) fn into_problem(self, words: &Words) -> Problem {
        match self {
            Self::AuthenticationRequired => {
                Problem::new(Code::AuthenticationRequired, "log in first").challenge(words.plain())
            }
            Self::StepUpRequired(step_up) => {
                Problem::new(Code::StepUpRequired, "prove with your face and voice that it is you")
                    .with("reason", step_up.reason.as_str())
                    .with("step_up", step_up.describe())
                    .challenge(words.step_up(&step_up.policy))
            }
            Self::CrossSite => crate::cross_site::FromAnotherSite.into(),
            Self::IdentityUnavailable => {
                Problem::new(Code::StoreUnavailable, "it cannot be told who you are right now")
                    .retry_after(SHORTLY)
            }
            Self::StoreUnavailable => {
                Problem::new(Code::StoreUnavailable, "decisions cannot be looked up right now")
                    .retry_after(SHORTLY)
            }
            Self::AuditUnavailable => {
                Problem::new(Code::StoreUnavailable, "nothing can be let in right now").retry_after(SHORTLY)
            }
            Self::IntentUnreadable => {
                Problem::new(Code::InvalidRequest, "the operation cannot be read from the request")
            }
            Self::BodyTooLarge => Problem::new(Code::UploadTooLarge, "the request is too large").closing(),
            Self::BodyTooSlow => Problem::new(Code::UploadTimeout, "the request took too long").closing(),
            Self::BodyAborted => Problem::new(Code::InvalidRequest, "the request broke off").broken_framing(),
            Self::Misconfigured => {
                Problem::misconfigured("the policy or mode that is asked for does not exist")
            }
        }
    }

    /// The handle of the place that a browser is to come back to.
    pub(super) fn redirect(&self) -> Option<&ReturnHandle> {
        match self {
            Self::StepUpRequired(step_up) => step_up.redirect.as_ref(),
            _ => None,
        }
    }

    /// The word that audit events use.
    pub(super) fn reason(&self) -> &'static str {
        match self {
            Self::AuthenticationRequired => "authentication-required",
            Self::StepUpRequired(step_up) => step_up.reason.as_str(),
            Self::CrossSite => "cross-site",
            Self::IdentityUnavailable => "identity-unavailable",
            Self::StoreUnavailable => "store-unavailable",
            Self::AuditUnavailable => "audit-unavailable",
            Self::IntentUnreadable => "intent-unreadable",
            Self::BodyTooLarge => "body-too-large",
            Self::BodyTooSlow => "body-too-slow",
            Self::BodyAborted => "body-aborted",
            Self::Misconfigured => "misconfigured",
        }
    }
}

/// A tenant that the gate does not know is a caller that it cannot place.
impl From<UnknownTenant> for Denial {
    fn from(_: UnknownTenant) -> Self {
        Self::IdentityUnavailable
    }
}

impl From<StoreError> for Denial {
    fn from(_: StoreError) -> Self {
        Self::StoreUnavailable
    }
}

const SHORTLY: Duration = Duration::from_secs(2);
