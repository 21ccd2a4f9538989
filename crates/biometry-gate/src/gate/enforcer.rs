//! One policy of one gate, as layers and adapters ask it.

use std::fmt;
use std::sync::{Arc, OnceLock};
use std::time::Duration;

use bytes::Bytes;
use http::header::{ACCESS_CONTROL_REQUEST_METHOD, CACHE_CONTROL, CONTENT_LENGTH, ORIGIN, TRANSFER_ENCODING};
use http::request::Parts;
use http::{HeaderName, HeaderValue, Response};
use http_body::Body;
use http_body_util::{BodyExt as _, LengthLimitError, Limited};

use super::BiometryGate;
use super::ask::ReadIntent;
use super::authorize::Screened;
use super::operation::ApprovedValue;
use super::permit::Permit;
use crate::audit::EventKind;
use crate::denial::{Denial, KeptChallenge, Render};
use crate::engine::{Checked, Gated, PolicyOfTenants};
use crate::intent::{Intent, PendingIntent, Route, has_two_readings};
use crate::policy::Policy;
use crate::principal::Principal;
use crate::request_head::RequestHead;
use crate::request_ids::X_REQUEST_ID;

/// One policy of one gate: what the layers of this crate ask, and what adapters of other frameworks ask alike. Cheap to
/// clone.
///
/// A middleware calls [`screen`](Self::screen) with the request's head; unless that refuses the request or lets it
/// through, it calls one of the checks. It removes the permit that an outer gate has left, puts its own [`Permit`] into
/// the request's extensions, and adds [`NO_STORE`] to the answer unless the handler has set that header. It answers
/// every refusal with what [`refuse`](Self::refuse) renders:
///
/// ```
/// use biometry_gate::gate::{Enforcer, Screening};
/// use bytes::Bytes;
/// use http::{Request, Response};
///
/// /// A gate in front of a handler, without tower.
/// async fn gated(enforcer: &Enforcer, request: Request<()>) -> Response<Bytes> {
///     let (mut head, ()) = request.into_parts();
///     let id = enforcer.request_id(&head);
///     let caller = match enforcer.screen(&head) {
///         Screening::Preflight => return Response::new(Bytes::new()),
///         Screening::Refused(denial) => return enforcer.refuse(denial, None, id),
///         Screening::Caller(caller) => caller,
///     };
///     match enforcer.check(&caller).await {
///         Ok(permit) => permit.attach(&mut head.extensions),
///         Err(denial) => return enforcer.refuse(denial, Some(caller.principal()), id),
///     }
///     Response::new(Bytes::from("the handler's answer"))
/// }
/// # let _ = gated;
/// ```
///
/// The test kit's `gate_contract!` holds an adapter to what every framework has to do alike.
#[derive(Clone)]
pub struct Enforcer(Arc<Inner>);

// One pointer: frameworks clone it for each request.
#[derive(Clone)]
struct Inner {
    gate: BiometryGate,
    policy: PolicyOfTenants,
    render: Option<Arc<dyn Render>>,
    /// For the policy of tenants that have none of their own.
    kept: OnceLock<Option<KeptChallenge>>,
}

/// What the head of a request alone settles.
#[derive(Debug)]
pub enum Screening {
    /// A CORS preflight: it goes on to the inner service without a permit, because it asks on behalf of a request to
    /// come.
    Preflight,
    /// A logged-in caller, for whom the store has to find a decision.
    Caller(Screened),
    /// The request goes no further: answer with [`Enforcer::refuse`].
    Refused(Denial),
}

/// The header of gated answers: no cache may store what only a verified person may see.
pub const NO_STORE: (HeaderName, HeaderValue) = (CACHE_CONTROL, HeaderValue::from_static("no-store"));

impl Enforcer {
    pub(super) fn new(gate: BiometryGate, policy: PolicyOfTenants) -> Self {
        Self(Arc::new(Inner { gate, policy, render: None, kept: OnceLock::new() }))
    }

    /// The policy; where tenants have policies of their own, the default tenant's.
    pub fn policy(&self) -> &Policy {
        self.0.policy.shared()
    }

    /// Renders denials of this enforcer in another way than the gate does elsewhere.
    #[must_use]
    pub fn render(mut self, render: impl Render) -> Self {
        Arc::make_mut(&mut self.0).render = Some(Arc::new(render));
        self
    }

