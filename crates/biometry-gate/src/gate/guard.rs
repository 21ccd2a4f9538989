use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use http::header::{ACCESS_CONTROL_REQUEST_METHOD, CACHE_CONTROL, CONTENT_LENGTH, ORIGIN, TRANSFER_ENCODING};
use http::request::Parts;
use http::{HeaderName, HeaderValue, Response};
use http_body::Body;
use http_body_util::{BodyExt as _, LengthLimitError, Limited};

use super::BiometryGate;
use super::denial::{Denial, StepUp};
use super::engine::Engine;
use super::facts::Facts;
use super::intent_service::ReadIntent;
use super::navigation::navigation_target;
use super::permit::Permit;
use super::project::PolicyOfTenants;
use super::render::Render;
use super::restore::restore;
use crate::audit::EventKind;
use crate::consent::Purpose;
use crate::decision::Decision;
use crate::id::{IntentId, ReturnHandle};
use crate::intent::{Intent, IntentDigest, PendingIntent, Route, has_two_readings};
use crate::ledger::{Refused, ReturnTarget, Unknown};
use crate::policy::Policy;
use crate::principal::Principal;

/// One policy of one gate: what the layers of this crate ask, and what adapters of other frameworks ask alike.
///
/// A request is let in like this: [`enter`](Self::enter) with its head; unless that refuses or passes it, one of the
/// checks; the [`Permit`] goes into the request's extensions, where one that an outer gate has left is not this policy's
/// and has to go; the answer gets [`KEPT_FROM_CACHES`] unless the handler has said
/// something else. Every refusal is answered with what [`refuse`](Self::refuse) renders.
#[derive(Clone)]
pub struct Guard {
    engine: Arc<Engine>,
    policy: PolicyOfTenants,
    render: Option<Arc<dyn Render>>,
}

/// What the head of a request alone says.
#[derive(Debug)]
pub enum Entry {
    /// A CORS preflight: it goes through without a permit.
    Preflight,
    /// Somebody, for whom a decision has to be found.
    Caller(Caller),
    /// Nobody who gets any further.
    Refused(Denial),
}

/// Who is calling, and where a browser that navigates here would have to come back to.
#[derive(Clone, Debug)]
pub struct Caller {
    owner: Principal,
    /// What the guard's policy means to the caller's tenant.
    policy: Arc<Policy>,
    target: Option<String>,
}

impl Caller {
    /// Who is calling.
    pub fn principal(&self) -> &Principal {
        &self.owner
    }
}

/// The header of gated answers: what only a verified person may see is nothing for a cache.
pub const KEPT_FROM_CACHES: (HeaderName, HeaderValue) = (CACHE_CONTROL, HeaderValue::from_static("no-store"));

impl Guard {
    pub(super) fn new(engine: Arc<Engine>, policy: PolicyOfTenants) -> Self {
        Self { engine, policy, render: None }
    }

    /// The policy; where tenants have policies of their own, the default tenant's.
    pub fn policy(&self) -> &Policy {
        self.policy.shared()
    }

