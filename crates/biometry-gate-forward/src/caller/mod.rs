//! Who is calling: what the proxy says after its own login, or what a token of the identity provider says.

mod headers;
mod keys;
mod token;

use std::borrow::Cow;
use std::fmt;
use std::path::Path;
use std::sync::Arc;

use biometry_gate::principal::{HostSession, Identify, IdentifyError, Principal};
use http::request::Parts;
use http::{HeaderMap, HeaderName};
use sha2::{Digest as _, Sha256};

use self::headers::Headers;
use self::token::Tokens;
use crate::config::{Caller, ConfigError};

/// Tells who is calling. Whether it was the proxy that sent the headers is settled before, by
/// [`Trust`](crate::trust::Trust).
#[derive(Clone)]
pub(crate) enum Callers {
    Headers(Headers),
    Token(Arc<Tokens>),
}

impl Callers {
    /// Opens what `settings` name. The keys of an identity provider are read before this returns, and now and then after
    /// it, by a task that ends with the last clone. Names of files are taken from `folder`.
    pub(crate) async fn open(settings: &Caller, folder: &Path) -> Result<Self, ConfigError> {
        match &settings.token {
            Some(token) => Ok(Self::Token(Arc::new(Tokens::open(token, folder).await?))),
            None => Ok(Self::Headers(Headers::new(settings)?)),
        }
    }

    /// The user, for what is bound to them. `None` where no user is logged in.
    pub(crate) fn user<'a>(&self, headers: &'a HeaderMap) -> Result<Option<Cow<'a, str>>, IdentifyError> {
        match self {
            Self::Headers(said) => Ok(said.user(headers)?.map(Cow::Borrowed)),
            Self::Token(tokens) => Ok(tokens.caller(headers)?.map(|(user, _)| Cow::Owned(user))),
        }
    }
}

impl Identify for Callers {
    fn identify(&self, head: &Parts) -> Result<Option<Principal>, IdentifyError> {
        let caller = match self {
            Self::Headers(said) => {
                said.caller(&head.headers)?.map(|(user, session)| (Cow::Borrowed(user), session))
            }
            Self::Token(tokens) => {
                tokens.caller(&head.headers)?.map(|(user, session)| (Cow::Owned(user), session))
            }
        };
        let Some((user, session)) = caller else { return Ok(None) };
        Ok(Some(Principal::new(&user, HostSession::parse(&session)?)?))
    }
}

impl fmt::Debug for Callers {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Headers(_) => "Callers::Headers",
            Self::Token(_) => "Callers::Token",
        })
    }
}

fn header(name: &str) -> Result<HeaderName, ConfigError> {
    name.parse().map_err(|_| ConfigError::new(format!("`caller`: {name} is no name of a header")))
}

/// The key of a login session as the gate keeps it: a hash, since the login's own is a secret and may be long.
fn session_key(session: &str) -> String {
    Sha256::digest(session).iter().map(|byte| format!("{byte:02x}")).collect()
}
