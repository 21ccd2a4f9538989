//! Who is calling: what the proxy says after its own login.

use std::fmt;

use biometry_gate::principal::{HostSession, Identify, IdentifyError, Principal};
use http::header::COOKIE;
use http::request::Parts;
use http::{HeaderMap, HeaderName};
use sha2::{Digest as _, Sha256};

use crate::config::{Caller, ConfigError};

/// Reads the headers that the proxy sets. Whether it was the proxy that sent them is settled before, by
/// [`Trust`](crate::trust::Trust).
#[derive(Clone)]
pub(crate) struct Callers {
    user: HeaderName,
    session: Session,
}

#[derive(Clone)]
enum Session {
    Header(HeaderName),
    Cookie(String),
}

impl Callers {
    pub(crate) fn new(settings: &Caller) -> Result<Self, ConfigError> {
        let header = |name: &str| {
            name.parse().map_err(|_| ConfigError::new(format!("`caller`: {name} is no name of a header")))
        };
        let session = match (&settings.session_header, &settings.session_cookie) {
            (Some(name), _) => Session::Header(header(name)?),
            (None, Some(name)) => Session::Cookie(name.clone()),
            (None, None) => return Err(ConfigError::new("`caller` has no session")),
        };
        Ok(Self { user: header(&settings.user_header)?, session })
    }

    /// The user, for what is bound to them. `None` where no user is logged in.
    pub(crate) fn user<'a>(&self, headers: &'a HeaderMap) -> Result<Option<&'a str>, IdentifyError> {
        only(headers, &self.user)
    }
}

impl Session {
    /// The key of the session as the gate keeps it: a hash, since the proxy's own is a secret and may be long.
    fn of(&self, headers: &HeaderMap) -> Result<Option<String>, IdentifyError> {
        let value = match self {
            Self::Header(name) => only(headers, name)?,
            Self::Cookie(name) => cookie(headers, name)?,
        };
        Ok(value.map(|value| Sha256::digest(value).iter().map(|byte| format!("{byte:02x}")).collect()))
    }
}

impl Identify for Callers {
    fn identify(&self, head: &Parts) -> Result<Option<Principal>, IdentifyError> {
        let Some(user) = self.user(&head.headers)? else { return Ok(None) };
        let session = self.session.of(&head.headers)?;
        let session =
            session.ok_or_else(|| IdentifyError::new("the proxy names a user without a session"))?;
        Ok(Some(Principal::new(user, HostSession::parse(&session)?)?))
    }
}

/// The one value of a header; an empty one is none.
fn only<'a>(headers: &'a HeaderMap, name: &HeaderName) -> Result<Option<&'a str>, IdentifyError> {
    let mut values = headers.get_all(name).iter();
    let Some(value) = values.next() else { return Ok(None) };
    if values.next().is_some() {
        return Err(IdentifyError::new("a header of the proxy's stands there twice"));
    }
    let value = std::str::from_utf8(value.as_bytes())
        .map_err(|_| IdentifyError::new("a header of the proxy's is not UTF-8"))?;
    if value.starts_with(['{', '$']) {
        // Caddy and nginx send a place-holder that nothing has set as it stands in their configuration.
        return Err(IdentifyError::new("a header of the proxy's is a place-holder that nothing has set"));
    }
    Ok(Some(value).filter(|value| !value.is_empty()))
}

fn cookie<'a>(headers: &'a HeaderMap, name: &str) -> Result<Option<&'a str>, IdentifyError> {
    let lines = headers.get_all(COOKIE).iter().filter_map(|line| line.to_str().ok());
    let pairs = lines.flat_map(|line| line.split(';')).filter_map(|pair| pair.trim().split_once('='));
    let mut values = pairs.filter(|(own, _)| *own == name).map(|(_, value)| value);
    let value = values.next();
    if values.next().is_some() {
        return Err(IdentifyError::new("the cookie of the session stands there twice"));
    }
    Ok(value.filter(|value| !value.is_empty()))
}

impl fmt::Debug for Callers {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Callers").field("user", &self.user).finish_non_exhaustive()
    }
}