    /// The gate whose policy it is.
    pub fn gate(&self) -> BiometryGate {
        self.0.gate.clone()
    }

    /// Screens a request by its head: whether it passes as a preflight, who is calling, and whether they may call at all.
    pub fn screen(&self, head: &impl RequestHead) -> Screening {
        if is_preflight(head) {
            return Screening::Preflight;
        }
        match self.0.gate.caller(head, |tenant| Ok(self.0.policy.of(tenant)?)) {
            Ok(caller) => Screening::Caller(caller),
            Err(denial) => Screening::Refused(denial),
        }
    }

    /// The whole check, where the store can answer without waiting and lets the request in. For policies that are not
    /// made for operations.
    ///
    /// # Errors
    /// Returns the caller unchanged when the store would have to wait or refuses: then call [`check`](Self::check).
    pub fn check_at_once(&self, caller: Screened) -> Result<Permit, Screened> {
        self.0.gate.check_at_once(caller)
    }

    /// Reads the store, and refuses unless a decision satisfies the policy. For policies that are not bound to an
    /// intent.
    ///
    /// # Errors
    /// Why the request is refused.
    pub async fn check(&self, caller: &Screened) -> Result<Permit, Denial> {
        self.0.gate.authorize(caller, None).await
    }

    /// Reads the operation from the request, and refuses unless a decision for exactly that, given for this route with
    /// this path and query, satisfies the policy. Answers what the handler gets: the approved value where the reader
    /// makes one, or the body as it came.
    ///
    /// # Errors
    /// Why the request is refused. Besides what [`check`](Self::check) refuses, that is a body above 64 KiB, one that
    /// takes more than 10 s, one that says that it is JSON and is not one value of it with each member named once, an
    /// operation that [cannot be shown](Intent::line) or [spoken](Intent::spoken_line), a request whose route the router does not know (`None`), and one
    /// that asks for no path.
    pub async fn check_intent<B>(
        &self,
        caller: &Screened,
        read: &dyn ReadIntent,
        route: Option<Route<'_>>,
        head: &Parts,
        body: B,
    ) -> Result<(Permit, Option<ApprovedValue>, Bytes), Denial>
    where
        B: Body<Data = Bytes>,
        B::Error: Into<Box<dyn std::error::Error + Send + Sync>>,
    {
        let route = route.ok_or(Denial::Misconfigured { mistake: UNKNOWN_ROUTE })?;
        if route.target().is_empty() {
            return Err(Denial::IntentUnreadable);
        }
        let body =
            tokio::time::timeout(LONGEST_READ, whole(body)).await.map_err(|_| Denial::BodyTooSlow)??;
        if has_two_readings(&head.headers, &body) {
            return Err(Denial::IntentUnreadable);
        }
        let reading = read.read(head, &body)?;
        reading.intent().check_display().map_err(|_| Denial::IntentUnreadable)?;
        let digest = reading.intent().digest(caller.principal().key(), caller.policy(), route)?;
        let permit = self.0.gate.authorize(caller, Some((reading.intent(), digest))).await?;
        let approved = reading.into_value().map(|value| ApprovedValue::new(value, permit.clone()));
        // A second reading of the body could find something else than the value that was approved.
        let body = if approved.is_some() { Bytes::new() } else { body };
        Ok((permit, approved, body))
    }

    /// Keeps an operation of a caller's tenant until it is approved.
    pub(super) async fn register(
        &self,
        principal: &Principal,
        route: Route<'_>,
        intent: &Intent,
    ) -> Result<PendingIntent, Denial> {
        let policy = self.0.policy.of(principal.tenant())?;
        if let Some(mistake) = self.mistake_in(policy, route) {
            return Err(Denial::Misconfigured { mistake });
        }
        intent.check_display().map_err(|_| Denial::IntentUnreadable)?;
        let digest = intent.digest(principal.key(), policy, route)?;
        self.0.gate.keep_intent(principal, policy, intent, digest).await
    }

