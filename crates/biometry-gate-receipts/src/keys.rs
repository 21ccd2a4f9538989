use std::fmt;

use base64::Engine as _;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;
use ring::signature::{ECDSA_P256_SHA256_FIXED, ED25519, UnparsedPublicKey, VerificationAlgorithm};
use serde::Deserialize;
use serde_json::Value;

use crate::error::{ReceiptError, ReceiptErrorKind as Kind};

/// The issuer's public keys: a JWK Set (RFC 7517), as the app answers it at `jwks.json` below its mount.
///
/// The host fetches it, from the address that is in its own settings: over TLS, at start and again every few minutes, and
/// at once where a receipt is refused as [`UnknownKey`](crate::ReceiptErrorKind::UnknownKey), but once in 10 seconds at
/// most, since anyone can name unknown keys. [`ReceiptVerifier::replace_keys`](crate::ReceiptVerifier::replace_keys) takes
/// it.
#[derive(Clone)]
pub struct KeySet(Vec<Key>);

#[derive(Clone)]
struct Key {
    id: String,
    algorithm: Algorithm,
    bytes: Vec<u8>,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Algorithm {
    EdDsa,
    Es256,
}

#[derive(Deserialize)]
struct Set {
    keys: Vec<Value>,
}

#[derive(Deserialize)]
struct Jwk {
    kty: String,
    crv: String,
    kid: String,
    alg: Option<String>,
    r#use: Option<String>,
    x: String,
    y: Option<String>,
}

impl KeySet {
    /// Reads a set, given as text or as the body of an answer. Keys of other kinds and for other uses are left out.
    ///
    /// # Errors
    /// When it is no set of keys, is larger than 64 KiB or of more than 32 keys, has no key that receipts are signed with,
    /// or has two of one id.
    pub fn parse(set: impl AsRef<[u8]>) -> Result<Self, ReceiptError> {
        let set = set.as_ref();
        if set.len() > LARGEST {
            return Err(ReceiptError::settings("the set of keys is larger than 64 KiB"));
        }
        let set: Set = serde_json::from_slice(set)
            .map_err(|_| ReceiptError::settings("the set of keys is no JWK Set, an object with `keys`"))?;
        if set.keys.len() > MOST {
            return Err(ReceiptError::settings("the set has more than 32 keys"));
        }
        let keys: Vec<_> = set.keys.into_iter().filter_map(Key::read).collect();
        if keys.is_empty() {
            return Err(ReceiptError::settings("the set has no Ed25519 or P-256 key for signatures"));
        }
        let is_twice = |(at, key): (usize, &Key)| keys[..at].iter().any(|other| other.id == key.id);
        if keys.iter().enumerate().any(is_twice) {
            return Err(ReceiptError::settings("the set has two keys of one id"));
        }
        Ok(Self(keys))
    }

    /// Checks a signature by the key of this id, whose own algorithm must be the one that the token names.
    pub(crate) fn check(&self, id: &str, alg: &str, message: &str, signature: &[u8]) -> Result<(), Kind> {
        let named = Algorithm::parse(alg).ok_or(Kind::Algorithm)?;
        let key = self.0.iter().find(|key| key.id == id).ok_or(Kind::UnknownKey)?;
        if key.algorithm != named {
            return Err(Kind::Algorithm);
        }
        let public = UnparsedPublicKey::new(key.algorithm.verification(), &key.bytes);
        public.verify(message.as_bytes(), signature).map_err(|_| Kind::Signature)
    }
}

impl Key {
    fn read(jwk: Value) -> Option<Self> {
        let jwk: Jwk = serde_json::from_value(jwk).ok()?;
        let (x, y) = (coordinate(&jwk.x)?, jwk.y.as_deref().map(coordinate));
        let (algorithm, bytes) = match (&*jwk.kty, &*jwk.crv, y) {
            ("OKP", "Ed25519", None) => (Algorithm::EdDsa, x),
            ("EC", "P-256", Some(y)) => (Algorithm::Es256, [vec![4], x, y?].concat()),
            _ => return None,
        };
        let fits = |alg: &String| Algorithm::parse(alg) == Some(algorithm);
        let is_for_signatures = jwk.r#use.is_none_or(|purpose| purpose == "sig");
        let is_usable = is_for_signatures && jwk.alg.as_ref().is_none_or(fits);
        is_usable.then_some(Self { id: jwk.kid, algorithm, bytes })
    }
}

impl Algorithm {
    /// The allow-list.
    fn parse(alg: &str) -> Option<Self> {
        match alg {
            "EdDSA" => Some(Self::EdDsa),
            "ES256" => Some(Self::Es256),
            _ => None,
        }
    }

    fn verification(self) -> &'static dyn VerificationAlgorithm {
        match self {
            Self::EdDsa => &ED25519,
            Self::Es256 => &ECDSA_P256_SHA256_FIXED,
        }
    }
}

fn coordinate(text: &str) -> Option<Vec<u8>> {
    BASE64_URL_SAFE_NO_PAD.decode(text).ok().filter(|bytes| bytes.len() == 32)
}

impl fmt::Debug for KeySet {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(self.0.iter().map(|key| &key.id)).finish()
    }
}

const LARGEST: usize = 64 * 1024;
const MOST: usize = 32;
