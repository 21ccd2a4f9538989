use std::sync::Arc;

use bytes::Bytes;
use http::header::{ACCESS_CONTROL_REQUEST_METHOD, CACHE_CONTROL, ORIGIN};
use http::request::Parts;
use http::{HeaderName, HeaderValue, Response};
use http_body::Body;

use super::BiometryGate;
use super::denial::{Denial, StepUp};
use super::engine::Engine;
use super::facts::Facts;
use super::intent_service::{ReadIntent, whole};
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

/// One policy of one gate: what the layers of this crate ask, and what adapters of other frameworks ask alike.
///
/// A request is let in like this: [`enter`](Self::enter) with its head; unless that refuses or passes it, one of the
/// checks; the [`Permit`] and the [`gate`](Self::gate) go into the request's extensions, where a permit that an outer
/// gate has left is not this policy's and has to go; the answer gets [`KEPT_FROM_CACHES`] unless the handler has said
/// something else. Every refusal is answered with what [`refuse`](Self::refuse) renders.
#[derive(Clone, Debug)]
pub struct Guard {
    engine: Arc<Engine>,
    policy: Arc<Policy>,
}

/// What the head of a request alone says.
#[derive(Debug)]
pub enum Entry {
    /// A CORS preflight: it goes through without a permit.
    Preflight,
    /// Somebody, for whom a decision has to be found.
    Caller(Principal),
    /// Nobody who gets any further.
    Refused(Denial),
}

/// The header of gated answers: what only a verified person may see is nothing for a cache.
pub const KEPT_FROM_CACHES: (HeaderName, HeaderValue) = (CACHE_CONTROL, HeaderValue::from_static("no-store"));

impl Guard {
    pub(super) fn new(engine: Arc<Engine>, policy: Arc<Policy>) -> Self {
        Self { engine, policy }
    }

    /// The policy.
    pub fn policy(&self) -> &Policy {
        &self.policy
    }

    /// The gate whose policy it is.
    pub fn gate(&self) -> BiometryGate {
        BiometryGate(Arc::clone(&self.engine))
    }

    /// Judges a request by its head: whether it passes as a preflight, who is calling, and whether they may call at all.
    pub fn enter(&self, head: &impl Facts) -> Entry {
        if is_preflight(head) {
            return Entry::Preflight;
        }
        match self.caller(head) {
            Ok(owner) => Entry::Caller(owner),
            Err(denial) => Entry::Refused(denial),
        }
    }

    /// Who is calling, if anybody may call at all.
    pub(super) fn caller(&self, head: &impl Facts) -> Result<Principal, Denial> {
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

    /// The whole check where the store can answer without waiting and lets the request in; otherwise
    /// [`check`](Self::check) has to be asked. For policies that are not bound to an intent.
    pub fn check_at_once(&self, owner: &Principal) -> Option<Permit> {
        let decision = self.engine.store.claim_at_once(owner, &self.policy, None)?.ok()?.ok()?;
        self.allow(owner, decision).ok()
    }

    /// Reads the store, and refuses unless a decision satisfies the policy. For policies that are not bound to an
    /// intent. Whoever came as a browser's navigation to `target` may come back there: that is what
    /// [`navigation`](Self::navigation) says.
    ///
    /// # Errors
    /// Why the request is refused.
    pub async fn check(&self, owner: &Principal, target: Option<String>) -> Result<Permit, Denial> {
        self.decide(owner, None, target).await
    }

    /// Reads the operation from the request, and refuses unless a decision for exactly that satisfies the policy.
    /// Answers the body it has read, for the handler: what was approved is what has to be run.
    ///
    /// # Errors
    /// Why the request is refused. A body above 64 KiB is.
    pub async fn check_intent<B>(
        &self,
        owner: &Principal,
        read: &impl ReadIntent,
        head: &Parts,
        body: B,
    ) -> Result<(Permit, Bytes), Denial>
    where
        B: Body<Data = Bytes>,
        B::Error: Into<Box<dyn std::error::Error + Send + Sync>>,
    {
        let body = whole(body).await?;
        let intent = read.read(head, &body).map_err(|_| Denial::IntentUnreadable)?;
        let permit = self.decide(owner, Some(&intent), self.navigation(head)).await?;
        Ok((permit, body))
    }

    async fn decide(
        &self,
        owner: &Principal,
        intent: Option<&Intent>,
        target: Option<String>,
    ) -> Result<Permit, Denial> {
        let digest = intent.map(|intent| intent.digest(owner.key(), &self.policy));
        match self.claim(owner, digest.as_ref()).await? {
            Ok(decision) => self.allow(owner, decision),
            Err(refused) => Err(self.challenge(owner, refused, intent, target).await),
        }
    }

    /// Where a browser that navigates here would have to come back to, if there is a page to send it to.
    pub fn navigation(&self, head: &impl Facts) -> Option<String> {
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
    async fn challenge(
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

    /// The answer to a denial, with the denial in its extensions for outer layers to read; it goes to the audit trail.
    pub fn refuse<R: From<Bytes>>(&self, denial: Denial, owner: Option<&Principal>) -> Response<R> {
        self.render(denial, owner).map(R::from)
    }

    fn render(&self, denial: Denial, owner: Option<&Principal>) -> Response<Bytes> {
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
fn is_preflight(head: &impl Facts) -> bool {
    let has = |name: &HeaderName| head.values(name).next().is_some();
    head.method() == "OPTIONS" && has(&ORIGIN) && has(&ACCESS_CONTROL_REQUEST_METHOD)
}

fn is_glance(head: &impl Facts) -> bool {
    let ahead = |name: &HeaderName| {
        head.values(name)
            .any(|value| value.windows(b"prefetch".len()).any(|word| word.eq_ignore_ascii_case(b"prefetch")))
    };
    head.method() == "HEAD" || ahead(&SEC_PURPOSE) || ahead(&PURPOSE)
}

const SEC_PURPOSE: HeaderName = HeaderName::from_static("sec-purpose");
const PURPOSE: HeaderName = HeaderName::from_static("purpose");
