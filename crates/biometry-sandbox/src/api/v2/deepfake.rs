//! `deepfake/checks`. Each look brings a check one step further; what it finds is nowhere documented, and not said.

use http::StatusCode;
use serde_json::json;

use crate::api::{Call, VIDEO_REQUIRED};
use crate::form::Form;
use crate::id;
use crate::reply::{Refusal, Reply};
use crate::shape::v2;

pub(super) fn start(call: &mut Call<'_>, form: &Form) -> Result<Reply, Refusal> {
    call.request.session.as_deref().ok_or(SESSION_REQUIRED)?;
    form.file("video").ok_or(VIDEO_REQUIRED)?;
    let id = id::uuid();
    call.project().deepfake_checks.insert(id.clone(), 0);
    call.record_transaction();
    Ok(answer(call, &id, 0).with_status(StatusCode::CREATED))
}

pub(super) fn look(call: &mut Call<'_>) -> Result<Reply, Refusal> {
    let id = call.request.id.clone().unwrap_or_default();
    let checks = &mut call.project().deepfake_checks;
    let looks = checks.get_mut(&id).ok_or(Refusal::not_found("deepfake check not found"))?;
    *looks += 1;
    let looks = *looks;
    Ok(answer(call, &id, looks))
}

fn answer(call: &Call<'_>, id: &str, looks: u32) -> Reply {
    let status = match looks {
        0 => "pending",
        1 => "processing",
        _ => "completed",
    };
    v2::plain(Some(json!({ "id": id, "status": status })), &call.request.request_id)
}

const SESSION_REQUIRED: Refusal = Refusal::bad_request("session_id is required");
