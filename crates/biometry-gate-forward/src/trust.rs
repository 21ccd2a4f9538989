//! Only the proxy is believed.

use std::sync::Arc;

use hmac::{Hmac, KeyInit as _, Mac as _};
use http::{HeaderMap, HeaderName};
use sha2::Sha256;

/// The secret that the proxy shares with the server. Without one, every client that reaches the loopback address counts as the proxy.
#[derive(Clone)]
pub(crate) struct Trust(Option<Arc<[u8]>>);

impl Trust {
    pub(crate) fn new(secret: Option<&str>) -> Self {
        Self(secret.map(|secret| code(secret.as_bytes()).into()))
    }

    pub(crate) fn is_proxy(&self, headers: &HeaderMap) -> bool {
        let Some(expected) = &self.0 else { return true };
        let mut values = headers.get_all(&SECRET).iter();
        match (values.next(), values.next()) {
            (Some(value), None) => is_same(expected, &code(value.as_bytes())),
            _ => false,
        }
    }
}

/// Codes instead of secrets are compared, so that the time tells nothing of the secret.
fn code(secret: &[u8]) -> [u8; 32] {
    let mut mac = Hmac::<Sha256>::new_from_slice(b"biometry-gate/forward/1").expect("HMAC takes any key");
    mac.update(secret);
    mac.finalize().into_bytes().into()
}

fn is_same(one: &[u8], other: &[u8; 32]) -> bool {
    one.len() == other.len() && one.iter().zip(other).fold(0, |all, (a, b)| all | (a ^ b)) == 0
}

pub(crate) const SECRET: HeaderName = HeaderName::from_static("x-forward-secret");
