//! The schemas of bodies.

mod platform;

use serde_json::{Map, Value, json};

use crate::challenge::Code;

/// A reference to a schema.
pub(super) fn schema(name: &str) -> Value {
    json!({ "$ref": format!("#/components/schemas/{name}") })
}

/// All schemas, by name.
pub(super) fn all() -> Value {
    let mut all = Map::new();
    for schemas in
        [sessions(), consents(), platform::consents(), outcomes(), platform::outcomes(), problems()]
    {
        all.extend(schemas);
    }
    all.into()
}

fn sessions() -> Map<String, Value> {
    named([
        (
            "Start",
            closed(
                &json!({
                    "policy": { "type": "string", "description": "Which policy to satisfy; the host's default without it." },
                    "intent": { "type": "string", "description": "The `step_up.intent.id` of the refusal, for a policy that approves operations." },
                    "subject": { "type": "string", "description": "For signing in by face: the name that the browser claims." },
                }),
                &[],
            ),
        ),
        (
            "Session",
            object(
                &json!({
                    "data": { "type": "string", "description": "The session's id. Later calls name it in `X-Session-ID`." },
                    "message": text(),
                    "phrase": { "type": "string", "description": "What the person says into the camera." },
                    "policy": text(),
                    "expires_at": time(),
                    "consent": schema("ConsentInBrief"),
                    "intent": schema("Operation"),
                    "spoken": schema("Spoken"),
                }),
                &["data", "message", "phrase", "policy", "expires_at", "consent"],
            ),
        ),
        (
            "SessionStatus",
            object(
                &json!({
                    "data": { "type": ["string", "null"] },
                    "state": { "enum": ["none", "issued", "processing", "passed", "failed", "expired", "ended"] },
                    "policy": { "type": ["string", "null"] },
                    "expires_at": { "type": ["string", "null"], "format": "date-time" },
                    "attempts_left": { "type": ["integer", "null"], "minimum": 0 },
                    "consent": schema("ConsentInBrief"),
                    "return_to": { "type": "string", "description": "Where the browser was going, once, after a pass." },
                }),
                &["data", "state", "policy", "expires_at", "attempts_left", "consent"],
            ),
        ),
        ("SessionEnded", message()),
        ("Delivered", message()),
        (
            "Operation",
            object(
                &json!({
                    "id": text(),
                    "display": { "type": "array", "items": object(&json!({ "label": text(), "value": text() }), &["label", "value"]) },
                }),
                &["id", "display"],
            ),
        ),
        (
            "Spoken",
            json!({
                "type": "array",
                "description": "Which lines of the operation the phrase begins with, in their order, and the words of each. Fresh random digits follow them.",
                "items": object(
                    &json!({ "label": text(), "value": text(), "words": text() }),
                    &["label", "value", "words"],
                ),
            }),
        ),
    ])
}

fn consents() -> Map<String, Value> {
    let given = || json!({ "type": "boolean" });
    named([
        (
            "ConsentInBrief",
            object(&json!({ "authorization": given(), "storage": given() }), &["authorization", "storage"]),
        ),
        (
            "Consent",
            object(
                &json!({ "authorization": schema("Grant"), "storage": schema("Grant") }),
                &["authorization", "storage"],
            ),
        ),
        (
            "Grant",
            object(
                &json!({
                    "given": given(),
                    "since": { "type": ["string", "null"], "format": "date-time" },
                    "text_version": { "type": ["string", "null"] },
                    "stale": { "const": true, "description": "The text has changed since: ask again." },
                }),
                &["given", "since", "text_version"],
            ),
        ),
        (
            "ConsentChange",
            json!({
                "type": "object",
                "properties": { "authorization": given(), "storage": given(), "text_version": text(), "user_fullname": text() },
                "additionalProperties": false,
                "anyOf": [{ "required": ["authorization"] }, { "required": ["storage"] }],
            }),
        ),
    ])
}

