use std::fmt;
use std::sync::Arc;

use base64::Engine as _;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;
use ring::rand::SystemRandom;
use ring::signature::{ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, Ed25519KeyPair, KeyPair as _};
use rustls_pki_types::PrivatePkcs8KeyDer;
use rustls_pki_types::pem::PemObject as _;
use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};

/// A private key that signs receipts: Ed25519 (`EdDSA`) or P-256 (`ES256`). `Debug` shows its public id alone.
///
/// ```sh
/// openssl genpkey -algorithm ed25519 -out receipts.pem
/// ```
///
/// ```
/// use biometry_gate::receipts::ReceiptKey;
///
/// assert!(ReceiptKey::from_pkcs8_pem("no key at all").is_err());
/// ```
#[derive(Clone)]
pub struct ReceiptKey {
    pair: Arc<Pair>,
    id: Arc<str>,
}

enum Pair {
    Ed25519(Ed25519KeyPair),
    P256(EcdsaKeyPair),
}

/// A text that is no key for receipts. The message says what to give instead, and nothing of the text.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct ReceiptKeyError(&'static str);

impl ReceiptKey {
    /// Reads a private key in PKCS#8, as PEM: `-----BEGIN PRIVATE KEY-----`.
    ///
    /// # Errors
    /// When it is no such key, is encrypted, or is of another kind than Ed25519 and P-256.
    pub fn from_pkcs8_pem(pem: &str) -> Result<Self, ReceiptKeyError> {
        let der = PrivatePkcs8KeyDer::from_pem_slice(pem.as_bytes()).map_err(|_| NO_PEM)?;
        let pair = Pair::parse(der.secret_pkcs8_der()).ok_or(OTHER_KIND)?;
        let id = thumbprint(&pair).into();
        Ok(Self { pair: Arc::new(pair), id })
    }

    /// The key's id in receipts and in the set of keys: its thumbprint by RFC 7638, with SHA-256.
    pub fn id(&self) -> &str {
        &self.id
    }

    pub(super) fn algorithm(&self) -> &'static str {
        match *self.pair {
            Pair::Ed25519(_) => "EdDSA",
            Pair::P256(_) => "ES256",
        }
    }

    /// `None` where there is no randomness.
    pub(super) fn sign(&self, message: &[u8]) -> Option<Vec<u8>> {
        match &*self.pair {
            Pair::Ed25519(pair) => Some(pair.sign(message).as_ref().to_vec()),
            Pair::P256(pair) => {
                let signature = pair.sign(&SystemRandom::new(), message).ok()?;
                Some(signature.as_ref().to_vec())
            }
        }
    }

    /// The public key as a JWK (RFC 7517).
    pub(super) fn public(&self) -> Value {
        let mut public = self.pair.public();
        public["kid"] = (*self.id).into();
        public["use"] = "sig".into();
        public["alg"] = self.algorithm().into();
        public
    }
}

impl Pair {
    fn parse(der: &[u8]) -> Option<Self> {
        // OpenSSL writes an Ed25519 key without its public half.
        let ed25519 = Ed25519KeyPair::from_pkcs8_maybe_unchecked(der).map(Self::Ed25519);
        let p256 = || EcdsaKeyPair::from_pkcs8(&ECDSA_P256_SHA256_FIXED_SIGNING, der, &SystemRandom::new());
        ed25519.or_else(|_| p256().map(Self::P256)).ok()
    }

    /// The members that a thumbprint is made of, and no others.
    fn public(&self) -> Value {
        let text = |bytes: &[u8]| BASE64_URL_SAFE_NO_PAD.encode(bytes);
        match self {
            Self::Ed25519(pair) => {
                json!({ "crv": "Ed25519", "kty": "OKP", "x": text(pair.public_key().as_ref()) })
            }
            // 4, then the two coordinates.
            Self::P256(pair) => {
                let (x, y) = pair.public_key().as_ref()[1..].split_at(32);
                json!({ "crv": "P-256", "kty": "EC", "x": text(x), "y": text(y) })
            }
        }
    }
}

/// RFC 7638: SHA-256 of the required members in the order of their names, without white space.
fn thumbprint(pair: &Pair) -> String {
    let members = pair.public();
    let names = ["crv", "kty", "x", "y"].into_iter().filter(|name| members.get(name).is_some());
    let members: Vec<_> = names.map(|name| format!("\"{name}\":{}", members[name])).collect();
    BASE64_URL_SAFE_NO_PAD.encode(Sha256::digest(format!("{{{}}}", members.join(","))))
}

// INVARIANT: nothing of a private key reaches a log.
impl fmt::Debug for ReceiptKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "ReceiptKey({})", self.id)
    }
}

impl fmt::Display for ReceiptKeyError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.0)
    }
}

/// Programs that print it with `Debug` when they end say the same.
impl fmt::Debug for ReceiptKeyError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl std::error::Error for ReceiptKeyError {}

const NO_PEM: ReceiptKeyError = ReceiptKeyError(
    "the key of receipts is no PEM with an unencrypted private key in PKCS#8: it begins with -----BEGIN PRIVATE KEY-----",
);
const OTHER_KIND: ReceiptKeyError = ReceiptKeyError(
    "the key of receipts is neither Ed25519 nor P-256: make one with `openssl genpkey -algorithm ed25519`",
);
