use std::fmt;
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use base64::Engine as _;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;
use serde_json::{Value, json};

use super::claims::{Claims, Proof};
use super::key::ReceiptKey;
use super::key_ring::KeyRing;
use crate::entropy::{Entropy, EntropyError};

/// Signs the receipts of a gate, and publishes the keys; what [`Builder::receipts`](crate::Builder::receipts) takes.
/// `Debug` shows the issuer's name and nothing of the keys.
#[derive(Clone)]
pub struct ReceiptIssuer {
    name: Arc<str>,
    lifetime: Duration,
    keys: Arc<KeyRing>,
}

/// A receipt: a JWT, in the form in which it travels. Until it is over it is worth what the permit is worth to its
/// audience: send it there alone, over TLS. `Debug` hides it.
#[derive(Clone, PartialEq, Eq)]
pub struct ReceiptToken(String);

/// Why no receipt was made.
#[derive(Debug)]
pub(crate) enum IssueError {
    Audience,
    /// The proof has ended.
    Over,
    Entropy(EntropyError),
}

impl ReceiptIssuer {
    /// Signs with `key` under this name, which becomes the claim `iss`: the origin of the app, `https://bank.example` for
    /// example. Services compare it byte for byte. [`Builder::build`](crate::Builder::build) refuses a name that is no
    /// `https://` URL of at most 256 visible ASCII characters without query and fragment.
    pub fn new(name: &str, key: ReceiptKey) -> Self {
        Self { name: name.into(), lifetime: Duration::from_secs(60), keys: Arc::new(KeyRing::new(key)) }
    }

    /// How long a receipt is valid; 60 s by default, from one second to five minutes. It ends with the proof at the latest.
    #[must_use]
    pub fn lifetime(mut self, lifetime: Duration) -> Self {
        self.lifetime = lifetime;
        self
    }

    /// Publishes another key beside the one that signs: the next one, or one whose receipts are still on their way. At most
    /// eight keys are published.
    #[must_use]
    pub fn publish(self, key: ReceiptKey) -> Self {
        self.keys.publish(key);
        self
    }

    pub(crate) fn shortcoming(&self) -> Option<&'static str> {
        if !is_issuer(&self.name) {
            return Some(
                "the name given to `ReceiptIssuer::new` is no https:// URL of at most 256 characters without query and \
                 fragment: give the origin of the app",
            );
        }
        if self.lifetime < SHORTEST || self.lifetime > LONGEST {
            return Some("the time given to `ReceiptIssuer::lifetime` is from one second to five minutes");
        }
        self.keys.shortcoming()
    }

    pub(super) fn name(&self) -> &str {
        &self.name
    }

    pub(super) fn longest(&self) -> Duration {
        self.lifetime
    }

    /// Signs a receipt.
    pub(crate) fn issue(
        &self,
        proof: &Proof<'_>,
        audience: &str,
        now: SystemTime,
        entropy: &dyn Entropy,
    ) -> Result<ReceiptToken, IssueError> {
        if !is_audience(audience) {
            return Err(IssueError::Audience);
        }
        let claims = Claims::new(self, proof, audience, now, entropy)?;
        let key = self.keys.signing();
        let header = json!({ "typ": "at+jwt", "alg": key.algorithm(), "kid": key.id() });
        let claims = serde_json::to_vec(&claims).map_err(|_| IssueError::Audience)?;
        let mut token = BASE64_URL_SAFE_NO_PAD.encode(header.to_string());
        token.push('.');
        BASE64_URL_SAFE_NO_PAD.encode_string(claims, &mut token);
        let signature = key.sign(token.as_bytes()).ok_or(IssueError::Entropy(EntropyError))?;
        token.push('.');
        BASE64_URL_SAFE_NO_PAD.encode_string(signature, &mut token);
        Ok(ReceiptToken(token))
    }

    /// The public keys, as a JWK Set (RFC 7517).
    pub(crate) fn key_set(&self, now: SystemTime) -> Value {
        self.keys.set(now)
    }

    /// From now on `key` signs. The one before stays published until its receipts are over, and services that keep the set
    /// for some minutes have had time.
    pub(crate) fn rotate(&self, key: ReceiptKey, now: SystemTime) {
        self.keys.rotate(key, now.checked_add(self.lifetime.saturating_add(KEPT_BY_SERVICES)));
    }
}

impl ReceiptToken {
    /// The text that travels: three parts of base64url, at most about 2 KiB.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

fn is_issuer(name: &str) -> bool {
    let is_plain = is_audience(name) && !name.contains(['?', '#']);
    is_plain && name.strip_prefix("https://").is_some_and(|rest| !rest.is_empty() && !rest.starts_with('/'))
}

fn is_audience(name: &str) -> bool {
    (1..=256).contains(&name.len()) && name.bytes().all(|byte| byte.is_ascii_graphic())
}

impl fmt::Debug for ReceiptIssuer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ReceiptIssuer").field("name", &self.name).finish_non_exhaustive()
    }
}

// INVARIANT: until it is over, a receipt is a bearer secret and never reaches a log.
impl fmt::Debug for ReceiptToken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("ReceiptToken(…)")
    }
}

const SHORTEST: Duration = Duration::from_secs(1);
const LONGEST: Duration = Duration::from_secs(300);
const KEPT_BY_SERVICES: Duration = Duration::from_secs(3600);
