//! From a request to its reply: route, fault, admission, body, persona, operation.

use http::StatusCode;
use http::request::Parts;
use hyper::body::Incoming;
use serde_json::json;

use super::Cut;
use super::admission::{self, Admitted};
use super::intake::{self, Bounds, Payload, Unread};
use crate::api::{self, Call};
use crate::fault::{Effect, Incident};
use crate::journal::Record;
use crate::operation::{self, ErrorKey, Operation, Unrouted};
use crate::persona::{self, Persona};
use crate::reply::{Delivery, Refusal, Reply};
use crate::server::Inner;
use crate::{ending, text};

pub(super) async fn answer(
    sandbox: &Inner,
    parts: &Parts,
    body: &mut Incoming,
    record: &Record,
    request_id: &str,
) -> Result<Reply, Cut> {
    let errors = ErrorKey::of_path(parts.uri.path());
    match exchange(sandbox, parts, body, record, request_id).await {
        Ok(reply) => Ok(reply),
        Err(Unread::Refused(refusal)) => Ok(Reply::refusal(refusal, errors)),
        Err(Unread::Gone) => Err(Cut),
    }
}

async fn exchange(
    sandbox: &Inner,
    parts: &Parts,
    body: &mut Incoming,
    record: &Record,
    request_id: &str,
) -> Result<Reply, Unread> {
    let route = operation::route(&parts.method, parts.uri.path()).map_err(unrouted)?;
    let incident = claim_incident(sandbox, parts, route.operation);
    match incident.effect {
        Effect::EarlyReply(status) => return Ok(Reply::json(&json!({ "error": FAULT })).with_status(status)),
        Effect::StopReading => std::future::pending().await,
        _ => {}
    }
    let admitted = admission::admit(&sandbox.settings, &mut sandbox.state(), parts, route, request_id)?;
    record.key(&admitted.key.id);
    let payload = read(sandbox, &admitted, body, &incident, record).await?;
    record.completed();
    let persona = persona_of(&admitted);
    tokio::time::sleep(incident.delay + persona.delay).await;
    if let Effect::Status(status, body) = &incident.effect {
        return Ok(Reply::json(body).with_status(*status));
    }
    if let Some(reply) = ending::instead(persona.ending) {
        return Ok(reply);
    }
    let reply = perform(sandbox, &admitted, &persona, &payload)?;
    Ok(after(&incident.effect, ending::deliver(persona.ending, reply)))
}

fn unrouted(unrouted: Unrouted) -> Refusal {
    match unrouted {
        Unrouted::Path => Refusal::not_found("not found"),
        Unrouted::Method => Refusal::new(StatusCode::METHOD_NOT_ALLOWED, "method not allowed"),
    }
}

fn claim_incident(sandbox: &Inner, parts: &Parts, operation: Operation) -> Incident {
    let user = text::header(&parts.headers, "x-user-fullname");
    sandbox.faults.claim(operation, user.as_deref()).unwrap_or(Incident::NONE)
}

async fn read(
    sandbox: &Inner,
    admitted: &Admitted,
    body: &mut Incoming,
    incident: &Incident,
    record: &Record,
) -> Result<Payload, Unread> {
    if !admitted.operation.is_upload() {
        return Ok(Payload::Json(intake::read_json(body, record).await?));
    }
    let cut_after = match incident.effect {
        Effect::CutWhileReading(bytes) => Some(bytes),
        _ => None,
    };
    let bounds = Bounds { max_file: sandbox.settings.max_upload, cut_after };
    Ok(Payload::Form(intake::read_form(&admitted.headers, body, bounds, record).await?))
}

fn persona_of(admitted: &Admitted) -> Persona {
    match &admitted.acting {
        Some(subject) if admitted.operation.is_upload() => persona::parse(subject),
        _ => Persona::PLAIN,
    }
}

fn perform(
    sandbox: &Inner,
    request: &Admitted,
    persona: &Persona,
    payload: &Payload,
) -> Result<Reply, Refusal> {
    let settings = &sandbox.settings;
    let now = settings.clock.now();
    let state = &mut *sandbox.state();
    api::perform(&mut Call { settings, state, request, persona, now, base_url: &sandbox.base_url }, payload)
}

/// What a fault does to a reply that is ready.
fn after(effect: &Effect, reply: Reply) -> Reply {
    match effect {
        Effect::Body(bytes) => Reply::json_text(bytes.clone()),
        Effect::CutBeforeReply => reply.with_delivery(Delivery::CutBeforeReply),
        Effect::CutAfterHeaders => reply.with_delivery(Delivery::CutAfterHeaders),
        Effect::Hang => reply.with_delivery(Delivery::Never),
        Effect::Nothing
        | Effect::Status(..)
        | Effect::CutWhileReading(_)
        | Effect::EarlyReply(_)
        | Effect::StopReading => reply,
    }
}

const FAULT: &str = "the sandbox was told to fail";