fn outcomes() -> Map<String, Value> {
    named([
        (
            "Verified",
            object(
                &json!({
                    "scoring_result": { "const": "pass" },
                    "message": text(),
                    "decision": object(
                        &json!({ "id": text(), "policy": text(), "expires_at": time(), "single_use": { "type": "boolean" } }),
                        &["id", "policy", "expires_at", "single_use"],
                    ),
                }),
                &["scoring_result", "message", "decision"],
            ),
        ),
        (
            "Enrolled",
            object(
                &json!({ "enrolled": { "enum": ["face", "voice"] }, "message": text(), "document": { "type": "object" } }),
                &["enrolled", "message"],
            ),
        ),
        (
            "Document",
            object(
                &json!({ "message": text(), "document": { "type": "object", "description": "The fields that the host lets out." } }),
                &["message", "document"],
            ),
        ),
        (
            "FaceMatch",
            object(
                &json!({ "message": text(), "document_matched": { "type": "boolean" } }),
                &["message", "document_matched"],
            ),
        ),
    ])
}

/// What every refusal has (RFC 9457), and what some of them add.
fn problems() -> Map<String, Value> {
    let codes: Vec<_> = Code::ALL.iter().map(|code| code.as_str()).collect();
    let strings = || json!({ "type": "array", "items": text() });
    let count = || json!({ "type": "integer", "minimum": 0 });
    named([
        (
            "Problem",
            object(
                &json!({
                    "type": { "type": "string", "description": "`urn:biometry-gate:problem:` and the code." },
                    "title": text(),
                    "status": { "type": "integer" },
                    "detail": { "type": "string", "description": "For people." },
                    "code": { "enum": codes },
                    "error": { "type": "string", "description": "The detail again, where the platform's SDK looks for it." },
                    "request_id": text(),
                    "reason": { "type": "string", "description": "Why there is no decision that counts, or why an enrollment failed." },
                    "step_up": schema("StepUp"),
                    "purposes": strings(),
                    "state": { "enum": ["uploading", "settled", "superseded", "ended"] },
                    "accepted": strings(),
                    "attempts_left": count(),
                    "phrase": { "type": "string", "description": "The phrase of the next attempt." },
                    "spoken": schema("Spoken"),
                    "expires_at": time(),
                    "received": count(),
                    "least_rate": { "type": "integer", "minimum": 0, "description": "Bytes per second." },
                    "idle_s": count(),
                    "total_s": count(),
                }),
                &["type", "title", "status", "detail", "code", "error", "request_id"],
            ),
        ),
        (
            "StepUp",
            object(
                &json!({
                    "policy": text(),
                    "action": text(),
                    "acr_values": strings(),
                    "max_age": { "type": "integer", "minimum": 0, "description": "Seconds." },
                    "intent": schema("Operation"),
                    "next": { "type": "array", "items": object(
                        &json!({ "rel": text(), "method": text(), "href": text(), "needed": { "type": "boolean" } }),
                        &["rel", "method", "href", "needed"],
                    ) },
                }),
                &["policy", "action", "acr_values", "max_age", "next"],
            ),
        ),
    ])
}

fn named<const N: usize>(schemas: [(&str, Value); N]) -> Map<String, Value> {
    schemas.into_iter().map(|(name, schema)| (name.to_owned(), schema)).collect()
}

fn object(properties: &Value, required: &[&str]) -> Value {
    json!({ "type": "object", "properties": properties, "required": required })
}

/// An object that takes no other members.
fn closed(properties: &Value, required: &[&str]) -> Value {
    let mut object = object(properties, required);
    object["additionalProperties"] = false.into();
    object
}

fn message() -> Value {
    object(&json!({ "message": text() }), &["message"])
}

fn text() -> Value {
    json!({ "type": "string" })
}

fn time() -> Value {
    json!({ "type": "string", "format": "date-time" })
}
