//! The gate, built once and asked everywhere, and the read path: from a request to a [`Permit`] or a [`Denial`].
//!
//! A host builds one [`BiometryGate`] at start-up, over a client of the platform and its own way to tell who is
//! calling:
//!
//! ```
//! use biometry_gate::policy::{Policy, Threshold};
//! use biometry_gate::principal::FromExtensions;
//! use biometry_gate::BiometryGate;
//! # fn build(client: biometry_client::Client) -> Result<(), Box<dyn std::error::Error>> {
//! let gate = BiometryGate::builder(client, FromExtensions)
//!     .policy(Policy::for_session("statement", Threshold::percent(70.0)?))
//!     .build()?;
//! // A tower layer for the routes that show statements.
//! let layer = gate.require("statement")?;
//! # Ok(()) }
//! ```
//!
//! # Which layer
//!
//! | the route | the layer | the handler gets |
//! |---|---|---|
//! | shows something, or belongs to an area | [`require`](BiometryGate::require) | a [`Permit`] |
//! | runs an operation that comes as JSON | [`require_for_json`](BiometryGate::require_for_json) | a permit, and the value that was approved |
//! | runs one that comes as a form | [`require_for_form`](BiometryGate::require_for_form) | the same |
//! | runs one that the host reads in its own way | [`require_for_value`](BiometryGate::require_for_value) | the same |
//! | reads the approved request a second time | [`require_for`](BiometryGate::require_for) | a permit, and the request as it came |
//!
//! Without a layer, a handler calls [`BiometryGate::check`]. Adapters of frameworks that are not built on tower ask an
//! [`Enforcer`].
//!
//! # What a request meets
//!
//! A CORS preflight passes. Any other request is refused if another site sent it, if the host does not know the caller,
//! or if the store has no decision that satisfies the policy; a single use is used up in the same step. A request that
//! passes carries its [`Permit`] in the extensions, and no header of it says who the caller is. Everything that is
//! unknown, late or unreadable is a refusal, and the handler does not run.
//!
//! A permit may outlive its proof in a stream: [`BiometryGate::until_expired`] and [`ExpiringBody`] end one with the
//! other.

mod admin;
mod any_body;
mod ask;
mod authorize;
mod callers;
mod consents;
mod enforcer;
mod expiry;
mod future;
mod grpc;
mod handover;
mod layer;
mod navigation;
mod operation;
mod path_params;
mod permit;
mod readers;
#[cfg(feature = "receipts")]
mod receipt;
mod restore;
mod service;
#[cfg(test)]
mod start_up_tests;
#[cfg(test)]
mod tests;

#[cfg(fuzzing)]
pub(crate) mod fuzzing {
    /// Where a browser would be sent back to.
    pub fn return_target(head: &http::request::Parts) -> Option<String> {
        super::navigation::navigation_target(head)
    }
}

use std::sync::Arc;
use std::time::Duration;

pub use self::admin::Admin;
pub use self::any_body::{AnyBody, AnyBodyFuture, AnyBodyLayer, AnyBodyService};
pub use self::ask::{Ask, FindRoute, ForOperation, ForPolicy, IntentError, PolicyCheck, ReadIntent};
pub(crate) use self::authorize::AROUND_MOUNT;
pub use self::authorize::Screened;
pub use self::enforcer::{Enforcer, NO_STORE, Screening};
pub use self::expiry::{ExpiringBody, Expiry, ProofExpired};
pub use self::future::ResponseFuture;
pub use self::grpc::GrpcStatus;
pub use self::layer::BiometryGateLayer;
pub use self::operation::{ApprovedValue, Operation, Reading};
pub use self::path_params::PathParams;
pub use self::permit::Permit;
#[cfg(feature = "forms")]
pub use self::readers::form;
pub use self::readers::{json, value};
pub use self::restore::{RestoreLayer, RestoreService};
pub use self::service::BiometryGateService;
pub use crate::denial::{Denial, Render, StepUp};
pub use crate::engine::{
    Auditing, BiometryGate, Builder, ConfigError, ConsentRules, Lint, LintKind, Login, NotReady, Platform,
    Project, Refusing,
};
pub use crate::record::Refused;
pub use crate::request_head::{RequestHead, RequestTarget};

use crate::audit::{RequestScope, on_behalf_of};
use crate::challenge::Problem;
use crate::cross_site::CrossSite;
use crate::engine::Checked;
use crate::id::IntentId;
use crate::intent::{Intent, Route};
use crate::policy::Policy;
use crate::principal::Principal;
use crate::store::StoreError;

