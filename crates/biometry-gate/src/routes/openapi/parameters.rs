//! The parameters of operations.

use serde_json::{Value, json};

pub(super) fn start_parameters() -> Vec<Value> {
    let in_query = |name: &str, schema: Value, description: &str| json!({ "name": name, "in": "query", "schema": schema, "description": description });
    vec![
        in_query("policy", text(), "The policy, where the body does not name it."),
        in_query("intent", text(), "The intent, where the body does not name it."),
        in_query("warmup", json!({ "type": "boolean" }), "Asks the platform to get ready."),
    ]
}

pub(super) fn return_handle() -> Value {
    json!({
        "name": "return", "in": "query", "schema": { "type": "string" },
        "description": "The handle under which a refused navigation was remembered.",
    })
}

pub(super) fn purpose() -> Value {
    json!({
        "name": "purpose", "in": "query", "schema": { "enum": ["authorization", "storage"] },
        "description": "What to withdraw; everything without it.",
    })
}

pub(super) fn session_header() -> Value {
    json!({
        "name": "X-Session-ID", "in": "header", "schema": { "type": "string" },
        "description": "The session that is meant; without it the caller's one live session.",
    })
}

pub(super) fn session_in_path() -> Value {
    json!({ "name": "id", "in": "path", "required": true, "schema": { "type": "string" } })
}

#[cfg(feature = "documents")]
pub(super) fn use_prefilled_video() -> Value {
    json!({
        "name": "X-Use-Prefilled-Video", "in": "header", "schema": { "type": "boolean" },
        "description": "`true`: the session's video is meant, and the form has none.",
    })
}

fn text() -> Value {
    json!({ "type": "string" })
}
