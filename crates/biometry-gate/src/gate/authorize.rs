//! From a caller to a permit, or to what has to be done for one.

use std::sync::Arc;

use http::HeaderName;
use tracing::Instrument as _;

use super::BiometryGate;
use super::navigation::navigation_target;
use super::permit::Permit;
use crate::audit::{Event, EventKind};
use crate::clock::later;
use crate::consent::Purpose;
use crate::decision::Decision;
use crate::denial::{Denial, StepUp};
use crate::engine::Checked;
use crate::forward_compat::ForwardCompat;
use crate::id::{IntentId, ReturnHandle};
use crate::intent::{Intent, IntentDigest, PendingIntent};
use crate::mounted_routes::is_route;
use crate::policy::Policy;
use crate::principal::{Principal, Tenant};
use crate::record::{Refused, ReturnTarget};
use crate::request_head::RequestHead;

/// A caller who may ask the store for a decision: logged in, and not sent by another site. Made by
/// [`Enforcer::screen`](super::Enforcer::screen), from a request's head alone.
#[derive(Clone, Debug)]
pub struct Screened {
    principal: Principal,
    /// What the gate's policy means to the caller's tenant.
    policy: Arc<Policy>,
    target: Option<Box<str>>,
    /// Whether the request looks like the first one of a step-up.
    starts_session: bool,
    /// The id that the host has given the request, where the gate trusts it.
    request_id: Option<Arc<str>>,
}

impl Screened {
    /// Who is calling, by the host's word.
    pub fn principal(&self) -> &Principal {
        &self.principal
    }

    pub(super) fn policy(&self) -> &Policy {
        &self.policy
    }
}