    /// Renders denials in another way than the gate does elsewhere.
    #[must_use]
    pub fn render(mut self, render: impl Render) -> Self {
        self.render = Some(Arc::new(render));
        self
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
            Ok(caller) => Entry::Caller(caller),
            Err(denial) => Entry::Refused(denial),
        }
    }

    /// Who is calling, if anybody may call at all.
    pub(super) fn caller(&self, head: &impl Facts) -> Result<Caller, Denial> {
        self.engine.cross_site.check(head).map_err(|_| Denial::CrossSite)?;
        let owner = self.engine.identify(head).map_err(|_| Denial::IdentityUnavailable)?;
        let owner = owner.ok_or(Denial::AuthenticationRequired)?;
        let policy = Arc::clone(self.policy.of(owner.tenant())?);
        // A glance uses nothing up: neither HEAD nor a browser that loads pages ahead.
        if policy.is_single_use() && is_glance(head) {
            let reason = Refused::Absent;
            let alternative = self.engine.settings.alternative.clone();
            let step_up =
                StepUp { policy, reason, intent: None, consent_missing: false, redirect: None, alternative };
            return Err(Denial::StepUpRequired(Box::new(step_up)));
        }
        let target = self.engine.step_up_page.as_ref().and_then(|_| navigation_target(head));
        Ok(Caller { owner, policy, target })
    }

    /// The whole check where the store can answer without waiting and lets the request in; otherwise
    /// [`check`](Self::check) has to be asked. For policies that are not bound to an intent.
    pub fn check_at_once(&self, caller: &Caller) -> Option<Permit> {
        // A use that cannot be told of has to be given back, which takes waiting; and whether it is one, the decision
        // knows as well as the policy.
        if self.engine.audit.is_required() {
            return None;
        }
        let decision = self.engine.store.claim_at_once(&caller.owner, &caller.policy, None)?.ok()?.ok()?;
        self.allow(caller, decision).ok()
    }

    /// Reads the store, and refuses unless a decision satisfies the policy. For policies that are not bound to an
    /// intent.
    ///
    /// # Errors
    /// Why the request is refused.
    pub async fn check(&self, caller: &Caller) -> Result<Permit, Denial> {
        self.decide(caller, None).await
    }

    /// Reads the operation from the request, and refuses unless a decision for exactly that, given for the route with
    /// this template, satisfies the policy. Answers the body it has read, for the handler: what was approved is what
    /// has to be run.
    ///
    /// # Errors
    /// Why the request is refused. A body above 64 KiB is, one that takes more than 10 s, JSON that names a member
    /// twice, and a request of which the router does not tell the route.
    pub async fn check_intent<B>(
        &self,
        caller: &Caller,
        read: &impl ReadIntent,
        template: Option<&str>,
        head: &Parts,
        body: B,
    ) -> Result<(Permit, Bytes), Denial>
    where
        B: Body<Data = Bytes>,
        B::Error: Into<Box<dyn std::error::Error + Send + Sync>>,
    {
        let route = Route::new(head.method.as_str(), template.ok_or(Denial::Misconfigured)?);
        let body =
            tokio::time::timeout(LONGEST_READ, whole(body)).await.map_err(|_| Denial::BodyTooSlow)??;
        if has_two_readings(&body) {
            return Err(Denial::IntentUnreadable);
        }
        let intent = read.read(head, &body).map_err(|_| Denial::IntentUnreadable)?;
        let digest = intent.digest(caller.owner.key(), &caller.policy, route);
        Ok((self.decide(caller, Some((&intent, digest))).await?, body))
    }

    async fn decide(
        &self,
        caller: &Caller,
        intent: Option<(&Intent, IntentDigest)>,
    ) -> Result<Permit, Denial> {
        let digest = intent.as_ref().map(|(_, digest)| digest);
        match self.claim(caller, digest).await? {
            Ok(decision) => self.allow_or_give_back(caller, decision).await,
            Err(reason) => {
                if let Some(kind) = remarkable(reason) {
                    self.note(kind, caller, digest);
                }
                Err(self.challenge(caller, reason, intent).await)
            }
        }
    }

    fn note(&self, kind: EventKind, caller: &Caller, intent: Option<&IntentDigest>) {
        let audit = &self.engine.audit;
        let event = audit.event(kind, &caller.owner).policy(&caller.policy);
        audit.note(&event.intended(intent.and_then(|digest| audit.intent(digest))));
    }

    async fn claim(
        &self,
        caller: &Caller,
        digest: Option<&IntentDigest>,
    ) -> Result<Result<Arc<Decision>, Refused>, Denial> {
        let claim = self.engine.store.claim_decision(&caller.owner, &caller.policy, digest);
        Ok(self.engine.store(claim).await?)
    }

    /// [`allow`](Self::allow); where that fails, the handler does not run, and a use that was claimed for it is given
    /// back. What cannot be given back stays used.
    async fn allow_or_give_back(&self, caller: &Caller, decision: Arc<Decision>) -> Result<Permit, Denial> {
        let allowed = self.allow(caller, Arc::clone(&decision));
        if allowed.is_err() && uses_up(caller, &decision) {
            let _ = restore(&self.engine, &caller.owner, decision.id()).await;
        }
        allowed
    }

    /// The one place that makes a permit, out of a decision that the store has granted.
    fn allow(&self, caller: &Caller, decision: Arc<Decision>) -> Result<Permit, Denial> {
        if uses_up(caller, &decision) {
            self.tell(EventKind::DecisionConsumed, caller, &decision)?;
        }
        self.tell(EventKind::GateAllowed, caller, &decision)?;
        Ok(Permit::new(caller.owner.clone(), decision, self.gate()))
    }

    /// Nobody is let in untold where the audit trail is required.
    fn tell(&self, kind: EventKind, caller: &Caller, decision: &Decision) -> Result<(), Denial> {
        let audit = &self.engine.audit;
        if !audit.wants(kind) {
            return Ok(());
        }
        let event = audit.event(kind, &caller.owner).policy(&caller.policy);
        let event = event.intended(decision.intent.as_ref().and_then(|digest| audit.intent(digest)));
        let event = event.decided(audit.decision(decision.id()));
        audit.try_record(&event).map_err(|_| Denial::AuditUnavailable)
    }

    /// Says what to do next.
    async fn challenge(
        &self,
        caller: &Caller,
        reason: Refused,
        intent: Option<(&Intent, IntentDigest)>,
    ) -> Denial {
        let owner = &caller.owner;
        let next = async {
            let consent = self.engine.store(self.engine.store.consent(&owner.step_up_key())).await?;
            let consent = consent.under(&self.engine.consents.texts);
            let intent = match intent {
                Some((intent, digest)) => {
                    Some(self.keep_intent(owner, &caller.policy, intent, digest).await?)
                }
                None => None,
            };
            let redirect = match &caller.target {
                Some(target) => Some(self.keep_return(owner, target.clone()).await?),
                None => None,
            };
            let consent_missing = !consent.is_given(Purpose::Authorization);
            let (policy, alternative) =
                (Arc::clone(&caller.policy), self.engine.settings.alternative.clone());
            Ok(StepUp { policy, reason, intent, consent_missing, redirect, alternative })
        };
        match next.await {
            Ok(step_up) => Denial::StepUpRequired(Box::new(step_up)),
            Err(denial) => denial,
        }
    }

    async fn keep_return(&self, owner: &Principal, target: String) -> Result<ReturnHandle, Denial> {
        let handle = ReturnHandle::random(&*self.engine.entropy).map_err(|_| Denial::StoreUnavailable)?;
        let expires_at = self.engine.now() + self.engine.settings.intent_ttl;
        let kept = ReturnTarget { handle: handle.clone(), target, expires_at, unknown: Unknown::default() };
        self.engine.store(self.engine.store.put_return(owner, kept)).await?;
        Ok(handle)
    }

    /// Keeps an operation of a caller's tenant until it is approved.
    pub(super) async fn register(
        &self,
        owner: &Principal,
        route: Route<'_>,
        intent: &Intent,
    ) -> Result<PendingIntent, Denial> {
        let policy = Arc::clone(self.policy.of(owner.tenant())?);
        let digest = intent.digest(owner.key(), &policy, route);
        self.keep_intent(owner, &policy, intent, digest).await
    }

    async fn keep_intent(
        &self,
        owner: &Principal,
        policy: &Policy,
        intent: &Intent,
        digest: IntentDigest,
    ) -> Result<PendingIntent, Denial> {
        let id = IntentId::random(&*self.engine.entropy).map_err(|_| Denial::StoreUnavailable)?;
        let mut pending = PendingIntent {
            id,
            policy: policy.shared_name(),
            digest,
            display: intent.display().to_vec(),
            expires_at: self.engine.now() + self.engine.settings.intent_ttl,
            unknown: Unknown::default(),
        };
        pending.id = self.engine.store(self.engine.store.put_intent(owner, pending.clone())).await?;
        Ok(pending)
    }

    /// The answer to a denial, with the denial in its extensions for outer layers to read; it goes to the audit trail.
    pub fn refuse<R: From<Bytes>>(&self, denial: Denial, owner: Option<&Principal>) -> Response<R> {
        let request_id = self.engine.request_id();
        // A clock that was set back makes what was fresh look as if it came from the future.
        self.engine.now();
        let kind = if denial.is_failure() { EventKind::GateError } else { EventKind::GateDenied };
        let event = match owner {
            Some(owner) => self.engine.audit.event(kind, owner),
            None => self.engine.audit.anonymous(kind),
        };
        let event = event.policy(denial.policy().unwrap_or(self.policy.shared())).reason(denial.reason());
        self.engine.audit.note(&event.in_request(&request_id));
        let problem = denial.problem(&self.engine.words).request_id(&request_id);
        let render = self.render.as_ref().or(self.engine.render.as_ref());
        let mut response = match (&self.engine.step_up_page, denial.redirect(), render) {
            (Some(page), Some(handle), _) => page.redirect(handle),
            (_, _, Some(render)) => render.render(&denial, problem),
            (_, _, None) => problem.into_response(),
        };
        response.extensions_mut().insert(denial);
        response.map(R::from)
    }
}

