//! The JWT form of a key (RFC 7519), made with HS256 and read without checking.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use hmac::{Hmac, KeyInit, Mac};
use serde_json::{Map, Value, json};
use sha2::Sha256;

use super::KeyRecord;
use crate::service::ServiceSet;

pub(super) fn sign(record: &KeyRecord, secret: &[u8; 32]) -> String {
    let claims = json!({
        "id": record.id,
        "project_id": record.project_id,
        "selected_services": record.services.display_names(),
    });
    let signed = format!("{}.{}", encode(&json!({ "alg": "HS256", "typ": "JWT" })), encode(&claims));
    let mut mac = Hmac::<Sha256>::new_from_slice(secret).expect("HMAC takes keys of any length");
    mac.update(signed.as_bytes());
    format!("{signed}.{}", URL_SAFE_NO_PAD.encode(mac.finalize().into_bytes()))
}

/// A key for tests: a JWT whose signature is obviously fake. A token with a signature of full length is
/// refused, so that a real key that strays into a sandbox does not work there and is noticed.
pub(super) fn read_test_key(token: &str) -> Option<KeyRecord> {
    let mut segments = token.split('.');
    let (header, claims) = (segments.next()?, segments.next()?);
    let signature = segments.next().unwrap_or_default();
    if segments.next().is_some() || is_signature(signature) {
        return None;
    }
    decode(header)?;
    let claims = decode(claims)?;
    let text = |name: &str| claims.get(name).and_then(Value::as_str).map(str::to_owned);
    Some(KeyRecord {
        id: text("id").unwrap_or_else(|| "test-key".to_owned()),
        name: "test key".to_owned(),
        project_id: text("project_id").unwrap_or_else(|| "test-project".to_owned()),
        services: services(&claims),
        can_mint: false,
        active: true,
        created_at: EPOCH.to_owned(),
        updated_at: EPOCH.to_owned(),
    })
}

fn services(claims: &Map<String, Value>) -> ServiceSet {
    match claims.get("selected_services").and_then(Value::as_array) {
        Some(names) => ServiceSet::from_display_names(names.iter().filter_map(Value::as_str)),
        None => ServiceSet::ALL,
    }
}

/// Every JWS signature algorithm yields at least the 32 bytes of HS256.
fn is_signature(segment: &str) -> bool {
    URL_SAFE_NO_PAD.decode(segment).is_ok_and(|bytes| bytes.len() >= 32)
}

fn encode(value: &Value) -> String {
    URL_SAFE_NO_PAD.encode(value.to_string())
}

fn decode(segment: &str) -> Option<Map<String, Value>> {
    serde_json::from_slice(&URL_SAFE_NO_PAD.decode(segment).ok()?).ok()
}

const EPOCH: &str = "1970-01-01T00:00:00.000Z";