impl BiometryGate {
    /// Who is calling, if they may call at all.
    pub(super) fn caller<'a>(
        &'a self,
        head: &impl RequestHead,
        policy_of: impl FnOnce(&Tenant) -> Result<&'a Arc<Policy>, Denial>,
    ) -> Result<Screened, Denial> {
        if is_mounted(head, self.0.challenge_params.mount()) {
            return Err(Denial::Misconfigured { mistake: AROUND_MOUNT });
        }
        self.0.cross_site.check(head).map_err(|_| Denial::CrossSite)?;
        let principal = self.0.identify(head).map_err(|_| Denial::IdentityUnavailable)?;
        let principal = principal.ok_or(Denial::AuthenticationRequired)?;
        let policy = Arc::clone(policy_of(principal.tenant())?);
        if policy.checks_site_of_safe_methods() {
            self.0.cross_site.check_any_method(head).map_err(|_| Denial::CrossSite)?;
        }
        // A speculative request uses no decision up: neither HEAD nor a browser that loads pages ahead.
        if policy.is_single_use() && is_speculative(head) {
            let reason = Refused::Absent;
            let alternative = self.0.settings.alternative.clone();
            let step_up = StepUp {
                policy,
                reason,
                intent: None,
                consent_missing: false,
                redirect: None,
                alternative,
                refuses_start: false,
            };
            return Err(Denial::StepUpRequired(Box::new(step_up)));
        }
        let target =
            self.0.step_up_page.as_ref().and_then(|_| navigation_target(head)).map(String::into_boxed_str);
        let request_id = self.0.hosts_request_id(head).map(Arc::from);
        Ok(Screened {
            principal,
            policy,
            target,
            starts_session: self.0.challenge_params.mount().is_none() && starts_session(head),
            request_id,
        })
    }

    /// The whole check where the store can answer without waiting and lets the request in.
    pub(super) fn check_at_once(&self, caller: Screened) -> Result<Permit, Screened> {
        // Where the audit trail does not take the event, the use has to be given back, which takes waiting; and whether
        // it is a use depends on the decision as well as on the policy.
        if self.0.audit.is_required() {
            return Err(caller);
        }
        match self.0.store.claim_at_once(&caller.principal, &caller.policy, None) {
            Some(Ok(Ok(decision))) if self.record_allowed(&caller, &decision).is_ok() => {
                Ok(self.permit(caller, decision))
            }
            _ => Err(caller),
        }
    }

    /// Reads the store, and refuses unless a decision satisfies the caller's policy, for exactly this operation where there
    /// is one.
    pub(super) async fn authorize(
        &self,
        caller: &Screened,
        intent: Option<(&Intent, IntentDigest)>,
    ) -> Result<Permit, Denial> {
        let span = tracing::debug_span!("biometry_gate.check", policy = caller.policy.name());
        self.authorize_in_span(caller, intent).instrument(span).await
    }

    async fn authorize_in_span(
        &self,
        caller: &Screened,
        intent: Option<(&Intent, IntentDigest)>,
    ) -> Result<Permit, Denial> {
        let digest = intent.as_ref().map(|(_, digest)| digest);
        match self.claim(caller, digest).await? {
            Ok(decision) => {
                let permit = self.allow_or_give_back(caller, decision).await?;
                Ok(permit.showing(intent.map(|(intent, _)| intent)))
            }
            Err(reason) => {
                if let Some(kind) = audit_kind(reason) {
                    self.note(kind, caller, digest);
                }
                Err(self.challenge(caller, reason, intent).await)
            }
        }
    }

    fn note(&self, kind: EventKind, caller: &Screened, intent: Option<&IntentDigest>) {
        let audit = &self.0.audit;
        let event = self.event(kind, caller);
        audit.note(&event.intended(intent.and_then(|digest| audit.intent(digest))));
    }

    async fn claim(
        &self,
        caller: &Screened,
        digest: Option<&IntentDigest>,
    ) -> Result<Result<Arc<Decision>, Refused>, Denial> {
        let claim = self.0.store.claim_decision(&caller.principal, &caller.policy, digest);
        Ok(self.0.store(claim).await?)
    }

    /// Lets the caller in on a decision that the store has granted. Where a required audit trail does not take the event,
    /// the handler does not run and the gate gives a claimed use back. A use that it cannot give back stays used.
    async fn allow_or_give_back(&self, caller: &Screened, decision: Arc<Decision>) -> Result<Permit, Denial> {
        match self.record_allowed(caller, &decision) {
            Ok(()) => Ok(self.permit(caller.clone(), decision)),
            Err(denial) => {
                if uses_up(caller, &decision) {
                    let _ = self.0.restore(&caller.principal, &decision).await;
                }
                Err(denial)
            }
        }
    }

    /// The one place that makes a permit, out of a decision that the store has granted and the audit trail has taken.
    fn permit(&self, caller: Screened, decision: Arc<Decision>) -> Permit {
        self.0.meters.check(&caller.policy, Checked::Allowed);
        Permit::new(caller.principal, decision, self.clone(), caller.request_id)
    }

    fn record_allowed(&self, caller: &Screened, decision: &Decision) -> Result<(), Denial> {
        if uses_up(caller, decision) {
            self.record(EventKind::DecisionConsumed, caller, decision)?;
        }
        self.record(EventKind::GateAllowed, caller, decision)
    }

    /// With a required audit trail, no request passes unless its event was recorded.
    fn record(&self, kind: EventKind, caller: &Screened, decision: &Decision) -> Result<(), Denial> {
        let audit = &self.0.audit;
        if !audit.wants(kind) {
            return Ok(());
        }
        let event = self.event(kind, caller);
        let event = event.intended(decision.intent.as_ref().and_then(|digest| audit.intent(digest)));
        let event = event.decided(audit.decision(decision.id())).spoken(decision.is_operation_spoken());
        audit.try_record(&event).map_err(|_| Denial::AuditUnavailable)
    }

    fn event(&self, kind: EventKind, caller: &Screened) -> Event {
        let event = self.0.audit.event(kind, &caller.principal).policy(&caller.policy);
        match &caller.request_id {
            Some(id) => event.in_request(id),
            None => event,
        }
    }

    /// The denial that says what to do next.
    async fn challenge(
        &self,
        caller: &Screened,
        reason: Refused,
        intent: Option<(&Intent, IntentDigest)>,
    ) -> Denial {
        let principal = &caller.principal;
        self.0.wiring.note_challenge(caller.starts_session);
        let next = async {
            let consent = self.0.store(self.0.store.consent(&principal.logged_in_key())).await?;
            let consent = consent.under(&self.0.consents.texts);
            let intent = match intent {
                Some((intent, digest)) => {
                    Some(self.keep_intent(principal, &caller.policy, intent, digest).await?)
                }
                None => None,
            };
            let redirect = match &caller.target {
                Some(target) => Some(self.keep_return(principal, target.to_string()).await?),
                None => None,
            };
            let consent_missing = !consent.is_given(Purpose::Authorization);
            let (policy, alternative) = (Arc::clone(&caller.policy), self.0.settings.alternative.clone());
            let refuses_start = caller.starts_session;
            Ok(StepUp { policy, reason, intent, consent_missing, redirect, alternative, refuses_start })
        };
        match next.await {
            Ok(step_up) => Denial::StepUpRequired(Box::new(step_up)),
            Err(denial) => denial,
        }
    }

    async fn keep_return(&self, principal: &Principal, target: String) -> Result<ReturnHandle, Denial> {
        let handle = ReturnHandle::random(&*self.0.entropy).map_err(|_| Denial::StoreUnavailable)?;
        let expires_at = later(self.0.now(), self.0.settings.intent_ttl);
        let kept =
            ReturnTarget { handle: handle.clone(), target, expires_at, unknown: ForwardCompat::default() };
        self.0.store(self.0.store.put_return(principal, kept)).await?;
        Ok(handle)
    }

    /// Keeps an operation until it is approved.
    pub(super) async fn keep_intent(
        &self,
        principal: &Principal,
        policy: &Policy,
        intent: &Intent,
        digest: IntentDigest,
    ) -> Result<PendingIntent, Denial> {
        let id = IntentId::random(&*self.0.entropy).map_err(|_| Denial::StoreUnavailable)?;
        let mut pending = PendingIntent {
            id,
            policy: policy.shared_name(),
            digest,
            display: intent.display().to_vec(),
            spoken: intent.spoken_lines(policy)?,
            expires_at: later(self.0.now(), self.0.settings.intent_ttl),
            unknown: ForwardCompat::default(),
        };
        pending.id = self.0.store(self.0.store.put_intent(principal, pending.clone())).await?;
        Ok(pending)
    }
}

