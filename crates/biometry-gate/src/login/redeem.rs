//! The end of a sign-in: the host takes a pass over, once.

use std::sync::Arc;

use super::caller;
use crate::audit::EventKind;
use crate::denial::{Denial, StepUp};
use crate::engine::{BiometryGate, Engine, LoginMode};
use crate::ledger::Refused;
use crate::principal::{Subject, Tenant};
use crate::request_head::RequestHead;

impl BiometryGate {
    /// Hands a passed sign-in by face to the host, once: the request has to carry the cookie of the browser that
    /// made it.
    ///
    /// # Errors
    /// When there is none, it was handed out before, or the store cannot answer.
    pub async fn redeem_login(&self, head: &impl RequestHead) -> Result<Subject, Denial> {
        redeem(&self.0, &self.0.login_tenant, head).await
    }

    /// [`redeem_login`](Self::redeem_login) for a host with several tenants: what was passed for another tenant than
    /// this one is not handed out.
    ///
    /// # Errors
    /// As [`redeem_login`](Self::redeem_login).
    pub async fn redeem_login_of(&self, tenant: &Tenant, head: &impl RequestHead) -> Result<Subject, Denial> {
        redeem(&self.0, tenant, head).await
    }
}

async fn redeem(engine: &Engine, tenant: &Tenant, head: &impl RequestHead) -> Result<Subject, Denial> {
    engine.cross_site.check(head).map_err(|_| Denial::CrossSite)?;
    let mode = engine
        .projects
        .of(tenant)?
        .login
        .as_ref()
        .ok_or(Denial::Misconfigured { mistake: "signing in by face is not set up for this tenant" })?;
    let principal = caller(engine, head).filter(|principal| principal.tenant() == tenant);
    let principal = principal.ok_or(Denial::AuthenticationRequired)?;
    let claim = engine.store.claim_decision(&principal, mode.policy(), None);
    let decision = engine.store(claim).await?.map_err(|reason| step_up(mode, reason))?;
    let event = engine.audit.event(EventKind::LoginRedeemed, &principal).policy(mode.policy());
    if engine.audit.try_record(&event.decided(engine.audit.decision(decision.id()))).is_err() {
        // It has logged no one in. What cannot be given back stays used.
        let _ = engine.restore(&principal, decision.id()).await;
        return Err(Denial::AuditUnavailable);
    }
    Ok(principal.subject().clone())
}

fn step_up(mode: &LoginMode, reason: Refused) -> Denial {
    Denial::StepUpRequired(Box::new(StepUp {
        policy: Arc::clone(mode.policy()),
        reason,
        intent: None,
        consent_missing: false,
        redirect: None,
        alternative: None,
    }))
}
