//! Deliveries of the platform.

use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use http::StatusCode;
use serde_json::json;
use sha2::{Digest as _, Sha256};

use super::answer::Answer;
use super::call::{Call, read_bytes};
use super::no_route;
use crate::audit::EventKind;
use crate::capture::RequestBody;
use crate::challenge::{Code, Problem};
use crate::engine::Engine;
use crate::id::ClaimId;
use crate::principal::{HostSession, Principal, SubjectKey, Tenant};

/// Takes a delivery: a signature takes the place of a principal, and no browser sends one.
pub(super) async fn receive(call: Call, body: RequestBody) -> Result<Answer, Problem> {
    let engine = Arc::clone(call.engine());
    let Some(receiver) = &engine.webhook else { return Err(no_route()) };
    let body = Bytes::from(read_bytes(&engine, body, LONGEST).await?);
    let delivery = receiver.verify(call.headers(), body, engine.now()).map_err(|why| {
        engine.audit.note(&engine.audit.anonymous(EventKind::WebhookRejected).reason(why.as_str()));
        Problem::new(Code::InvalidRequest, "the delivery is not signed as it should be")
            .with_status(StatusCode::FORBIDDEN)
    })?;
    // The place comes first: a delivery that is remembered and not handled would be lost.
    let place = receiver.place().ok_or_else(|| {
        Problem::new(Code::Overloaded, "too many deliveries are being handled").retry_after(SHORTLY)
    })?;
    if !is_first(&engine, delivery.id()).await? {
        engine.audit.note(&engine.audit.anonymous(EventKind::WebhookDuplicate));
        return Ok(Answer::new(json!({ "message": "delivered before" })));
    }
    engine.audit.note(&engine.audit.anonymous(EventKind::WebhookAccepted));
    let handler = receiver.handler();
    drop(engine.tasks.spawn(async move {
        handler.handle(delivery).await;
        drop(place);
    }));
    Ok(Answer::new(json!({ "message": "delivered" })))
}

/// Whether this delivery has not been here before, at any replica.
async fn is_first(engine: &Engine, id: &str) -> Result<bool, Problem> {
    let claim = ClaimId::random(&*engine.entropy)?;
    let key = key_of(id)?;
    Ok(engine.store(engine.store.mark_delivered(&key, &claim, REMEMBERED)).await?)
}

/// Deliveries are remembered beside people, under a tenant that no host has.
fn key_of(id: &str) -> Result<SubjectKey, Problem> {
    let hash = Sha256::digest(id);
    let name: String = hash.iter().map(|byte| format!("{byte:02x}")).collect();
    let owner = Tenant::parse("biometry-gate/deliveries")
        .and_then(|tenant| Principal::of_tenant(tenant, &name, HostSession::parse("webhook")?))
        .map_err(|_| Problem::new(Code::StoreUnavailable, "the delivery cannot be remembered"))?;
    Ok(owner.key().clone())
}

const LONGEST: usize = 256 * 1024;
/// The platform repeats a delivery for some minutes; an attacker who captured one might do so for longer (replay).
const REMEMBERED: Duration = Duration::from_secs(72 * 3600);
const SHORTLY: Duration = Duration::from_secs(2);
