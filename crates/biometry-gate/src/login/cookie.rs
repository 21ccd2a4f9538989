//! The cookie that ties a sign-in to its browser: a random key, and the name that the browser claims. And the cookie by
//! which a browser that has signed in before is known again: a random key, and no name.

use std::time::Duration;

use http::header::{COOKIE, SET_COOKIE};
use http::{HeaderMap, HeaderValue};

use crate::engine::Engine;
use crate::id::{BrowserKey, DeviceKey, KnownBrowserKey};
use crate::principal::{Authentication, Principal, Subject, Tenant};
use crate::request_head::RequestHead;

/// The caller that a browser's cookie claims, where its tenant lets people sign in. All of it comes from the browser:
/// the key finds something only where it was issued for this very subject and tenant.
pub(crate) fn caller(engine: &Engine, head: &impl RequestHead) -> Option<Principal> {
    let mut parts = cookie(head, COOKIE_NAME)?.splitn(3, '.');
    let (key, subject) = (parts.next()?, parts.next()?);
    let tenant = match parts.next() {
        Some(tenant) if engine.login_tenants.is_some() => Tenant::parse(&decode(tenant)?).ok()?,
        // No cookie of a gate whose sign-ins all have one tenant names it.
        Some(_) => return None,
        None => engine.login_tenant.clone(),
    };
    engine.projects.of(&tenant).ok()?.login.as_ref()?;
    let authentication = match (BrowserKey::parse(key), KnownBrowserKey::parse(key)) {
        (Some(_), _) => Authentication::Claimed,
        (_, Some(_)) => Authentication::KnownBrowser,
        (None, None) => return None,
    };
    Principal::signing_in(tenant, authentication, Subject::parse(&decode(subject)?).ok()?, key).ok()
}

/// The key by which a browser that has signed in before is known again.
pub(super) fn device(head: &impl RequestHead) -> Option<DeviceKey> {
    DeviceKey::parse(cookie(head, DEVICE_COOKIE_NAME)?)
}

/// Gives a browser that signs in its cookie, for 15 minutes.
pub(crate) fn set_cookie(engine: &Engine, headers: &mut HeaderMap, principal: &Principal) {
    let mut name = encode(principal.subject().as_str());
    if *principal.tenant() != engine.login_tenant {
        name = format!("{name}.{}", encode(principal.tenant().as_str()));
    }
    let text = format!(
        "{COOKIE_NAME}={}.{name}; Path=/; HttpOnly; Secure; SameSite=Strict; Max-Age=900",
        principal.host_session().as_str(),
    );
    append(headers, text);
}

/// Gives a browser that has signed in the cookie by which it is known again.
pub(super) fn set_device_cookie(headers: &mut HeaderMap, device: &DeviceKey) {
    let (key, age) = (device.as_str(), DEVICE_KEPT.as_secs());
    append(
        headers,
        format!("{DEVICE_COOKIE_NAME}={key}; Path=/; HttpOnly; Secure; SameSite=Strict; Max-Age={age}"),
    );
}

fn append(headers: &mut HeaderMap, text: String) {
    if let Ok(mut value) = HeaderValue::try_from(text) {
        value.set_sensitive(true);
        headers.append(SET_COOKIE, value);
    }
}

/// The one value of a cookie; none where it is repeated.
fn cookie<'a>(head: &'a impl RequestHead, name: &str) -> Option<&'a str> {
    let pairs = head.values(&COOKIE).filter_map(|value| std::str::from_utf8(value).ok());
    let pairs = pairs.flat_map(|value| value.split(';'));
    let mut ours = pairs.filter_map(|pair| pair.trim().strip_prefix(name)?.strip_prefix('='));
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
/// What ends the cookie of a sign-in in the browser.
pub(super) const CLEARED: &str =
    "__Host-biometry-login=; Path=/; HttpOnly; Secure; SameSite=Strict; Max-Age=0";
const DEVICE_COOKIE_NAME: &str = "__Host-biometry-browser";
/// How long a browser is known after it has signed in.
pub(super) const DEVICE_KEPT: Duration = Duration::from_secs(180 * 24 * 3600);
