//! `webhooks`: creation, which is all that is known of them. Nothing is ever delivered.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};

use super::Call;
use crate::clock::rfc3339;
use crate::id;
use crate::reply::{Refusal, Reply};

pub(super) fn create(call: &Call<'_>, body: Option<&Value>) -> Result<Reply, Refusal> {
    let body = body.ok_or(Refusal::bad_request("request body is required"))?;
    let text = |name: &str| body.get(name).and_then(Value::as_str).filter(|text| !text.is_empty());
    let api_key_id = text("api_key_id").ok_or(Refusal::bad_request("api_key_id is required"))?;
    let url = text("url").filter(|url| url.starts_with("https://")).ok_or(URL_REQUIRED)?;
    let events = body.get("events").and_then(Value::as_array).filter(|events| !events.is_empty());
    let events = events.ok_or(Refusal::bad_request("events is required"))?;
    if events.iter().any(|event| event != EVENT) {
        return Err(Refusal::bad_request("unknown event"));
    }
    let now = rfc3339(call.now);
    let data = json!({
        "id": format!("wh_{}", id::uuid()),
        "api_key_id": api_key_id,
        "project_id": call.request.key.project_id,
        "url": url,
        "events": events,
        "status": "active",
        "headers": body.get("headers").cloned().unwrap_or_else(|| json!({})),
        "retry_config": {
            "max_retries": 5,
            "initial_delay": 1_000_000_000_u64,
            "max_delay": 300_000_000_000_u64,
            "backoff_multiplier": 2,
        },
        "success_count": 0,
        "failure_count": 0,
        "created_at": now,
        "updated_at": now,
        "secret": format!("whsec_{}", STANDARD.encode(id::random::<32>())),
    });
    Ok(Reply::json(&json!({ "data": data, "message": MESSAGE })))
}

const EVENT: &str = "docauth.completed";
const URL_REQUIRED: Refusal = Refusal::bad_request("url is required and must be https");
const MESSAGE: &str = "webhook created; store the secret now, it is not shown again";
