use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use ring::rand::SystemRandom;
use ring::signature::{ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, Ed25519KeyPair};

/// A new Ed25519 key that signs receipts, in PKCS#8 as PEM.
///
/// # Panics
/// When there is no randomness.
#[must_use]
pub fn eddsa_key() -> String {
    let key = Ed25519KeyPair::generate_pkcs8(&SystemRandom::new()).expect("randomness");
    pem(key.as_ref())
}

/// A new P-256 key that signs receipts, in PKCS#8 as PEM.
///
/// # Panics
/// When there is no randomness.
#[must_use]
pub fn es256_key() -> String {
    let random = SystemRandom::new();
    let key = EcdsaKeyPair::generate_pkcs8(&ECDSA_P256_SHA256_FIXED_SIGNING, &random).expect("randomness");
    pem(key.as_ref())
}

fn pem(der: &[u8]) -> String {
    let (begin, end) = ("-----BEGIN PRIVATE KEY-----", "-----END PRIVATE KEY-----");
    format!("{begin}\n{}\n{end}\n", BASE64_STANDARD.encode(der))
}
