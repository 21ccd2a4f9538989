use std::sync::Arc;

use http::header::ORIGIN;
use http::request::Parts;
use http::{HeaderName, Method};

use super::denial::{Denial, StepUp};
use super::engine::Engine;
use super::permit::Permit;
use crate::audit::EventKind;
use crate::challenge::Problem;
use crate::consent::Purpose;
use crate::decision::Decision;
use crate::id::IntentId;
use crate::intent::{Intent, IntentDigest, PendingIntent};
use crate::ledger::Refused;
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
            return Err(self.step_up(Refused::Absent, None, false));
        }
        Ok(caller)
    }

    /// The whole check where the store can answer without waiting and lets the request in.
    pub(super) fn check_at_once(&self, owner: &Principal) -> Option<Permit> {
        let decision = self.engine.store.claim_at_once(owner, &self.policy, None)?.ok()?.ok()?;
        Some(self.allow(owner, decision))
    }

    /// Reads the store, and refuses unless a decision satisfies the policy.
    pub(super) async fn check(&self, owner: &Principal, intent: Option<&Intent>) -> Result<Permit, Denial> {
        let digest = intent.map(|intent| intent.digest(owner.key(), &self.policy));
        match self.claim(owner, digest.as_ref()).await {
            Ok(Ok(decision)) => Ok(self.allow(owner, decision)),
            Ok(Err(refused)) => Err(self.refuse(owner, refused, intent).await),
            Err(denial) => Err(denial),
        }
    }

    async fn claim(
        &self,
        owner: &Principal,
        digest: Option<&IntentDigest>,
    ) -> Result<Result<Decision, Refused>, Denial> {
        let claim = self.engine.store.claim_decision(owner, &self.policy, digest);
        Ok(self.engine.store(claim).await?)
    }

    fn allow(&self, owner: &Principal, decision: Decision) -> Permit {
        if tracing::event_enabled!(target: "biometry_gate::audit", tracing::Level::INFO) {
            let event = self.engine.audit.event(EventKind::GateAllowed, owner.key());
            self.engine.audit.record(event.policy(&self.policy.shared_name()));
        }
        Permit::new(owner.clone(), decision)
    }

    /// Says what to do next; a store that fails now is not what the caller has to know.
    async fn refuse(&self, owner: &Principal, refused: Refused, intent: Option<&Intent>) -> Denial {
        let consent = self.engine.store(self.engine.store.consent(&owner.step_up_key())).await;
        let kept = match intent {
            Some(intent) => self.keep_intent(owner, intent).await.map(Some),
            None => Ok(None),
        };
        match (consent, kept) {
            (Ok(consent), Ok(kept)) => self.step_up(refused, kept, !consent.is_given(Purpose::Authorization)),
            (Err(_), _) | (_, Err(_)) => Denial::StoreUnavailable,
        }
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

    /// The refusal as a problem, written to the audit trail.
    pub(super) fn render(&self, denial: Denial, owner: Option<&Principal>) -> Problem {
        let event = match owner {
            Some(owner) => self.engine.audit.event(EventKind::GateDenied, owner.key()),
            None => crate::audit::Event::new(EventKind::GateDenied),
        };
        self.engine.audit.record(event.policy(&self.policy.shared_name()).reason(denial.reason()));
        denial.into_problem(&self.engine.words).request_id(&self.engine.request_id())
    }

    fn step_up(&self, reason: Refused, intent: Option<PendingIntent>, consent_missing: bool) -> Denial {
        Denial::StepUpRequired(StepUp { policy: Arc::clone(&self.policy), reason, intent, consent_missing })
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
