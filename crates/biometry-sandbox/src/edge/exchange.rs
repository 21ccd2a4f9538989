//! From a request to its reply: route, fault, admission, body, persona, operation.

use http::StatusCode;
use http::request::Parts;
use hyper::body::Incoming;
use serde_json::json;

use super::Cut;
use super::admission::{self, Admitted};
use super::identification;
use super::intake::{self, Bounds, Payload, Unread};
use crate::api::{self, Call};
use crate::ending;
use crate::fault::{Effect, Incident};
use crate::journal::Record;
use crate::operation::{self, ErrorKey, Route, Unrouted};
use crate::persona::{self, Persona};
use crate::reply::{Delivery, Refusal, Reply};
use crate::server::Inner;

/// One request on its way to a reply.
pub(super) struct Exchange<'a> {
    pub(super) sandbox: &'a Inner,
    pub(super) parts: &'a Parts,
    pub(super) record: &'a Record,
    pub(super) request_id: &'a str,
    /// As the journal has it: from the header, else from the query.
    pub(super) user: Option<&'a str>,
}

impl Exchange<'_> {
    pub(super) async fn answer(&self, body: &mut Incoming) -> Result<Reply, Cut> {
        match self.run(body).await {
            Ok(reply) => Ok(reply),
            Err(Unread::Refused(refusal)) => Ok(Reply::refusal(refusal, self.errors(), self.request_id)),
            Err(Unread::Gone) => Err(Cut),
        }
    }

    async fn run(&self, body: &mut Incoming) -> Result<Reply, Unread> {
        let route = operation::route(&self.parts.method, self.parts.uri.path()).map_err(unrouted)?;
        let incident = self.sandbox.faults.claim(route.operation, self.user).unwrap_or(Incident::NONE);
        match incident.effect {
            Effect::EarlyReply(status) => {
                return Ok(Reply::json(&json!({ "error": FAULT })).with_status(status));
            }
            Effect::StopReading => std::future::pending().await,
            _ => {}
        }
        let mut admitted = self.admit(route)?;
        let payload = self.read(&admitted, body, &incident.effect).await?;
        identification::identify(&mut self.sandbox.state(), &mut admitted, &payload, self.record)?;
        let persona = persona_of(&admitted);
        tokio::time::sleep(incident.delay + persona.delay).await;
        if let Effect::Status(status, body) = &incident.effect {
            return Ok(Reply::json(body).with_status(*status));
        }
        if let Some(reply) = ending::instead(persona.ending, self.errors(), self.request_id) {
            return Ok(reply);
        }
        let reply = self.perform(&admitted, &persona, &payload)?;
        Ok(after(&incident.effect, ending::deliver(persona.ending, reply)))
    }

    fn errors(&self) -> ErrorKey {
        ErrorKey::of_path(self.parts.uri.path())
    }

    fn admit(&self, route: Route) -> Result<Admitted, Refusal> {
        let settings = &self.sandbox.settings;
        let admitted =
            admission::admit(settings, &mut self.sandbox.state(), self.parts, route, self.request_id)?;
        self.record.key(&admitted.key.id);
        Ok(admitted)
    }

    async fn read(
        &self,
        admitted: &Admitted,
        body: &mut Incoming,
        effect: &Effect,
    ) -> Result<Payload, Unread> {
        let payload = if admitted.operation.is_upload() {
            let cut_after = match effect {
                Effect::CutWhileReading(bytes) => Some(*bytes),
                _ => None,
            };
            let bounds = Bounds { max_file: self.sandbox.settings.max_upload, cut_after };
            Payload::Form(intake::read_form(&admitted.headers, body, bounds, self.record).await?)
        } else {
            Payload::Json(intake::read_json(body, self.record).await?)
        };
        self.record.completed();
        Ok(payload)
    }

    fn perform(&self, request: &Admitted, persona: &Persona, payload: &Payload) -> Result<Reply, Refusal> {
        let settings = &self.sandbox.settings;
        let now = settings.clock.now();
        let state = &mut *self.sandbox.state();
        let reply = api::perform(&mut Call { settings, state, request, persona, now }, payload);
        state.outbox.drain(..).for_each(|parcel| self.sandbox.courier.take(parcel));
        reply
    }
}

fn unrouted(unrouted: Unrouted) -> Refusal {
    match unrouted {
        Unrouted::Path => Refusal::not_found("not found"),
        Unrouted::Method => Refusal::new(StatusCode::METHOD_NOT_ALLOWED, "method not allowed"),
    }
}

fn persona_of(admitted: &Admitted) -> Persona {
    match &admitted.acting {
        Some(subject) if admitted.operation.is_upload() => persona::parse(subject),
        _ => Persona::PLAIN,
    }
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

const FAULT: &str = "the sandbox was set to fail";
