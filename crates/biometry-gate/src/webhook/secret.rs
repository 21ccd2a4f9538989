//! Secrets of webhooks.

use std::fmt;

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use hmac::{Hmac, KeyInit as _, Mac as _};
use sha2::Sha256;

/// The secret of a webhook, shared with the platform. `Debug` hides it.
///
/// ```
/// use biometry_gate::webhook::Secret;
///
/// assert!(Secret::raw("a-fake-secret-for-this-page").is_ok());
/// assert!(Secret::base64_behind_prefix("whsec_not base64").is_err());
/// assert!(Secret::raw("short").is_err(), "16 bytes at least");
/// ```
#[derive(Clone)]
pub struct Secret(Hmac<Sha256>);

/// A text that cannot be a webhook's secret. The message says what to look at, and never the secret.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct SecretError(&'static str);

impl Secret {
    /// A secret whose text is the key as it is shown, prefix and all.
    ///
    /// # Errors
    /// When it is shorter than 16 bytes.
    pub fn raw(text: &str) -> Result<Self, SecretError> {
        Self::of_key(text.as_bytes())
    }

    /// A secret whose key is the base64 behind `whsec_`, as Standard Webhooks has it.
    ///
    /// # Errors
    /// When there is no such prefix, what follows is not base64, or the key is shorter than 16 bytes.
    pub fn base64_behind_prefix(text: &str) -> Result<Self, SecretError> {
        let encoded = text.strip_prefix("whsec_").ok_or(SecretError("it does not start with whsec_"))?;
        let key =
            BASE64_STANDARD.decode(encoded).map_err(|_| SecretError("what follows whsec_ is not base64"))?;
        Self::of_key(&key)
    }

    fn of_key(key: &[u8]) -> Result<Self, SecretError> {
        if key.len() < SHORTEST {
            return Err(SecretError("it is shorter than 16 bytes"));
        }
        Hmac::new_from_slice(key).map(Self).map_err(|_| SecretError("it cannot be a key"))
    }

    /// The code of a message that is made of these parts.
    pub(super) fn sign(&self, parts: &[&[u8]]) -> [u8; 32] {
        self.over(parts).finalize().into_bytes().into()
    }

    /// Whether this is the code of that message; compared in constant time.
    pub(super) fn has_signed(&self, parts: &[&[u8]], code: &[u8]) -> bool {
        self.over(parts).verify_slice(code).is_ok()
    }

    fn over(&self, parts: &[&[u8]]) -> Hmac<Sha256> {
        let mut mac = self.0.clone();
        parts.iter().for_each(|part| mac.update(part));
        mac
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Secret(…)")
    }
}

impl fmt::Display for SecretError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "the secret of a webhook cannot be one: {}", self.0)
    }
}

/// Programs that print it with `Debug` when they end say the same.
impl fmt::Debug for SecretError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl std::error::Error for SecretError {}

const SHORTEST: usize = 16;
