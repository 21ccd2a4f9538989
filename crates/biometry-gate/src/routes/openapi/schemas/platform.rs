//! The schemas of bodies in the platform's dialect.

use serde_json::{Map, Value, json};

use super::{named, object, schema, text, time};
use crate::challenge::Code;

pub(super) fn consents() -> Map<String, Value> {
    let given = || json!({ "type": "boolean" });
    let record = || json!({ "oneOf": [schema("PlatformConsentRecord"), { "type": "null" }] });
    named([
        (
            "PlatformConsentChange",
            object(&json!({ "is_consent_given": given(), "user_fullname": text() }), &["is_consent_given"]),
        ),
        (
            "PlatformConsent",
            object(
                &json!({
                    "data": object(&json!({ "is_consent_given": given(), "user_fullname": text() }), &["is_consent_given", "user_fullname"]),
                    "is_consent_given": given(),
                    "user_fullname": text(),
                    "message": text(),
                }),
                &["data", "is_consent_given", "user_fullname", "message"],
            ),
        ),
        (
            "PlatformConsentHistory",
            object(
                &json!({
                    "data": object(
                        &json!({ "user_fullname": text(), "consent": record(), "storage_consent": record() }),
                        &["user_fullname", "consent", "storage_consent"],
                    ),
                }),
                &["data"],
            ),
        ),
        (
            "PlatformConsentRecord",
            object(
                &json!({
                    "is_consent_given": given(),
                    "history": { "type": "array", "items": object(
                        &json!({ "is_consent_given": given(), "date": time() }),
                        &["is_consent_given", "date"],
                    ) },
                    "created_at": time(),
                    "updated_at": time(),
                }),
                &["is_consent_given", "history", "created_at", "updated_at"],
            ),
        ),
    ])
}

pub(super) fn outcomes() -> Map<String, Value> {
    let code = || json!({ "type": "object", "properties": { "code": { "type": "integer" }, "description": text() }, "required": ["code", "description"] });
    named([
        ("PlatformVerdict", json!({ "oneOf": [schema("Verified"), schema("PlatformNotVerified")] })),
        (
            "PlatformNotVerified",
            object(
                &json!({
                    "scoring_result": { "enum": ["fail", "refer"] },
                    "message": text(),
                    "code": { "enum": [
                        Code::VerificationFailed.as_str(),
                        Code::VerificationReferred.as_str(),
                        Code::EnrolledNotVerified.as_str(),
                    ] },
                    "attempts_left": { "type": "integer", "minimum": 0 },
                    "phrase": text(),
                    "spoken": schema("Spoken"),
                    "expires_at": time(),
                    "reasons": { "type": "array" },
                }),
                &["scoring_result", "message", "code", "attempts_left"],
            ),
        ),
        (
            "PlatformFaceEnrollment",
            object(
                &json!({
                    "data": object(
                        &json!({ "enrollment_result": code(), "document_auth": { "type": ["object", "null"] } }),
                        &["enrollment_result", "document_auth"],
                    ),
                    "message": text(),
                    "code": { "type": "integer" },
                    "description": text(),
                }),
                &["data", "message", "code", "description"],
            ),
        ),
        (
            "PlatformVoiceEnrollment",
            object(
                &json!({
                    "data": object(&json!({ "status": { "enum": ["good", "enrolled", "qafailed", "error"] } }), &["status"]),
                    "message": text(),
                }),
                &["data", "message"],
            ),
        ),
        (
            "PlatformDocument",
            object(
                &json!({
                    "data": object(&json!({ "current_result": { "enum": ["Passed", "Failed"] } }), &["current_result"]),
                    "scoring_result": { "enum": ["pass", "fail"] },
                    "message": text(),
                }),
                &["data", "scoring_result", "message"],
            ),
        ),
        (
            "PlatformFaceMatch",
            object(
                &json!({
                    "data": { "allOf": [code(), object(&json!({ "result": { "type": "integer" } }), &["result"])] },
                    "scoring_result": object(&json!({ "status": { "enum": ["pass", "fail"] } }), &["status"]),
                    "message": text(),
                    "document_matched": { "type": "boolean" },
                }),
                &["data", "scoring_result", "message"],
            ),
        ),
    ])
}
