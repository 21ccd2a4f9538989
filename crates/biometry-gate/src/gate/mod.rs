//! The read path: facts, store, policy; a [`Permit`] or a [`Denial`].
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

mod admin;
mod any_body;
mod ask;
mod authorize;
mod consents;
mod enforcer;
mod expiry;
mod future;
mod grpc;
mod layer;
mod navigation;
mod operation;
mod path_params;
mod permit;
mod readers;
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
pub use crate::ledger::Refused;
pub use crate::request_head::{RequestHead, RequestTarget};

use crate::audit::EventKind;
use crate::challenge::Problem;
use crate::cross_site::CrossSite;
use crate::id::{IntentId, ReturnHandle};
use crate::intent::{Intent, Route};
use crate::policy::Policy;
use crate::principal::Principal;
use crate::session::SessionView;
use crate::store::StoreError;
use crate::store::operations::Revocation;

impl BiometryGate {
    /// The gate that a request has come through, or that the host has put into its extensions.
    pub fn of(extensions: &http::Extensions) -> Option<Self> {
        Permit::of(extensions)
            .map(|permit| permit.gate().clone())
            .or_else(|| extensions.get::<Self>().cloned())
    }

    /// A layer that lets a request through only with a decision that satisfies `policy`.
    ///
    /// # Errors
    /// When there is no such policy, or it [approves operations](Policy::for_operation): see
    /// [`require_for`](Self::require_for).
    pub fn require(&self, policy: &str) -> Result<BiometryGateLayer, ConfigError> {
        Ok(BiometryGateLayer::new(self.enforcer(policy)?, ForPolicy))
    }

