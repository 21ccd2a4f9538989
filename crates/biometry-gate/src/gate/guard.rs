use std::sync::Arc;

use bytes::Bytes;
use http::header::ORIGIN;
use http::request::Parts;
use http::{HeaderName, Method, Response};

use super::denial::{Denial, StepUp};
use super::engine::Engine;
use super::navigation::navigation_target;
use super::permit::Permit;
use crate::audit::EventKind;
use crate::consent::Purpose;
use crate::decision::Decision;
use crate::id::{IntentId, ReturnHandle};
use crate::intent::{Intent, IntentDigest, PendingIntent};
use crate::ledger::{Refused, ReturnTarget};
use crate::policy::Policy;
use crate::principal::Principal;

/// One policy of one gate: what layers and services ask.
#[derive(Clone, Debug)]
pub(crate) struct Guard {
    engine: Arc<Engine>,
    policy: Arc<Policy>,
}

impl Guard {
    pub(super) fn new(engine: Arc<Engine>, policy: Arc<Policy>) -> Self {
        Self { engine, policy }
    }

    pub(super) fn policy(&self) -> &Policy {
        &self.policy
    }

    pub(super) fn engine(&self) -> &Arc<Engine> {
        &self.engine
    }

    /// Who is calling, if anybody may call at all.
    pub(super) fn caller(&self, head: &Parts) -> Result<Principal, Denial> {
        self.engine.cross_site.check(head).map_err(|_| Denial::CrossSite)?;
        let caller = self.engine.identify(head).map_err(|_| Denial::IdentityUnavailable)?;
        let caller = caller.ok_or(Denial::AuthenticationRequired)?;
        // A glance uses nothing up: neither HEAD nor a browser that loads pages ahead.
        if self.policy.is_single_use() && is_glance(head) {
            let policy = Arc::clone(&self.policy);
            let reason = Refused::Absent;
            let step_up = StepUp { policy, reason, intent: None, consent_missing: false, redirect: None };
            return Err(Denial::StepUpRequired(Box::new(step_up)));
        }
        Ok(caller)
    }

    /// The whole check where the store can answer without waiting and lets the request in.
    pub(super) fn check_at_once(&self, owner: &Principal) -> Option<Permit> {
        let decision = self.engine.store.claim_at_once(owner, &self.policy, None)?.ok()?.ok()?;
        self.allow(owner, decision).ok()
    }

    /// Reads the store, and refuses unless a decision satisfies the policy. Whoever came as a browser's navigation to
    /// `target` may come back there.
    pub(super) async fn check(
        &self,
        owner: &Principal,
        intent: Option<&Intent>,
        target: Option<String>,
    ) -> Result<Permit, Denial> {
        let digest = intent.map(|intent| intent.digest(owner.key(), &self.policy));
        match self.claim(owner, digest.as_ref()).await? {
            Ok(decision) => self.allow(owner, decision),
            Err(refused) => Err(self.refuse(owner, refused, intent, target).await),
        }
    }

    /// Where a browser that navigates here would have to come back to, if there is a page to send it to.
    pub(super) fn navigation(&self, head: &Parts) -> Option<String> {
        self.engine.step_up_page.as_ref().and_then(|_| navigation_target(head))
    }

    async fn claim(
        &self,
        owner: &Principal,
        digest: Option<&IntentDigest>,
    ) -> Result<Result<Decision, Refused>, Denial> {
        let claim = self.engine.store.claim_decision(owner, &self.policy, digest);
        Ok(self.engine.store(claim).await?)
    }

    /// The one place that makes a permit, out of a decision that the store has granted.
    fn allow(&self, owner: &Principal, decision: Decision) -> Result<Permit, Denial> {
        if self.engine.audit.wants(EventKind::GateAllowed) {
            let event = self.engine.audit.event(EventKind::GateAllowed, owner.key());
            let event = event.policy(&self.policy.shared_name());
            self.engine.audit.try_record(&event).map_err(|_| Denial::AuditUnavailable)?;
        }
        Ok(Permit::new(owner.clone(), decision))
    }