fn uses_up(caller: &Screened, decision: &Decision) -> bool {
    caller.policy.is_single_use() || decision.is_single_use()
}

/// The audit event of a refusal, where it is more than a caller who has yet to step up.
fn audit_kind(reason: Refused) -> Option<EventKind> {
    match reason {
        Refused::OtherIntent => Some(EventKind::IntentMismatch),
        Refused::Consumed => Some(EventKind::DecisionReuseAttempt),
        Refused::Stale => Some(EventKind::DecisionExpiredUse),
        Refused::Absent | Refused::Level | Refused::Pending => None,
    }
}

/// Whether a request goes to one of the mounted routes, where it is known where those are.
fn is_mounted(head: &impl RequestHead, mount: Option<&str>) -> bool {
    let Some(mount) = mount else { return false };
    let path = head.target().and_then(|target| target.split('?').next());
    let route = path.and_then(|path| path.strip_prefix(mount)).filter(|route| route.starts_with('/'));
    route.is_some_and(|route| is_route(head.method(), route))
}

/// Whether a request goes where challenges send for a session: a gate that such a request comes to may stand around the
/// mounted routes.
fn starts_session(head: &impl RequestHead) -> bool {
    head.method() == "POST"
        && head.target().is_some_and(|target| {
            target.split('?').next().is_some_and(|path| path.ends_with("/session/start"))
        })
}

fn is_speculative(head: &impl RequestHead) -> bool {
    let ahead = |name: &HeaderName| {
        let says_so = |value: &[u8]| {
            value.windows(b"prefetch".len()).any(|word| word.eq_ignore_ascii_case(b"prefetch"))
        };
        head.values(name).any(says_so)
    };
    head.method() == "HEAD" || [&SEC_PURPOSE, &PURPOSE, &X_MOZ].into_iter().any(ahead)
}

pub(crate) const AROUND_MOUNT: &str = "a gate stands around its own mounted routes, so that a step-up would take a step-up: mount the \
                                   routes outside of the gate";
const SEC_PURPOSE: HeaderName = HeaderName::from_static("sec-purpose");
const PURPOSE: HeaderName = HeaderName::from_static("purpose");
const X_MOZ: HeaderName = HeaderName::from_static("x-moz");