impl BiometryGate {
    /// The gate that a request has come through, or that the host has put into its extensions; `None` where there is
    /// neither. For extractors and handlers that ask the gate something further.
    pub fn of(extensions: &http::Extensions) -> Option<Self> {
        Permit::of(extensions)
            .map(|permit| permit.gate().clone())
            .or_else(|| extensions.get::<Self>().cloned())
    }

    /// A layer that lets a request through only with a decision that satisfies `policy`.
    ///
    /// The answers behind it get `Cache-Control: no-store` unless the handler sets that header. Put session layers and
    /// CORS outside of it.
    ///
    /// ```
    /// # fn layers(gate: &biometry_gate::BiometryGate) -> Result<(), Box<dyn std::error::Error>> {
    /// use tower::ServiceBuilder;
    ///
    /// let statements = ServiceBuilder::new()
    ///     .layer(gate.require("statement")?)
    ///     .service_fn(async |request: http::Request<()>| {
    ///         let permit = biometry_gate::Permit::of(request.extensions()).expect("behind a gate");
    ///         let text = format!("verified at {:?}", permit.auth_time());
    ///         Ok::<_, std::convert::Infallible>(http::Response::new(bytes::Bytes::from(text)))
    ///     });
    /// # let _ = statements; Ok(()) }
    /// # let _ = layers;
    /// ```
    ///
    /// # Errors
    /// When there is no such policy, or it [approves operations](Policy::for_operation): see
    /// [`require_for_json`](Self::require_for_json).
    pub fn require(&self, policy: &str) -> Result<BiometryGateLayer, ConfigError> {
        Ok(BiometryGateLayer::new(self.enforcer(policy)?, ForPolicy))
    }

    /// A layer that lets a request through only with a decision for exactly the operation in it, for handlers that read
    /// the request themselves. Where the operation is a type of its own, prefer
    /// [`require_for_json`](Self::require_for_json) and its kin: there the handler gets the very value that was
    /// approved.
    ///
    /// The approval is for the request's method, the route that `route` finds (`"/transfer"`, or an adapter's way to
    /// ask the router), the path and query byte for byte as the client sent them, and what `read` makes of the body:
    /// [lines](Intent::line), and values that are [bound](Intent::bind) unseen. A member of the body that `read` does
    /// not look at may differ, unless it binds the [whole body](Intent::whole_body). It is spent when the gate lets the
    /// request in: what refuses behind the gate wastes it, unless [`restore_on`](Self::restore_on) gives it back.
    ///
    /// The gate reads the request's body for that, 64 KiB and 10 s at most, and hands it on unchanged. It refuses JSON
    /// that names a member twice before `read` sees it: one parser keeps the first of them, another one the last.
    ///
    /// ```
    /// use biometry_gate::gate::IntentError;
    /// use biometry_gate::Intent;
    /// # fn layer(gate: &biometry_gate::BiometryGate) -> Result<(), biometry_gate::ConfigError> {
    /// let close = gate.require_for("close", "/account/close", |_: &http::request::Parts, body: &bytes::Bytes| {
    ///     let why = std::str::from_utf8(body).map_err(|_| IntentError)?;
    ///     Ok(Intent::new("close account").line("Reason", why))
    /// })?;
    /// # let _ = close; Ok(()) }
    /// # let _ = layer;
    /// ```
    ///
    /// # Errors
    /// When there is no such policy, or it does not [approve operations](Policy::for_operation).
    pub fn require_for(
        &self,
        policy: &str,
        route: impl FindRoute,
        read: impl ReadIntent,
    ) -> Result<BiometryGateLayer<ForOperation>, ConfigError> {
        let enforcer = self.enforcer_of_operations(policy)?;
        self.check_place(route.name())?;
        self.0.gated_routes.add(policy, route.name());
        Ok(BiometryGateLayer::new(enforcer, ForOperation::new(route, read)))
    }

    /// What a layer of [`require`](Self::require) asks, for adapters of frameworks that are not built on tower.
    ///
    /// # Errors
    /// As [`require`](Self::require).
    pub fn enforcer(&self, policy: &str) -> Result<Enforcer, ConfigError> {
        let enforcer = self.any_enforcer(policy)?;
        if enforcer.policy().is_bound_to_intent() {
            return Err(ConfigError::new(format!(
                "the policy {policy} approves operations: use `require_for_json`, or another `require_for`, to say how to read \
                 one from the request, or make the policy with `Policy::for_session`",
            )));
        }
        Ok(enforcer)
    }

    /// What a layer of [`require_for`](Self::require_for) asks, for adapters of frameworks that are not built on tower.
    ///
    /// # Errors
    /// As [`require_for`](Self::require_for).
    pub fn operation_enforcer(&self, policy: &str) -> Result<Enforcer, ConfigError> {
        let enforcer = self.enforcer_of_operations(policy)?;
        self.0.gated_routes.add(policy, None);
        Ok(enforcer)
    }