fn uses_up(caller: &Caller, decision: &Decision) -> bool {
    caller.policy.is_single_use() || decision.is_single_use()
}

/// What of a refusal is more than a step on somebody's way.
fn remarkable(reason: Refused) -> Option<EventKind> {
    match reason {
        Refused::OtherIntent => Some(EventKind::IntentMismatch),
        Refused::Consumed => Some(EventKind::DecisionReuseAttempt),
        Refused::Stale => Some(EventKind::DecisionExpiredUse),
        Refused::Absent | Refused::Level | Refused::Pending => None,
    }
}

impl fmt::Debug for Guard {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Guard").field("policy", &self.policy).finish_non_exhaustive()
    }
}

/// A CORS preflight asks on behalf of a request that is still to come, and has no body (Fetch standard).
fn is_preflight(head: &impl Facts) -> bool {
    let has = |name: &HeaderName| head.values(name).next().is_some();
    let has_body = has(&TRANSFER_ENCODING) || head.values(&CONTENT_LENGTH).any(|length| length != b"0");
    head.method() == "OPTIONS" && has(&ORIGIN) && has(&ACCESS_CONTROL_REQUEST_METHOD) && !has_body
}

fn is_glance(head: &impl Facts) -> bool {
    let ahead = |name: &HeaderName| {
        let says_so = |value: &[u8]| {
            value.windows(b"prefetch".len()).any(|word| word.eq_ignore_ascii_case(b"prefetch"))
        };
        head.values(name).any(says_so)
    };
    head.method() == "HEAD" || [&SEC_PURPOSE, &PURPOSE, &X_MOZ].into_iter().any(ahead)
}

/// The whole body: what was approved is what the handler will see.
async fn whole<B>(body: B) -> Result<Bytes, Denial>
where
    B: Body<Data = Bytes>,
    B::Error: Into<Box<dyn std::error::Error + Send + Sync>>,
{
    let collected = Limited::new(body, MAX_BODY).collect().await;
    collected.map(http_body_util::Collected::to_bytes).map_err(|error| {
        if error.is::<LengthLimitError>() { Denial::BodyTooLarge } else { Denial::BodyAborted }
    })
}

const MAX_BODY: usize = 64 * 1024;
/// How long a client may take for it.
const LONGEST_READ: Duration = Duration::from_secs(10);

const SEC_PURPOSE: HeaderName = HeaderName::from_static("sec-purpose");
const PURPOSE: HeaderName = HeaderName::from_static("purpose");
const X_MOZ: HeaderName = HeaderName::from_static("x-moz");
