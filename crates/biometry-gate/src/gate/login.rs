//! Signing in with one's face: a subject that is claimed, not yet authenticated.

use std::sync::Arc;

use http::header::{COOKIE, SET_COOKIE};
use http::request::Parts;
use http::{HeaderMap, HeaderValue};

use crate::audit::EventKind;
use crate::denial::{Denial, StepUp};
use crate::engine::{Engine, LoginMode};
use crate::id::BrowserKey;
use crate::ledger::Refused;
use crate::principal::{IdentifyError, Principal, Subject, Tenant};
use crate::request_head::RequestHead;

/// The tenant that somebody without a principal may sign in to.
pub(crate) fn tenant(engine: &Engine, head: &Parts) -> Result<Tenant, IdentifyError> {
    engine.login_tenants.as_ref().map_or_else(|| Ok(engine.login_tenant.clone()), |tenant| tenant(head))
}

/// The claimed caller of a browser that begins to sign in.
pub(crate) fn claim(tenant: Tenant, subject: &str, browser: &BrowserKey) -> Option<Principal> {
    Principal::claimed(tenant, Subject::parse(subject).ok()?, browser.as_str()).ok()
}

/// The claimed caller that a browser's cookie stands for, where its tenant lets people sign in. All of it comes from
/// the browser: the key only finds something where it was issued for this very subject and tenant.
pub(crate) fn caller(engine: &Engine, head: &impl RequestHead) -> Option<Principal> {
    let mut parts = cookie(head)?.splitn(3, '.');
    let (key, subject) = (parts.next()?, parts.next()?);
    let tenant = match parts.next() {
        Some(tenant) => Tenant::parse(&decode(tenant)?).ok()?,
        None => engine.login_tenant.clone(),
    };
    engine.projects.of(&tenant).ok()?.login.as_ref()?;
    claim(tenant, &decode(subject)?, &BrowserKey::parse(key)?)
}

/// The cookie that ties a sign-in to its browser.
pub(crate) fn set_cookie(engine: &Engine, headers: &mut HeaderMap, owner: &Principal) {
    let mut name = encode(owner.subject().as_str());
    if *owner.tenant() != engine.login_tenant {
        name = format!("{name}.{}", encode(owner.tenant().as_str()));
    }
    let text = format!(
        "{COOKIE_NAME}={}.{name}; Path=/; HttpOnly; Secure; SameSite=Strict; Max-Age=900",
        owner.host_session().as_str(),
    );
    if let Ok(mut value) = HeaderValue::try_from(text) {
        value.set_sensitive(true);
        headers.append(SET_COOKIE, value);
    }
}

pub(super) async fn redeem(
    engine: &Engine,
    tenant: &Tenant,
    head: &impl RequestHead,
) -> Result<Subject, Denial> {
    engine.cross_site.check(head).map_err(|_| Denial::CrossSite)?;
    let mode = engine.projects.of(tenant)?.login.as_ref().ok_or(Denial::Misconfigured)?;
    let owner = caller(engine, head).filter(|owner| owner.tenant() == tenant);
    let owner = owner.ok_or(Denial::AuthenticationRequired)?;
    let claim = engine.store.claim_decision(&owner, mode.policy(), None);
    match engine.store(claim).await? {
        Ok(decision) => {
            let audit = &engine.audit;
            let event = audit.event(EventKind::LoginRedeemed, &owner).policy(mode.policy());
            if audit.try_record(&event.decided(audit.decision(decision.id()))).is_err() {
                // Nobody was logged in with it. What cannot be given back stays used.
                let _ = engine.restore(&owner, decision.id()).await;
                return Err(Denial::AuditUnavailable);
            }
            Ok(owner.subject().clone())
        }
        Err(reason) => Err(refused(mode, reason)),
    }
}

fn refused(mode: &LoginMode, reason: Refused) -> Denial {
    let policy = Arc::clone(mode.policy());
    Denial::StepUpRequired(Box::new(StepUp {
        policy,
        reason,
        intent: None,
        consent_missing: false,
        redirect: None,
        alternative: None,
    }))
}

/// The one value of our cookie; none where it is repeated.
fn cookie(head: &impl RequestHead) -> Option<&str> {
    let pairs = head.values(&COOKIE).filter_map(|value| std::str::from_utf8(value).ok());
    let pairs = pairs.flat_map(|value| value.split(';'));
    let mut ours = pairs.filter_map(|pair| pair.trim().strip_prefix(COOKIE_NAME)?.strip_prefix('='));
    match (ours.next(), ours.next()) {
        (Some(value), None) => Some(value),
        _ => None,
    }
}

fn encode(text: &str) -> String {
    use base64::Engine as _;
    base64::prelude::BASE64_URL_SAFE_NO_PAD.encode(text)
}

fn decode(text: &str) -> Option<String> {
    use base64::Engine as _;
    String::from_utf8(base64::prelude::BASE64_URL_SAFE_NO_PAD.decode(text).ok()?).ok()
}

const COOKIE_NAME: &str = "__Host-biometry-login";