    fn enforcer_of_operations(&self, policy: &str) -> Result<Enforcer, ConfigError> {
        let enforcer = self.any_enforcer(policy)?;
        if !enforcer.policy().is_bound_to_intent() {
            return Err(ConfigError::new(format!(
                "the policy {policy} opens routes for a while: make it with `Policy::for_operation` for approvals of one \
                 operation each, or use `require`",
            )));
        }
        Ok(enforcer)
    }

    /// Checks a request's head against a policy without any layer, and uses a single-use decision up.
    ///
    /// It is for handlers that know only inside whether they need a step-up. Of `policy` the name counts: what the gate
    /// holds the decision against is its own policy of that name, or the one of the caller's tenant.
    ///
    /// ```
    /// use biometry_gate::{BiometryGate, Permit, Policy};
    /// use biometry_gate::challenge::Problem;
    ///
    /// # async fn export(gate: &BiometryGate, large: &Policy, head: &http::request::Parts, rows: u64)
    /// #     -> Result<Option<Permit>, Problem> {
    /// if rows < 1_000 {
    ///     return Ok(None);
    /// }
    /// let permit = gate.check(large, head).await.map_err(|denial| gate.refuse(denial))?;
    /// # Ok(Some(permit)) }
    /// # let _ = export;
    /// ```
    ///
    /// # Errors
    /// Why the request is refused; [`refuse`](Self::refuse) makes an answer of it.
    pub async fn check(&self, policy: &Policy, head: &impl RequestHead) -> Result<Permit, Denial> {
        let checked = self.check_head(policy, head).await;
        if let Err(denial) = &checked {
            self.0.meters.check(policy, Checked::of(denial));
        }
        checked
    }

    async fn check_head(&self, policy: &Policy, head: &impl RequestHead) -> Result<Permit, Denial> {
        let caller = self.caller(head, |tenant| {
            self.0
                .projects
                .of(tenant)?
                .namesake(policy)
                .ok_or(Denial::Misconfigured { mistake: UNKNOWN_POLICY })
        })?;
        match self.check_at_once(caller) {
            Ok(permit) => Ok(permit),
            // Apart, so that handlers that are let in at once do not carry it with them.
            Err(caller) => Box::pin(async move { self.authorize(&caller, None).await }).await,
        }
    }

    /// Registers an operation for approval before its route is called, and answers the id that `start` takes. For hosts
    /// whose page asks for the approval first and sends the operation afterwards; the operation waits as long as one
    /// that a gate has refused.
    ///
    /// The approval opens this route at this path and query alone: `Route::new("POST",
    /// "/accounts/{id}/payout").at("/accounts/7/payout")`, spelled as the router has it.
    ///
    /// # Errors
    /// When the store cannot keep it, or no request could ever run it: there is no such policy, the policy is not bound
    /// to an intent, no gate for operations of that policy has been made, or none with this name, or the path is not
    /// one of the template. Whether a router that the gate asks has the template is not checked.
    pub async fn register_intent(
        &self,
        principal: &Principal,
        policy: &str,
        route: Route<'_>,
        intent: &Intent,
    ) -> Result<IntentId, Denial> {
        let unknown = |_| Denial::Misconfigured { mistake: UNKNOWN_POLICY };
        let enforcer = self.any_enforcer(policy).map_err(unknown)?;
        Ok(enforcer.register(principal, route, intent).await?.id)
    }

    /// A denial as the problem that the gate itself would answer with, with an id for the audit trail. The host's
    /// [renderer](Render) is not asked.
    pub fn refuse(&self, denial: Denial) -> Problem {
        self.refused(&denial).request_id(&self.0.request_id())
    }

    /// [`refuse`](Self::refuse) for a request that is at hand: the problem then has the id that the host has given it, where
    /// the gate [trusts it](Builder::trust_request_ids).
    pub fn refuse_request(&self, head: &impl RequestHead, denial: Denial) -> Problem {
        let problem = self.refused(&denial);
        self.name_request(head, problem)
    }

    fn refused(&self, denial: &Denial) -> Problem {
        let problem = denial.problem(&self.0.challenge_params);
        self.0.meters.refusal(problem.code());
        problem
    }

    /// A problem with an id: the one that the host has given the request, where the gate
    /// [trusts it](Builder::trust_request_ids), or one of the gate's own. A problem that has an id keeps it.
    pub fn name_request(&self, head: &impl RequestHead, problem: Problem) -> Problem {
        let problem = match self.0.hosts_request_id(head) {
            Some(id) => problem.request_id(&id),
            None => problem,
        };
        problem.request_id(&self.0.request_id())
    }

