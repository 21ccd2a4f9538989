//! The host's own login: an encrypted cookie that says who is logged in, in which session and since when.

use std::sync::Arc;
use std::time::{Duration, UNIX_EPOCH};

use axum::http::HeaderMap;
use axum_extra::extract::PrivateCookieJar;
use axum_extra::extract::cookie::{Cookie, Key, SameSite};
use bank::{HostLogin, SessionSecret};
use biometry_gate::clock::{Clock as _, SystemClock};

/// The host's session cookies, which only the host can read.
#[derive(Clone)]
pub struct Cookies {
    key: Arc<Key>,
}

impl Cookies {
    /// Cookies under this secret, or under one that only this process knows.
    ///
    /// # Errors
    /// When the operating system gives no randomness.
    pub fn new(secret: Option<&SessionSecret>) -> Result<Self, Box<dyn std::error::Error>> {
        let key = match secret {
            Some(secret) => Key::derive_from(secret.as_bytes()),
            None => Key::try_generate().ok_or("the operating system gives no randomness")?,
        };
        Ok(Self { key: Arc::new(key) })
    }

    /// The login that the cookie holds, whether or not it has ended.
    pub(crate) fn login(&self, headers: &HeaderMap) -> Option<HostLogin> {
        let cookie = self.jar(headers).get(COOKIE)?;
        let login: HostLogin = serde_json::from_str(cookie.value()).ok()?;
        login.lasts(SystemClock.now()).then_some(login)
    }

    /// Answers with the cookie of a new login.
    pub(crate) fn log_in(
        &self,
        headers: &HeaderMap,
        login: &HostLogin,
    ) -> Result<PrivateCookieJar, serde_json::Error> {
        let value = serde_json::to_string(login)?;
        Ok(self.jar(headers).add(cookie(value)))
    }

    /// Answers that the cookie is gone.
    pub(crate) fn log_out(&self, headers: &HeaderMap) -> PrivateCookieJar {
        self.jar(headers).remove(cookie(String::new()))
    }

    fn jar(&self, headers: &HeaderMap) -> PrivateCookieJar {
        PrivateCookieJar::from_headers(headers, (*self.key).clone())
    }
}

impl std::fmt::Debug for Cookies {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Cookies")
    }
}

fn cookie(value: String) -> Cookie<'static> {
    Cookie::build((COOKIE, value)).http_only(true).same_site(SameSite::Strict).path("/").build()
}

/// Now, in whole seconds: what a login remembers.
pub(crate) fn now() -> Duration {
    SystemClock.now().duration_since(UNIX_EPOCH).unwrap_or_default()
}

const COOKIE: &str = "bank-session";
