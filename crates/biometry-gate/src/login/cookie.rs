//! The cookie that ties a sign-in to its browser: a random key, and the name that the browser claims.

use http::header::{COOKIE, SET_COOKIE};
use http::{HeaderMap, HeaderValue};

use super::claimed_by;
use crate::engine::Engine;
use crate::id::BrowserKey;
use crate::principal::{Principal, Tenant};
use crate::request_head::RequestHead;

/// The caller that a browser's cookie claims, where its tenant lets people sign in. All of it comes from the browser:
/// the key finds something only where it was issued for this very subject and tenant.
pub(crate) fn caller(engine: &Engine, head: &impl RequestHead) -> Option<Principal> {
    let mut parts = cookie(head)?.splitn(3, '.');
    let (key, subject) = (parts.next()?, parts.next()?);
    let tenant = match parts.next() {
        Some(tenant) => Tenant::parse(&decode(tenant)?).ok()?,
        None => engine.login_tenant.clone(),
    };
    engine.projects.of(&tenant).ok()?.login.as_ref()?;
    claimed_by(&BrowserKey::parse(key)?, tenant, &decode(subject)?)
}

/// Gives a browser that starts to sign in its cookie, for 15 minutes.
pub(crate) fn set_cookie(engine: &Engine, headers: &mut HeaderMap, principal: &Principal) {
    let mut name = encode(principal.subject().as_str());
    if *principal.tenant() != engine.login_tenant {
        name = format!("{name}.{}", encode(principal.tenant().as_str()));
    }
    let text = format!(
        "{COOKIE_NAME}={}.{name}; Path=/; HttpOnly; Secure; SameSite=Strict; Max-Age=900",
        principal.host_session().as_str(),
    );
    if let Ok(mut value) = HeaderValue::try_from(text) {
        value.set_sensitive(true);
        headers.append(SET_COOKIE, value);
    }
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
