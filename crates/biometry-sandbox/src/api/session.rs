//! `sessions/start` and `sessions/end/{id}`.

use serde_json::{Value, json};

use super::Call;
use crate::id;
use crate::query;
use crate::reply::{Refusal, Reply};
use crate::shape::Shape;

pub(super) fn start(call: &mut Call<'_>) -> Reply {
    let (id, message) = match call.settings.shape {
        Shape::Guide => (id::uuid(), "session started"),
        Shape::Sdk | Shape::Legacy => (format!("sess_{}", id::uuid()), "session started successfully"),
    };
    open(call, &id);
    Reply::json(&json!({ "data": id, "message": message }))
}

/// Remembers a session that begins.
pub(super) fn open(call: &mut Call<'_>, id: &str) {
    let warmed_up = query::value(&call.request.query, "warmup") == Some("true");
    call.project().sessions.start(id.to_owned(), warmed_up);
}

pub(super) fn end(call: &mut Call<'_>, body: Option<&Value>) -> Result<Reply, Refusal> {
    close(call, body)?;
    Ok(Reply::json(&json!({ "message": "session ended successfully" })))
}

/// The body may be missing, `{}`, or name a phone number for the SIM-swap check, whose result is nowhere reported.
pub(super) fn close(call: &mut Call<'_>, body: Option<&Value>) -> Result<(), Refusal> {
    let phone_number =
        body.and_then(|body| body.get("phone_number")).and_then(Value::as_str).map(str::to_owned);
    let id = call.request.session.as_deref().unwrap_or_default();
    let sessions = &mut call.state.project(&call.request.key.project_id).sessions;
    let session = sessions.enter(id, None).map_err(|_| Refusal::not_found("session not found"))?;
    session.ended = true;
    session.phone_number = phone_number;
    Ok(())
}
