//! The beginning of a sign-in: which tenant it is for, and whom the browser claims to be.

use http::request::Parts;

use super::cookie::device;
use crate::engine::Engine;
use crate::entropy::EntropyError;
use crate::id::{BrowserKey, KnownBrowserKey};
use crate::principal::{Authentication, IdentifyError, Principal, Subject, SubjectKey, Tenant};
use crate::store::StoreError;

/// The tenant that a browser without a principal may sign in to.
pub(crate) fn tenant(engine: &Engine, head: &Parts) -> Result<Tenant, IdentifyError> {
    engine.login_tenants.as_ref().map_or_else(|| Ok(engine.login_tenant.clone()), |tenant| tenant(head))
}

/// How a browser that starts to sign in claims to be the subject: as a stranger, or as one that has signed in before.
pub(crate) async fn standing(
    engine: &Engine,
    head: &Parts,
    subject: &SubjectKey,
) -> Result<Authentication, StoreError> {
    let Some(device) = device(head) else { return Ok(Authentication::Claimed) };
    let is_known = engine.store(engine.store.knows_browser(subject, &super::digest(&device))).await?;
    Ok(if is_known { Authentication::KnownBrowser } else { Authentication::Claimed })
}

/// The caller whom a browser claims to be, with a new key: a key that was known before opens nothing.
pub(crate) fn claim(
    engine: &Engine,
    tenant: Tenant,
    authentication: Authentication,
    subject: Subject,
) -> Result<Principal, EntropyError> {
    let entropy = &*engine.entropy;
    let key = match authentication {
        Authentication::KnownBrowser => KnownBrowserKey::random(entropy)?.as_str().to_owned(),
        Authentication::Claimed | Authentication::LoggedIn => {
            BrowserKey::random(entropy)?.as_str().to_owned()
        }
    };
    Principal::signing_in(tenant, authentication, subject, &key).map_err(|_| EntropyError)
}