    /// Why no request could ever run what is registered, if so.
    fn mistake_in(&self, policy: &Policy, route: Route<'_>) -> Option<&'static str> {
        if !policy.is_bound_to_intent() {
            return Some("the policy opens routes for a while: make it with `Policy::for_operation`");
        }
        if !route.has_plausible_method() {
            return Some("the route has no such method: write `POST`, in capitals");
        }
        match self.0.gate.0.gated_routes.find(policy.name(), route.template()) {
            Gated::Nowhere => {
                Some("no gate of the policy stands at this route: make its layer with `require_for` first")
            }
            Gated::ByRouter if !route.is_consistent() => Some(
                "the path is none of this route: spell the template as the router has it, and say with `Route::at` which \
                 path the client asks for",
            ),
            Gated::ByRouter | Gated::ByName => None,
        }
    }

    /// The id that the host has given a request, where the gate [trusts it](super::Builder::trust_request_ids).
    pub fn request_id(&self, head: &impl RequestHead) -> Option<String> {
        self.0.gate.0.hosts_request_id(head)
    }

    /// The answer to a denial, with the denial in its extensions for outer layers to read. The denial goes to the audit
    /// trail. Where [`request_id`](Self::request_id) has found no id for the request, the gate makes one.
    ///
    /// It is the problem, or what the [renderer](Render) makes of it, or a 303 to the step-up page for a browser's
    /// navigation.
    pub fn refuse<R: From<Bytes>>(
        &self,
        denial: Denial,
        principal: Option<&Principal>,
        request_id: Option<String>,
    ) -> Response<R> {
        let engine = &self.0.gate.0;
        let request_id = request_id.unwrap_or_else(|| engine.request_id());
        // A clock that was set back makes what was fresh look as if it came from the future.
        engine.now();
        let policy = denial.policy().unwrap_or(self.policy());
        engine.meters.check(policy, Checked::of(&denial));
        self.note(&denial, policy, principal, &request_id);
        let problem = denial.problem_with(&engine.challenge_params, self.kept(&denial));
        engine.meters.refusal(problem.code());
        let render = self.0.render.as_ref().or(engine.render.as_ref());
        let mut response = match (&engine.step_up_page, denial.redirect(), render) {
            (Some(page), Some(handle), _) => named(page.redirect(handle, denial.policy()), &request_id),
            (_, _, Some(render)) => render.render(&denial, problem.in_request(request_id)),
            (_, _, None) => problem.in_request(request_id).into_response(),
        };
        response.extensions_mut().insert(denial);
        response.map(R::from)
    }

    fn note(&self, denial: &Denial, policy: &Policy, principal: Option<&Principal>, request_id: &str) {
        let audit = &self.0.gate.0.audit;
        let kind = if denial.is_failure() { EventKind::GateError } else { EventKind::GateDenied };
        if !audit.wants(kind) {
            return;
        }
        let event = match principal {
            Some(principal) => audit.event(kind, principal),
            None => audit.anonymous(kind),
        };
        audit.note(&event.policy(policy).reason(denial.reason()).in_request(request_id));
    }

    /// What is written once for all refusals of this denial's policy.
    fn kept(&self, denial: &Denial) -> Option<&KeptChallenge> {
        let shared = self.policy();
        if !denial.policy().is_some_and(|policy| std::ptr::eq(policy, shared)) {
            return None;
        }
        let engine = &self.0.gate.0;
        let write =
            || KeptChallenge::write(shared, engine.settings.alternative.as_deref(), &engine.challenge_params);
        self.0.kept.get_or_init(write).as_ref()
    }
}

impl fmt::Debug for Enforcer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Enforcer").field("policy", &self.0.policy).finish_non_exhaustive()
    }
}

fn named<B>(mut response: Response<B>, request_id: &str) -> Response<B> {
    if let Ok(id) = HeaderValue::try_from(request_id) {
        response.headers_mut().insert(X_REQUEST_ID, id);
    }
    response
}

/// A CORS preflight asks on behalf of a request that is still to come, and has no body (Fetch standard).
fn is_preflight(head: &impl RequestHead) -> bool {
    head.method() == "OPTIONS"
        && head.has(&ORIGIN)
        && head.has(&ACCESS_CONTROL_REQUEST_METHOD)
        && !head.has(&TRANSFER_ENCODING)
        && head.values(&CONTENT_LENGTH).all(|length| length == b"0")
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

const UNKNOWN_ROUTE: &str = "the router does not know the route of this request: put the gate on the route, or give the \
                             gate the route's name";
const MAX_BODY: usize = 64 * 1024;
/// How long a client may take for it.
const LONGEST_READ: Duration = Duration::from_secs(10);
