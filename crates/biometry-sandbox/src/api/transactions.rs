//! `/api-transactions`: what was uploaded before, by request id.

use serde_json::{Value, json};

use super::Call;
use crate::operation::Operation;
use crate::query;
use crate::reply::{Refusal, Reply};
use crate::state::{Flag, Transaction};

/// The shape of this list is nowhere documented; this one is the sandbox's own. It honours `wanted_flag`.
pub(super) fn list(call: &mut Call<'_>, body: Option<&Value>) -> Result<Reply, Refusal> {
    let wanted = body.and_then(|body| body.get("wanted_flag")).and_then(Value::as_str);
    let wanted = wanted.map(|flag| Flag::parse(flag).ok_or(BAD_REQUEST)).transpose()?;
    let transactions = call.project().transactions.iter();
    let mut chosen: Vec<_> =
        transactions.filter(|(_, one)| wanted.is_none_or(|flag| one.flag == flag)).collect();
    chosen.sort_by(|(_, one), (_, other)| one.created_at.cmp(&other.created_at));
    let data: Vec<Value> = chosen.into_iter().map(|(id, one)| summary(id, one)).collect();
    Ok(Reply::json(&json!({ "data": data })))
}

/// Links to the media of a verification. They look as the platform's do, and lead nowhere: the sandbox keeps no media.
pub(super) fn samples(call: &mut Call<'_>) -> Result<Reply, Refusal> {
    let id = call.request.id.clone().unwrap_or_default();
    let transaction = find(call)?;
    if !matches!(transaction.operation, Operation::ProcessVideo | Operation::Liveness | Operation::FaceVerify)
    {
        return Err(NOT_FOUND);
    }
    let link = |file| format!("https://media.invalid/{id}/{file}?X-Goog-Expires=899");
    let data = json!({
        "login-extracted-frame": link("frame.jpg"),
        "login-original-video": link("video.mp4"),
    });
    Ok(Reply::json(&json!({ "data": data })))
}

pub(super) fn tag(call: &mut Call<'_>, body: Option<&Value>) -> Result<Reply, Refusal> {
    let tags = body.and_then(|body| body.get("tags")).and_then(Value::as_array).ok_or(BAD_REQUEST)?;
    let tags: Option<Vec<String>> = tags.iter().map(|tag| tag.as_str().map(str::to_owned)).collect();
    find(call)?.tags = tags.ok_or(BAD_REQUEST)?;
    Ok(Reply::json(&json!({ "message": "tags updated" })))
}

pub(super) fn flag(call: &mut Call<'_>) -> Result<Reply, Refusal> {
    let flag = query::value(&call.request.query, "flag").and_then(Flag::parse).ok_or(BAD_REQUEST)?;
    find(call)?.flag = flag;
    Ok(Reply::json(&json!({ "message": "flag updated" })))
}

fn find<'c>(call: &'c mut Call<'_>) -> Result<&'c mut Transaction, Refusal> {
    let id = call.request.id.as_deref().unwrap_or_default();
    call.state.project(&call.request.key.project_id).transactions.get_mut(id).ok_or(NOT_FOUND)
}

fn summary(id: &str, transaction: &Transaction) -> Value {
    json!({
        "transaction_id": id,
        "operation": format!("{:?}", transaction.operation),
        "user_fullname": transaction.user,
        "session_id": transaction.session,
        "tags": transaction.tags,
        "flag": transaction.flag.as_str(),
        "created_at": transaction.created_at,
    })
}

const NOT_FOUND: Refusal = Refusal::not_found("transaction not found");
const BAD_REQUEST: Refusal = Refusal::bad_request("bad request");
