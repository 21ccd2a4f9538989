//! The beginning of a sign-in: which tenant it is for, and whom the browser claims to be.

use http::request::Parts;

use super::caller;
use crate::engine::Engine;
use crate::entropy::EntropyError;
use crate::id::BrowserKey;
use crate::principal::{IdentifyError, Principal, Subject, Tenant};

/// The tenant that a browser without a principal may sign in to.
pub(crate) fn tenant(engine: &Engine, head: &Parts) -> Result<Tenant, IdentifyError> {
    engine.login_tenants.as_ref().map_or_else(|| Ok(engine.login_tenant.clone()), |tenant| tenant(head))
}

/// The caller whom a browser claims to be that starts to sign in; `None` where the text cannot be a subject. The same
/// browser keeps its key for the same subject, and gets a new one for another.
pub(crate) fn claim(
    engine: &Engine,
    head: &Parts,
    tenant: Tenant,
    subject: &str,
) -> Result<Option<Principal>, EntropyError> {
    let is_same = |known: &Principal| known.subject().as_str() == subject && *known.tenant() == tenant;
    if let Some(known) = caller(engine, head).filter(is_same) {
        return Ok(Some(known));
    }
    let key = BrowserKey::random(&*engine.entropy)?;
    Ok(claimed_by(&key, tenant, subject))
}

/// The caller whom the browser with this key claims to be.
pub(super) fn claimed_by(browser: &BrowserKey, tenant: Tenant, subject: &str) -> Option<Principal> {
    Principal::claimed(tenant, Subject::parse(subject).ok()?, browser.as_str()).ok()
}
