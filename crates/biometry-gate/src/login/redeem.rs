//! The end of a sign-in: the host takes a pass over, once.

use std::sync::Arc;

use super::caller;
use super::closing::is_closing;
use super::cookie::CLEARED;
use crate::audit::EventKind;
use crate::denial::{Denial, StepUp};
use crate::engine::{BiometryGate, Engine, LoginMode};
use crate::principal::{Subject, Tenant};
use crate::record::Refused;
use crate::request_head::RequestHead;
use crate::store::operations::SignInStanding;

/// A user who has signed in by face: what [`BiometryGate::redeem_login`] hands out, once. The host opens its own
/// session for them, with a new key.
#[derive(Clone, Debug, PartialEq, Eq)]
#[must_use]
pub struct SignedIn {
    subject: Subject,
}

impl SignedIn {
    /// The user who signed in.
    pub fn subject(&self) -> &Subject {
        &self.subject
    }

    /// The value of a `Set-Cookie` header that ends the cookie of the sign-in: append one to the answer. The pass is
    /// used up whether the browser receives it or not.
    pub fn set_cookie(&self) -> &'static str {
        CLEARED
    }
}

impl BiometryGate {
    /// Hands a passed sign-in by face to the host, once. The request has to carry the cookie that the browser got with
    /// its pass, and to come from the host's own site.
    ///
    /// ```
    /// use biometry_gate::{BiometryGate, SignedIn};
    /// use biometry_gate::challenge::Problem;
    ///
    /// /// `POST /login/face`
    /// async fn login(gate: &BiometryGate, head: &http::request::Parts) -> Result<http::Response<bytes::Bytes>, Problem> {
    ///     let user: SignedIn = gate.redeem_login(head).await.map_err(|denial| gate.refuse(denial))?;
    ///     let mut response = http::Response::new(bytes::Bytes::new());
    ///     response.headers_mut().append("set-cookie", user.set_cookie().parse().expect("a header"));
    ///     // Open the host's own session for `user.subject()`, and append its cookie, too.
    ///     Ok(response)
    /// }
    /// # let _ = login;
    /// ```
    ///
    /// # Errors
    /// [`Denial::AuthenticationRequired`] without such a cookie; [`Denial::StepUpRequired`] where there is no pass, it
    /// was redeemed before, or the subject is closed to sign-ins; [`Denial::CrossSite`] for another site's request;
    /// [`Denial::Misconfigured`] where signing in is off; and an outage where the store or a required audit trail does
    /// not answer.
    pub async fn redeem_login(&self, head: &impl RequestHead) -> Result<SignedIn, Denial> {
        redeem(&self.0, &self.0.login_tenant, head).await
    }

    /// [`redeem_login`](Self::redeem_login) for a host with several tenants: what was passed for another tenant than
    /// this one is not handed out.
    ///
    /// # Errors
    /// As [`redeem_login`](Self::redeem_login).
    pub async fn redeem_login_of(
        &self,
        tenant: &Tenant,
        head: &impl RequestHead,
    ) -> Result<SignedIn, Denial> {
        redeem(&self.0, tenant, head).await
    }
}

async fn redeem(engine: &Engine, tenant: &Tenant, head: &impl RequestHead) -> Result<SignedIn, Denial> {
    engine.cross_site.check(head).map_err(|_| Denial::CrossSite)?;
    let mode = engine
        .projects
        .of(tenant)?
        .login
        .as_ref()
        .ok_or(Denial::Misconfigured { mistake: "signing in by face is not set up for this tenant" })?;
    let principal = caller(engine, head).filter(|principal| principal.tenant() == tenant);
    let principal = principal.ok_or(Denial::AuthenticationRequired)?;
    let subject = principal.logged_in_key();
    let is_closing = is_closing(engine, &subject).await?;
    if is_closing || engine.store(engine.store.sign_in_standing(&subject)).await? == SignInStanding::Closed {
        return Err(step_up(mode, Refused::Absent));
    }
    let claim = engine.store.claim_decision(&principal, mode.policy(), None);
    let decision = engine.store(claim).await?.map_err(|reason| step_up(mode, reason))?;
    let event = engine.audit.event(EventKind::LoginRedeemed, &principal).policy(mode.policy());
    if engine.audit.try_record(&event.decided(engine.audit.decision(decision.id()))).is_err() {
        // It has logged no one in. A use that cannot be given back stays used.
        let _ = engine.restore(&principal, &decision).await;
        return Err(Denial::AuditUnavailable);
    }
    Ok(SignedIn { subject: principal.subject().clone() })
}

fn step_up(mode: &LoginMode, reason: Refused) -> Denial {
    Denial::StepUpRequired(Box::new(StepUp {
        policy: Arc::clone(mode.policy()),
        reason,
        intent: None,
        consent_missing: false,
        redirect: None,
        alternative: None,
        refuses_start: false,
    }))
}