    /// Says what to do next.
    async fn refuse(
        &self,
        owner: &Principal,
        reason: Refused,
        intent: Option<&Intent>,
        target: Option<String>,
    ) -> Denial {
        let next = async {
            let consent = self.engine.store(self.engine.store.consent(&owner.step_up_key())).await?;
            let intent = match intent {
                Some(intent) => Some(self.keep_intent(owner, intent).await?),
                None => None,
            };
            let redirect = match target {
                Some(target) => Some(self.keep_return(owner, target).await?),
                None => None,
            };
            let consent_missing = !consent.is_given(Purpose::Authorization);
            Ok(StepUp { policy: Arc::clone(&self.policy), reason, intent, consent_missing, redirect })
        };
        match next.await {
            Ok(step_up) => Denial::StepUpRequired(Box::new(step_up)),
            Err(denial) => denial,
        }
    }

    async fn keep_return(&self, owner: &Principal, target: String) -> Result<ReturnHandle, Denial> {
        let handle = ReturnHandle::random(&*self.engine.entropy).map_err(|_| Denial::StoreUnavailable)?;
        let expires_at = self.engine.now() + self.engine.settings.intent_ttl;
        let kept = ReturnTarget { handle: handle.clone(), target, expires_at };
        self.engine.store(self.engine.store.put_return(owner, kept)).await?;
        Ok(handle)
    }

    /// Keeps an operation until it is approved.
    pub(super) async fn keep_intent(
        &self,
        owner: &Principal,
        intent: &Intent,
    ) -> Result<PendingIntent, Denial> {
        let id = IntentId::random(&*self.engine.entropy).map_err(|_| Denial::StoreUnavailable)?;
        let mut pending = PendingIntent {
            id,
            policy: self.policy.shared_name(),
            digest: intent.digest(owner.key(), &self.policy),
            display: intent.display().to_vec(),
            expires_at: self.engine.now() + self.engine.settings.intent_ttl,
        };
        pending.id = self.engine.store(self.engine.store.put_intent(owner, pending.clone())).await?;
        Ok(pending)
    }

    /// The refusal as a response with the denial in its extensions, written to the audit trail.
    pub(super) fn render(&self, denial: Denial, owner: Option<&Principal>) -> Response<Bytes> {
        let event = match owner {
            Some(owner) => self.engine.audit.event(EventKind::GateDenied, owner.key()),
            None => crate::audit::Event::new(EventKind::GateDenied),
        };
        self.engine.audit.note(&event.policy(&self.policy.shared_name()).reason(denial.reason()));
        let problem = denial.clone().into_problem(&self.engine.words).request_id(&self.engine.request_id());
        let mut response = match (&self.engine.step_up_page, denial.redirect(), &self.engine.render) {
            (Some(page), Some(handle), _) => page.redirect(handle),
            (_, _, Some(render)) => render.render(&denial, problem),
            (_, _, None) => problem.into_response(),
        };
        response.extensions_mut().insert(denial);
        response
    }
}

/// A CORS preflight asks on behalf of a request that is still to come (Fetch standard).
pub(super) fn is_preflight(head: &Parts) -> bool {
    head.method == Method::OPTIONS
        && head.headers.contains_key(ORIGIN)
        && head.headers.contains_key(http::header::ACCESS_CONTROL_REQUEST_METHOD)
}

fn is_glance(head: &Parts) -> bool {
    let ahead = |name: &HeaderName| {
        head.headers.get_all(name).iter().any(|value| {
            value.as_bytes().windows(b"prefetch".len()).any(|word| word.eq_ignore_ascii_case(b"prefetch"))
        })
    };
    head.method == Method::HEAD || ahead(&SEC_PURPOSE) || ahead(&PURPOSE)
}

const SEC_PURPOSE: HeaderName = HeaderName::from_static("sec-purpose");
const PURPOSE: HeaderName = HeaderName::from_static("purpose");
