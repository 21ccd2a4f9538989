//! The host's own login: an encrypted cookie that says who is logged in, in which session and since when.

use std::time::{Duration, UNIX_EPOCH};

use actix_session::config::CookieContentSecurity;
use actix_session::storage::CookieSessionStore;
use actix_session::{Session, SessionInsertError, SessionMiddleware};
use actix_web::cookie::{Key, SameSite};
use bank::{HostLogin, SessionSecret};
use biometry_gate::clock::{Clock as _, SystemClock};

/// Where the host's sessions are kept: in cookies that only the host can read.
#[derive(Clone)]
pub struct Sessions {
    key: Key,
}

impl Sessions {
    /// Cookies under this secret, or under one that only this process knows.
    ///
    /// # Errors
    /// When the operating system gives no randomness.
    pub fn new(secret: Option<&SessionSecret>) -> Result<Self, Box<dyn std::error::Error>> {
        let key = match secret {
            Some(secret) => Key::derive_from(secret.as_bytes()),
            None => Key::try_generate().ok_or("the operating system gives no randomness")?,
        };
        Ok(Self { key })
    }

    /// The middleware that reads and writes them.
    pub(crate) fn middleware(&self) -> SessionMiddleware<CookieSessionStore> {
        SessionMiddleware::builder(CookieSessionStore::default(), self.key.clone())
            .cookie_name(COOKIE.to_owned())
            .cookie_content_security(CookieContentSecurity::Private)
            .cookie_http_only(true)
            .cookie_same_site(SameSite::Strict)
            .cookie_path("/".to_owned())
            // The demonstration is served without TLS.
            .cookie_secure(false)
            .build()
    }
}

/// The login that the cookie holds, whether or not it has ended.
pub(crate) fn login(session: &Session) -> Option<HostLogin> {
    let login: HostLogin = session.get(LOGIN).ok()??;
    login.lasts(SystemClock.now()).then_some(login)
}

/// Answers with the cookie of a new login.
pub(crate) fn log_in(session: &Session, login: &HostLogin) -> Result<(), SessionInsertError> {
    session.renew();
    session.insert(LOGIN, login)
}

/// Answers that the cookie is gone.
pub(crate) fn log_out(session: &Session) {
    session.purge();
}

impl std::fmt::Debug for Sessions {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Sessions")
    }
}

/// Now, in whole seconds: what a login remembers.
pub(crate) fn now() -> Duration {
    SystemClock.now().duration_since(UNIX_EPOCH).unwrap_or_default()
}

const COOKIE: &str = "bank-session";
const LOGIN: &str = "login";