    /// A layer that lets a request through only with a decision for exactly the operation in it. The approval is for the
    /// request's method, the route that `route` finds (`"/transfer"`, or an adapter's way to ask the router), the path and
    /// query byte for byte as the client sent them, and what `read` makes of the body: [lines](Intent::line), and values
    /// that are [bound](Intent::bind) unseen. A member of the body that `read` does not look at may differ, unless it binds
    /// the [whole body](Intent::whole_body).
    ///
    /// The request's body is read for that, 64 KiB at most, and handed on unchanged. JSON that names a member twice is
    /// refused before `read` sees it: one parser keeps the first of them, another one the last.
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
    /// # Errors
    /// Why the request is refused.
    pub async fn check(&self, policy: &Policy, head: &impl RequestHead) -> Result<Permit, Denial> {
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

    /// Registers an operation for approval before its route is called, and answers the id that `start` takes. The
    /// approval opens this route at this path and query alone:
    /// `Route::new("POST", "/accounts/{id}/payout").at("/accounts/7/payout")`, spelled as the router has it.
    ///
    /// # Errors
    /// When the store cannot keep it, or no request could ever run it: there is no such policy, the policy is not bound to
    /// an intent, no gate for operations of that policy has been made, or none with this name, or the path is not one of
    /// the template. Whether a router that the gate asks has the template is not checked.
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

    /// A denial as the problem that the gate itself would answer with.
    pub fn refuse(&self, denial: Denial) -> Problem {
        denial.problem(&self.0.challenge_params).request_id(&self.0.request_id())
    }

    /// The caller that the host's resolver names; `None` when they are not logged in.
    ///
    /// # Errors
    /// [`Denial::IdentityUnavailable`] when the resolver cannot answer.
    pub fn principal(&self, head: &impl RequestHead) -> Result<Option<Principal>, Denial> {
        self.0.identify(head).map_err(|_| Denial::IdentityUnavailable)
    }

    /// The caller that the host's resolver names, for handlers and extractors that need one.
    ///
    /// # Errors
    /// [`Denial::AuthenticationRequired`] when they are not logged in; [`Denial::IdentityUnavailable`] when the resolver
    /// cannot answer.
    pub fn logged_in(&self, head: &impl RequestHead) -> Result<Principal, Denial> {
        self.principal(head)?.ok_or(Denial::AuthenticationRequired)
    }

    /// The caller's newest session.
    ///
    /// # Errors
    /// When the store cannot answer.
    pub async fn session_of(&self, principal: &Principal) -> Result<Option<SessionView>, StoreError> {
        self.0.store(self.0.store.session(principal, None, &self.0.settings.limits)).await
    }

    /// Which sites' requests are refused: for a host's own routes that change something, so that one rule holds for all.
    pub fn cross_site(&self) -> &CrossSite {
        &self.0.cross_site
    }

    /// Voids what the caller's host session holds, and passes on their way to it. Call it on logout.
    ///
    /// # Errors
    /// When the store cannot do it: the logout should then fail, too.
    pub async fn log_out(&self, principal: &Principal) -> Result<(), StoreError> {
        self.0.audit.note(&self.0.audit.event(EventKind::Revoked, principal).reason("logout"));
        self.0.store(self.0.store.revoke(Revocation::HostSession(principal))).await?;
        self.0.flush_soon(principal.key());
        Ok(())
    }

    /// Moves what one host session holds to the session that replaces it. Call it when the host rotates the key of a
    /// session that goes on.
    ///
    /// # Errors
    /// When the store cannot do it.
    pub async fn rotate_session(&self, from: &Principal, to: &Principal) -> Result<(), StoreError> {
        if from.key() != to.key() {
            return self.log_out(from).await;
        }
        self.0.store(self.0.store.rotate(from, to)).await?;
        self.0.flush_soon(from.key());
        Ok(())
    }

    /// A layer, to be put inside a gate, that gives a single-use decision back on responses of which `when` says that
    /// nothing was done. Only for handlers of which that is certain: by default a decision is spent whatever happens.
    pub fn restore_on(
        &self,
        when: impl Fn(&http::response::Parts) -> bool + Send + Sync + 'static,
    ) -> RestoreLayer {
        RestoreLayer::new(self.clone(), when)
    }

    /// Gives a used decision back, while its time is not over.
    ///
    /// # Errors
    /// When the store cannot do it: the decision stays used.
    pub async fn restore(&self, permit: &Permit) -> Result<(), StoreError> {
        self.0.restore(permit.principal(), permit.decision().id()).await
    }

    /// Resolves when the permit's proof is over: in time, and within 5 seconds of a revocation. For WebSockets and
    /// other streams that outlive their request; [`ExpiringBody`] ends a body with it.
    pub fn until_expired(&self, permit: &Permit) -> Expiry {
        Expiry::of(Arc::clone(&self.0), permit)
    }

    /// What of the configuration is allowed and weakens the gate.
    pub fn lints(&self) -> &[Lint] {
        &self.0.lints
    }

    /// Whether this instance can serve: the store takes what has to be kept, and the platform takes the API key. For the
    /// readiness probe of whatever decides where requests go.
    ///
    /// Cheap: the store is asked once a second at the most, for as long as a store may take, and the platform about its keys
    /// every 30 seconds, for two seconds at the most. A platform that cannot be reached makes no instance unready, since
    /// decisions that exist are good without it, and no other instance would do better.
    ///
    /// # Errors
    /// What is not usable.
    pub async fn ready(&self) -> Result<(), NotReady> {
        self.0.readiness.look(&self.0).await
    }

    /// Takes the page that a browser was on its way to out of the store: a return handle works once, for its principal.
    ///
    /// # Errors
    /// When the store cannot answer.
    pub async fn take_return(
        &self,
        principal: &Principal,
        handle: &ReturnHandle,
    ) -> Result<Option<String>, StoreError> {
        self.0.store(self.0.store.take_return(principal, handle)).await
    }

    /// Waits until verifications that outlived their requests are settled, and the platform has been told what is over,
    /// for `limit` at most. Call it after the server has stopped accepting requests. Answers whether all of it is done.
    pub async fn drain(&self, limit: Duration) -> bool {
        let done = async {
            let settled = self.0.tasks.idle(limit).await;
            self.0.sweep_all().await;
            settled
        };
        tokio::time::timeout(limit, done).await.unwrap_or(false)
    }

    fn any_enforcer(&self, policy: &str) -> Result<Enforcer, ConfigError> {
        Ok(Enforcer::new(self.clone(), self.0.projects.policy(policy)?))
    }
}

const UNKNOWN_POLICY: &str = "there is no policy of that name: add it to the gate with `policy`";
