//! `webhooks`: creation, which is all that is known of them, and what is delivered, which is the sandbox's own idea.

use serde_json::{Value, json};

use super::Call;
use crate::clock::rfc3339;
use crate::id;
use crate::reply::{Refusal, Reply};
use crate::webhook::{Address, Secret, Webhook, parse_headers};

pub(super) fn create(call: &mut Call<'_>, body: Option<&Value>) -> Result<Reply, Refusal> {
    let body = body.ok_or(Refusal::bad_request("request body is required"))?;
    let text = |name: &str| body.get(name).and_then(Value::as_str).filter(|text| !text.is_empty());
    let api_key_id = text("api_key_id").ok_or(Refusal::bad_request("api_key_id is required"))?;
    let url = text("url").ok_or(URL_REQUIRED)?;
    let address = Address::parse(url).ok_or(URL_REQUIRED)?;
    let events = body.get("events").and_then(Value::as_array).filter(|events| !events.is_empty());
    let events = events.ok_or(Refusal::bad_request("events is required"))?;
    if events.iter().any(|event| event != DOCUMENT_CHECKED) {
        return Err(Refusal::bad_request("unknown event"));
    }
    let sent_along = body.get("headers").cloned().unwrap_or_else(|| json!({}));
    let headers = parse_headers(&sent_along).ok_or(Refusal::bad_request("headers are not valid"))?;
    let secret = call.settings.webhook_secret.clone().unwrap_or_else(Secret::random);
    let webhook = Webhook { key: api_key_id.to_owned(), address, headers, secret: secret.clone() };
    let webhooks = &mut call.project().webhooks;
    if webhooks.len() == MOST_WEBHOOKS {
        return Err(Refusal::bad_request("too many webhooks"));
    }
    webhooks.push(webhook);
    let now = rfc3339(call.now);
    let data = json!({
        "id": format!("wh_{}", id::uuid()),
        "api_key_id": api_key_id,
        "project_id": call.request.key.project_id,
        "url": url,
        "events": events,
        "status": "active",
        "headers": sent_along,
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
        "secret": secret.as_str(),
    });
    Ok(Reply::json(&json!({ "data": data, "message": MESSAGE })))
}

/// Puts an event into the outbox, for every webhook of the key that the call came with.
pub(super) fn announce(call: &mut Call<'_>, event: &str) {
    let request = call.request;
    let body = json!({
        "event": event,
        "created_at": rfc3339(call.now),
        "data": {
            "request_id": request.request_id,
            "session_id": request.session,
            "user_fullname": request.user,
        },
    });
    let of_key = |webhook: &&Webhook| webhook.key == request.key.id;
    let parcels: Vec<_> =
        call.project().webhooks.iter().filter(of_key).filter_map(|webhook| webhook.parcel(&body)).collect();
    call.state.outbox.extend(parcels);
}

pub(super) const DOCUMENT_CHECKED: &str = "docauth.completed";
/// In one project.
const MOST_WEBHOOKS: usize = 32;
const URL_REQUIRED: Refusal = Refusal::bad_request("url is required and must be https");
const MESSAGE: &str = "webhook created; store the secret now, it is not shown again";
