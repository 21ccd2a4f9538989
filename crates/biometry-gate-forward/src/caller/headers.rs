//! What the proxy says in headers after its own login.

use biometry_gate::principal::IdentifyError;
use http::header::COOKIE;
use http::{HeaderMap, HeaderName};

use super::{header, session_key};
use crate::config::{Caller, ConfigError};

/// Reads the headers that the proxy sets. Whether it was the proxy that sent them is settled before, by
/// [`Trust`](crate::trust::Trust).
#[derive(Clone)]
pub(crate) struct Headers {
    user: HeaderName,
    session: Session,
}

#[derive(Clone)]
enum Session {
    Header(HeaderName),
    Cookie(String),
}

impl Headers {
    pub(super) fn new(settings: &Caller) -> Result<Self, ConfigError> {
        let session = match (&settings.session_header, &settings.session_cookie) {
            (Some(name), _) => Session::Header(header(name)?),
            (None, Some(name)) => Session::Cookie(name.clone()),
            (None, None) => return Err(ConfigError::new("`caller` has no session")),
        };
        let user = settings.user_header.as_deref().ok_or_else(|| ConfigError::new("`caller` has no user"))?;
        Ok(Self { user: header(user)?, session })
    }

    /// The user, for what is bound to them. `None` where no user is logged in.
    pub(super) fn user<'a>(&self, headers: &'a HeaderMap) -> Result<Option<&'a str>, IdentifyError> {
        only(headers, &self.user)
    }

    /// The user and the key of their session.
    pub(super) fn caller<'a>(
        &self,
        headers: &'a HeaderMap,
    ) -> Result<Option<(&'a str, String)>, IdentifyError> {
        let Some(user) = self.user(headers)? else { return Ok(None) };
        let session = self.session.of(headers)?;
        let session =
            session.ok_or_else(|| IdentifyError::new("the proxy names a user without a session"))?;
        Ok(Some((user, session)))
    }
}

impl Session {
    /// The key of the session as the gate keeps it: a hash, since the proxy's own is a secret and may be long.
    fn of(&self, headers: &HeaderMap) -> Result<Option<String>, IdentifyError> {
        let value = match self {
            Self::Header(name) => only(headers, name)?,
            Self::Cookie(name) => cookie(headers, name)?,
        };
        Ok(value.map(session_key))
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
