//! `sessions` and `sessions/{id}/end`.

use serde_json::{Value, json};

use crate::api::{Call, session};
use crate::id;
use crate::reply::{Refusal, Reply};
use crate::shape::v2;

pub(super) fn start(call: &mut Call<'_>) -> Reply {
    let id = format!("sess_{}", id::uuid());
    session::open(call, &id);
    v2::plain(Some(json!({ "session_id": id })), &call.request.request_id)
}

pub(super) fn end(call: &mut Call<'_>, body: Option<&Value>) -> Result<Reply, Refusal> {
    session::close(call, body)?;
    Ok(v2::plain(None, &call.request.request_id))
}
