//! Tokens of an identity provider, of OIDC for example: signed JWTs that name a user and a login session.

use std::path::Path;

use base64::Engine as _;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;
use biometry_gate::principal::IdentifyError;
use http::header::AUTHORIZATION;
use http::{HeaderMap, HeaderName};
use jsonwebtoken::{Algorithm, Validation, decode, decode_header};
use serde_json::{Map, Value};

use super::keys::{Found, ProviderKeys};
use super::{header, session_key};
use crate::config::{ConfigError, TokenSettings};

/// Validates tokens: signature, issuer, audience, and time.
pub(crate) struct Tokens {
    header: HeaderName,
    issuer: String,
    audience: String,
    user_claim: String,
    session_claim: String,
    keys: ProviderKeys,
}

impl Tokens {
    pub(super) async fn open(settings: &TokenSettings, folder: &Path) -> Result<Self, ConfigError> {
        Ok(Self {
            header: header(&settings.header)?,
            issuer: settings.issuer.clone(),
            audience: settings.audience.clone(),
            user_claim: settings.user_claim.clone(),
            session_claim: settings.session_claim.clone(),
            keys: ProviderKeys::open(settings, folder).await?,
        })
    }

    /// The user and the key of their session. `None` where there is no token, or one that is not valid: that user is not
    /// logged in.
    ///
    /// # Errors
    /// When it cannot be told: the keys of the provider are out of date, or a valid token names no session.
    pub(super) fn caller(&self, headers: &HeaderMap) -> Result<Option<(String, String)>, IdentifyError> {
        let Some(token) = self.token(headers)? else { return Ok(None) };
        let Ok(head) = decode_header(token) else { return Ok(unusable("it is not a signed JWT")) };
        // A logout token names a user and a session, too, and is no login; what `crit` asks for is not understood here.
        if !head.typ.as_deref().is_none_or(is_of_login) || asks_for_more(token) {
            return Ok(unusable("it is another kind of token"));
        }
        if !ALGORITHMS.contains(&head.alg) {
            return Ok(unusable("it is signed with an algorithm that is not taken"));
        }
        let key = match self.keys.find(head.kid.as_deref(), head.alg) {
            Found::Key(key) => key,
            Found::None => return Ok(unusable("the provider has no such key")),
            Found::OutOfDate => return Err(IdentifyError::new("the provider's keys have to be read again")),
        };
        match decode::<Map<String, Value>>(token, &key, &self.validation(head.alg)) {
            Ok(token) => self.named_by(&token.claims).map(Some),
            // The error names what is wrong, and nothing of the token.
            Err(error) => Ok(unusable(&error.to_string())),
        }
    }

    /// The one token of a request; after `Bearer` where it has that scheme.
    fn token<'a>(&self, headers: &'a HeaderMap) -> Result<Option<&'a str>, IdentifyError> {
        let mut values = headers.get_all(&self.header).iter();
        let Some(value) = values.next() else { return Ok(None) };
        if values.next().is_some() {
            return Err(IdentifyError::new("the header of the token stands there twice"));
        }
        let Ok(value) = value.to_str() else { return Ok(unusable("it is not ASCII")) };
        let bearer = value.split_once(' ').filter(|(scheme, _)| scheme.eq_ignore_ascii_case("bearer"));
        let token = match bearer {
            Some((_, token)) => token.trim(),
            // Another scheme, Basic for example, names no token.
            None if self.header == AUTHORIZATION => return Ok(None),
            None => value,
        };
        if token.len() > LONGEST {
            return Ok(unusable("it is too long"));
        }
        Ok(Some(token).filter(|token| !token.is_empty()))
    }

    fn validation(&self, algorithm: Algorithm) -> Validation {
        let mut validation = Validation::new(algorithm);
        validation.set_issuer(&[&self.issuer]);
        validation.set_audience(&[&self.audience]);
        validation.set_required_spec_claims(&["exp", "iss", "aud"]);
        validation.validate_nbf = true;
        validation.leeway = LEEWAY_SECS;
        validation
    }

    fn named_by(&self, claims: &Map<String, Value>) -> Result<(String, String), IdentifyError> {
        let text = |name: &str| claims.get(name).and_then(Value::as_str).filter(|text| !text.is_empty());
        let user = text(&self.user_claim);
        let user = user.ok_or_else(|| IdentifyError::new("a valid token has no `user_claim`"))?;
        let session = text(&self.session_claim);
        let session = session.ok_or_else(|| {
            IdentifyError::new(
                "a valid token has no `session_claim`, and a proof belongs to one login session",
            )
        })?;
        Ok((user.to_owned(), session_key(session)))
    }
}

fn is_of_login(kind: &str) -> bool {
    ["JWT", "at+jwt", "application/at+jwt"].iter().any(|known| kind.eq_ignore_ascii_case(known))
}

/// Whether the header lists extensions that a reader has to understand (RFC 7515, section 4.1.11).
fn asks_for_more(token: &str) -> bool {
    let header = token.split('.').next().and_then(|header| BASE64_URL_SAFE_NO_PAD.decode(header).ok());
    let header = header.and_then(|header| serde_json::from_slice::<Map<String, Value>>(&header).ok());
    header.is_none_or(|header| header.contains_key("crit"))
}

/// A caller with such a token counts as not logged in.
fn unusable<T>(why: &str) -> Option<T> {
    tracing::debug!(why, "a token is not taken");
    None
}

/// Signatures that a public key verifies.
const ALGORITHMS: [Algorithm; 9] = [
    Algorithm::RS256,
    Algorithm::RS384,
    Algorithm::RS512,
    Algorithm::PS256,
    Algorithm::PS384,
    Algorithm::PS512,
    Algorithm::ES256,
    Algorithm::ES384,
    Algorithm::EdDSA,
];
const LEEWAY_SECS: u64 = 30;
const LONGEST: usize = 16 * 1024;
