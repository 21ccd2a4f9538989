//! `/api-projects/public/apikeys`: what a key may, minting and revoking.

use http::StatusCode;
use serde_json::json;

use super::Call;
use crate::reply::{Refusal, Reply};

pub(super) fn info(call: &Call<'_>) -> Reply {
    let key = &call.request.key;
    let data = json!({
        "id": key.id,
        "name": key.name,
        "state": "active",
        "selected_services": key.services.display_names(),
        "can_mint": key.can_mint,
        "created_at": key.created_at,
        "updated_at": key.updated_at,
    });
    Reply::json(&json!({ "message": "api key found", "data": data }))
}

/// A further key of the same project and services, which itself may not mint.
pub(super) fn mint(call: &mut Call<'_>) -> Result<Reply, Refusal> {
    let key = &call.request.key;
    if !key.can_mint {
        return Err(MAY_NOT_MINT);
    }
    let token = call.state.keys.mint(&key.project_id, key.services, false, call.now);
    Ok(Reply::json(&json!({ "data": token, "message": "api key created" })))
}

pub(super) fn revoke(call: &mut Call<'_>) -> Result<Reply, Refusal> {
    let id = call.request.id.as_deref().unwrap_or_default();
    if call.state.keys.revoke_id(&call.request.key.project_id, id, call.now) {
        Ok(Reply::json(&json!({ "message": "api key revoked" })))
    } else {
        Err(Refusal::not_found("api key not found"))
    }
}

const MAY_NOT_MINT: Refusal = Refusal::new(StatusCode::FORBIDDEN, "this api key cannot mint");