    /// The rule by which this gate refuses requests of other sites, for a host's own routes that change something, so
    /// that one rule holds for all.
    pub fn cross_site(&self) -> &CrossSite {
        &self.0.cross_site
    }

    /// A layer, to be put inside a gate, that gives a single-use decision back on responses of which `when` says that
    /// nothing was done. Only for handlers of which that is certain: by default a decision is spent whatever happens.
    ///
    /// ```
    /// # fn layer(gate: &biometry_gate::BiometryGate) {
    /// // The handler answers 409 before it touches any account.
    /// let nothing_done = gate.restore_on(|head| head.status == http::StatusCode::CONFLICT);
    /// # let _ = nothing_done; }
    /// # let _ = layer;
    /// ```
    ///
    /// A decision that the store cannot give back stays used, and the caller verifies once more.
    pub fn restore_on(
        &self,
        when: impl Fn(&http::response::Parts) -> bool + Send + Sync + 'static,
    ) -> RestoreLayer {
        RestoreLayer::new(self.clone(), when)
    }

    /// Gives the use back with which the permit's request was let in, while the decision's time is not over. A second call
    /// does nothing, even where the decision was used again meanwhile. [`restore_on`](Self::restore_on) does it by the response.
    ///
    /// # Errors
    /// When the store cannot do it: the decision stays used.
    pub async fn restore(&self, permit: &Permit) -> Result<(), StoreError> {
        let restore = Box::pin(self.0.restore(permit.principal(), permit.decision()));
        let request = permit.request_id().map(|id| RequestScope { id: Arc::clone(id), trace: None });
        on_behalf_of(request, restore).await
    }

    /// Resolves when the permit's proof is over: in time, and within 5 seconds of a revocation. For WebSockets and
    /// other streams that outlive their request; [`ExpiringBody`] ends a body with it.
    ///
    /// ```
    /// # async fn socket(gate: biometry_gate::BiometryGate, permit: biometry_gate::Permit) {
    /// # async fn serve() {}
    /// let over = gate.until_expired(&permit);
    /// tokio::select! {
    ///     () = serve() => {}
    ///     () = over => { /* close the socket */ }
    /// }
    /// # }
    /// # let _ = socket;
    /// ```
    pub fn until_expired(&self, permit: &Permit) -> Expiry {
        Expiry::of(Arc::clone(&self.0), permit)
    }

    /// The settings that are allowed and weaken the gate; empty by default.
    pub fn lints(&self) -> &[Lint] {
        &self.0.lints
    }

    /// Whether this instance can serve: the store takes what has to be kept, and the platform takes the API key. For a
    /// readiness probe.
    ///
    /// It is cheap. The gate asks the store once a second at most, for as long as a store may take, and the platform
    /// about its keys every 30 seconds, for two seconds at most. A platform that cannot be reached makes no instance
    /// unready: decisions that exist are good without it, and no other instance would do better.
    ///
    /// # Errors
    /// What is not usable. [`NotReady`] converts to a [`Problem`] with 503.
    pub async fn ready(&self) -> Result<(), NotReady> {
        self.0.readiness.look(&self.0).await
    }

    /// Waits until verifications that outlived their requests are settled, and the platform has been informed of what
    /// is over, for `limit` at most. Call it after the server has stopped accepting requests. `true` where all of it is
    /// done.
    pub async fn drain(&self, limit: Duration) -> bool {
        let done = async {
            let settled = self.0.tasks.idle(limit).await;
            self.0.sweep_all().await;
            settled
        };
        tokio::time::timeout(limit, done).await.unwrap_or(false)
    }

    /// A gate with a name below the mount would ask for a step-up where one starts.
    fn check_place(&self, name: Option<&str>) -> Result<(), ConfigError> {
        let Some((name, mount)) = name.zip(self.0.challenge_params.mount()) else { return Ok(()) };
        match name.strip_prefix(mount) {
            Some(rest) if rest.is_empty() || rest.starts_with('/') => Err(ConfigError::new(format!(
                "the gate of {name} would stand around the routes that are mounted at {mount}, so that a step-up would \
                 take a step-up: mount the routes outside of gates",
            ))),
            Some(_) | None => Ok(()),
        }
    }

    fn any_enforcer(&self, policy: &str) -> Result<Enforcer, ConfigError> {
        Ok(Enforcer::new(self.clone(), self.0.projects.policy(policy)?))
    }
}

const UNKNOWN_POLICY: &str = "there is no policy of that name: add it to the gate with `policy`";
