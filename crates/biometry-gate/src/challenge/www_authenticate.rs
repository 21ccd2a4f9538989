//! The challenge header: `WWW-Authenticate` (RFC 9110 §11.6.1) with the parameters of RFC 9470.

use std::borrow::Cow;
use std::fmt::Write as _;
use std::sync::Arc;

use http::HeaderValue;

use crate::policy::Policy;

/// The authentication scheme and realm that challenges name, and where their links lead.
#[derive(Clone, Debug)]
pub(crate) struct ChallengeParams {
    scheme: Scheme,
    realm: Arc<str>,
    mount: Option<Arc<str>>,
}

/// A scheme's name: a token (RFC 9110 §5.6.2).
#[derive(Clone, Debug)]
pub(crate) struct Scheme(Arc<str>);

impl Scheme {
    pub(crate) fn parse(text: &str) -> Option<Self> {
        let is_token =
            !text.is_empty() && text.bytes().all(|b| b.is_ascii_alphanumeric() || TOKEN_MARKS.contains(&b));
        // These two make a browser ask for a password.
        let prompts = text.eq_ignore_ascii_case("basic") || text.eq_ignore_ascii_case("negotiate");
        (is_token && !prompts).then(|| Self(text.into()))
    }
}

impl ChallengeParams {
    pub(crate) fn new(scheme: Scheme, realm: &str) -> Self {
        Self { scheme, realm: realm.into(), mount: None }
    }

    /// Links lead below this path, instead of being relative to a mount that they do not name.
    pub(crate) fn mounted_at(self, mount: Option<&str>) -> Self {
        Self { mount: mount.map(Into::into), ..self }
    }

    /// Where the routes are mounted, if the host has said so.
    pub(crate) fn mount(&self) -> Option<&str> {
        self.mount.as_deref()
    }

    /// The link to a mounted route, `session/start` for example.
    pub(crate) fn href<'a>(&self, route: &'a str) -> Cow<'a, str> {
        match &self.mount {
            Some(mount) => Cow::Owned(format!("{mount}/{route}")),
            None => Cow::Borrowed(route),
        }
    }

    /// For a caller who is not logged in: no error code, no detail (RFC 6750 §3.1).
    pub(crate) fn plain(&self) -> HeaderValue {
        value(Challenge::new(self).0)
    }

    /// For a caller who has to prove presence for `policy`.
    pub(crate) fn step_up(&self, policy: &Policy) -> HeaderValue {
        let mut challenge = Challenge::new(self);
        challenge.param("error", "insufficient_user_authentication");
        challenge.param("error_description", "A recent biometric confirmation is required");
        challenge.param("acr_values", policy.acr_value());
        let _ = write!(challenge.0, ", max_age=\"{}\"", policy.freshness().as_secs());
        value(challenge.0)
    }
}

struct Challenge(String);

impl Challenge {
    fn new(params: &ChallengeParams) -> Self {
        let mut challenge = Self(String::with_capacity(TYPICAL_LEN));
        challenge.0.push_str(&params.scheme.0);
        challenge.0.push_str(" realm=");
        challenge.quoted(&params.realm);
        challenge
    }

    fn param(&mut self, name: &str, text: &str) {
        self.0.push_str(", ");
        self.0.push_str(name);
        self.0.push('=');
        self.quoted(text);
    }

    /// A quoted-string (RFC 9110 §5.6.4); what cannot stand in one is left out.
    fn quoted(&mut self, text: &str) {
        self.0.push('"');
        if text.bytes().all(|b| (b' '..=b'~').contains(&b) && b != b'"' && b != b'\\') {
            self.0.push_str(text);
            self.0.push('"');
            return;
        }
        for c in text.chars().filter(|c| (' '..='~').contains(c)) {
            if matches!(c, '"' | '\\') {
                self.0.push('\\');
            }
            self.0.push(c);
        }
        self.0.push('"');
    }
}

fn value(text: String) -> HeaderValue {
    // INVARIANT: the text holds visible ASCII and spaces only.
    HeaderValue::try_from(text).unwrap_or(HeaderValue::from_static("Bearer"))
}

const TYPICAL_LEN: usize = 256;
const TOKEN_MARKS: &[u8] = b"!#$%&'*+-.^_`|~";

#[cfg(test)]
mod tests {
    use super::*;
    use crate::policy::Threshold;

    #[test]
    fn parameters_are_quoted() {
        let params = ChallengeParams::new(Scheme::parse("Bearer").unwrap(), "a \"b\" \\ \r\n ü");
        assert_eq!(params.plain(), r#"Bearer realm="a \"b\" \\  ""#);
        let policy = Policy::for_session("p", Threshold::vendor_verdict_only());
        assert_eq!(
            params.step_up(&policy).to_str().unwrap().split_once(", ").unwrap().1,
            "error=\"insufficient_user_authentication\", \
             error_description=\"A recent biometric confirmation is required\", \
             acr_values=\"urn:biometry-gate:acr:face-live\", max_age=\"300\""
        );
    }

    #[test]
    fn schemes_are_tokens_and_never_ask_for_passwords() {
        for bad in ["", "Ba sic", "basic", "NEGOTIATE", "a\"b", "a,b", "ü"] {
            assert!(Scheme::parse(bad).is_none(), "{bad}");
        }
        assert!(Scheme::parse("StepUp").is_some());
    }
}
