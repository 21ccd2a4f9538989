//! What the operations do: state in, reply out. No network, no waiting.

mod consent;
mod document;
mod enroll;
mod image;
mod keys;
mod match_faces;
mod process_video;
mod session;
mod transactions;
mod v2;
mod webhooks;

use std::time::SystemTime;

use serde_json::Value;

use crate::clock::rfc3339;
use crate::edge::{Admitted, Payload};
use crate::form::Form;
use crate::operation::{Operation, Version};
use crate::persona::Persona;
use crate::reply::{Refusal, Reply};
use crate::settings::Settings;
use crate::state::{Flag, Project, Purpose, State, Transaction};
use crate::text;

/// One admitted request and all it may touch.
pub(crate) struct Call<'a> {
    pub(crate) settings: &'a Settings,
    pub(crate) state: &'a mut State,
    pub(crate) request: &'a Admitted,
    pub(crate) persona: &'a Persona,
    pub(crate) now: SystemTime,
}

/// Does what the request asks for.
pub(crate) fn perform(call: &mut Call<'_>, payload: &Payload) -> Result<Reply, Refusal> {
    match (call.request.version, payload) {
        (Version::V2, payload) => v2::perform(call, payload),
        (Version::V1, Payload::Form(form)) => perform_upload(call, form),
        (Version::V1, Payload::Json(body)) => perform_small(call, body.as_ref()),
    }
}

fn perform_upload(call: &mut Call<'_>, form: &Form) -> Result<Reply, Refusal> {
    match call.request.operation {
        Operation::ProcessVideo => process_video::process(call, form),
        Operation::EnrollFace => enroll::face(call, form),
        Operation::EnrollVoice => enroll::voice(call, form),
        Operation::CheckDocument => document::check(call, form),
        Operation::MatchFaces => match_faces::compare(call, form),
        _ => Err(NO_UPLOAD),
    }
}

fn perform_small(call: &mut Call<'_>, body: Option<&Value>) -> Result<Reply, Refusal> {
    match call.request.operation {
        Operation::StartSession => Ok(session::start(call)),
        Operation::EndSession => session::end(call, body),
        Operation::AuthorizationConsent => consent::give(call, Purpose::Authorization, body),
        Operation::StorageConsent => consent::give(call, Purpose::Storage, body),
        Operation::ConsentHistory => consent::history(call),
        Operation::ListTransactions => transactions::list(call, body),
        Operation::TransactionSamples => transactions::samples(call),
        Operation::TagTransaction => transactions::tag(call, body),
        Operation::FlagTransaction => transactions::flag(call),
        Operation::KeyInfo => Ok(keys::info(call)),
        Operation::MintKey => keys::mint(call),
        Operation::RevokeKey => keys::revoke(call),
        Operation::CreateWebhook => webhooks::create(call, body),
        Operation::ProcessVideo
        | Operation::Liveness
        | Operation::FaceVerify
        | Operation::VoiceVerify
        | Operation::EnrollFace
        | Operation::EnrollVoice
        | Operation::CheckDocument
        | Operation::MatchFaces
        | Operation::StartDeepfakeCheck
        | Operation::DeepfakeCheck
        | Operation::ApproveConsent
        | Operation::ConsentApprovals => Err(NO_UPLOAD),
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
            tags: tags(request),
            flag: Flag::Fine,
            created_at: rfc3339(self.now),
        };
        self.project().transactions.insert(request.request_id.clone(), transaction);
    }
}

/// The labels of `X-Request-Tags`, which are separated by commas.
fn tags(request: &Admitted) -> Vec<String> {
    let labels = text::header(&request.headers, "x-request-tags").unwrap_or_default();
    labels.split(',').map(str::trim).filter(|label| !label.is_empty()).map(str::to_owned).collect()
}

const PHRASE_REQUIRED: Refusal = Refusal::bad_request("'phrase' form value is required");
const VIDEO_REQUIRED: Refusal = Refusal::bad_request("'video' form file is required");
/// A body of the other kind than the operation takes never comes here: [`Operation::is_upload`] decides how it is read.
const NO_UPLOAD: Refusal = Refusal::bad_request("request Content-Type isn't multipart/form-data");
