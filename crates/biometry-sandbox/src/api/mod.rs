//! What the operations do: state in, reply out. No network, no waiting.

mod consent;
mod process_video;
mod session;

use std::time::SystemTime;

use crate::clock::rfc3339;
use crate::edge::{Admitted, Payload};
use crate::operation::Operation;
use crate::persona::Persona;
use crate::reply::{Refusal, Reply};
use crate::settings::Settings;
use crate::state::{Flag, Project, Purpose, State, Transaction};

/// One admitted request and all it may touch.
pub(crate) struct Call<'a> {
    pub(crate) settings: &'a Settings,
    pub(crate) state: &'a mut State,
    pub(crate) request: &'a Admitted,
    pub(crate) persona: &'a Persona,
    pub(crate) now: SystemTime,
    /// Where the sandbox itself is found.
    pub(crate) base_url: &'a str,
}

/// Does what the request asks for.
pub(crate) fn perform(call: &mut Call<'_>, payload: &Payload) -> Result<Reply, Refusal> {
    match (call.request.operation, payload) {
        (Operation::StartSession, _) => Ok(session::start(call)),
        (Operation::EndSession, Payload::Json(body)) => session::end(call, body.as_ref()),
        (Operation::AuthorizationConsent, Payload::Json(body)) => {
            consent::give(call, Purpose::Authorization, body.as_ref())
        }
        (Operation::StorageConsent, Payload::Json(body)) => {
            consent::give(call, Purpose::Storage, body.as_ref())
        }
        (Operation::ConsentHistory, _) => consent::history(call),
        (Operation::ProcessVideo, Payload::Form(form)) => process_video::process(call, form),
        _ => Err(Refusal::not_found("not found")),
    }
}

impl Call<'_> {
    fn project(&mut self) -> &mut Project {
        self.state.project(&self.request.key.project_id)
    }

    /// Keeps the request under its id, as the platform does with every upload it answered.
    fn record_transaction(&mut self) {
        let request = self.request;
        let transaction = Transaction {
            operation: request.operation,
            user: request.user.clone(),
            session: request.session.clone(),
            tags: Vec::new(),
            flag: Flag::Fine,
            created_at: rfc3339(self.now),
        };
        self.project().transactions.insert(request.request_id.clone(), transaction);
    }
}
