//! What all uploads have in common: parsed, run, answered.

use std::borrow::Cow;
use std::sync::Arc;

use biometry_client::DeviceInfo;
use http::{HeaderMap, HeaderName};
use serde_json::Value;

use super::answer::Answer;
use super::call::Call;
use crate::audit::EventKind;
use crate::capture::{CaptureError, Form, Head, RequestBody, open_head};
use crate::challenge::Problem;
use crate::engine::Engine;
use crate::principal::Principal;
use crate::verifier::{
    Arrival, ClientHints, PlatformReply, Sender, Submission, UploadError, UploadFlow, run_upload,
};

/// What an upload's head says: whose name is on it, what it announces to be, which session it is for.
///
/// `principal` is the caller, or why there is none. The body of a refused upload is dropped.
pub(super) fn parse(
    call: &mut Call,
    principal: Result<Principal, Problem>,
    form: &Form,
    body: RequestBody,
) -> Result<Submission, Problem> {
    // INVARIANT: nothing of the body is read for a caller whom the host does not know.
    let (sender, head) = parse_head(call, principal?, form)?;
    call.forget_head();
    Ok(Submission { sender, arrival: Arrival { head, body } })
}

fn parse_head(call: &Call, principal: Principal, form: &Form) -> Result<(Sender, Head), Problem> {
    let engine = call.engine();
    // A caller who is known and names another subject gets to see the refusal.
    call.check_names(&principal)?;
    let head = open_head(call.headers(), form, &engine.settings.capture);
    let head = head.map_err(|error| reject(engine, &principal, &error))?;
    let hints = ClientHints {
        device_info: device_info(call.headers()),
        geo: engine.host_knowledge.geo(&principal, &call.head),
    };
    let session = call.named_session()?;
    Ok((Sender { engine: Arc::clone(engine), principal, session, hints }, head))
}

/// Runs an upload to its end, and says what kept it from there.
pub(super) async fn run<F: UploadFlow>(
    flow: F,
    submission: Submission,
) -> Result<PlatformReply<F::Outcome>, Problem> {
    let (engine, principal) = (Arc::clone(&submission.sender.engine), submission.sender.principal.clone());
    match run_upload(flow, submission).await {
        Ok(reply) => Ok(reply),
        Err(UploadError::Capture(error)) => Err(reject(&engine, &principal, &error)),
        Err(error) => Err(error.into()),
    }
}

/// The answer to an upload, under the platform's id of the request.
pub(super) fn answer(request_id: Option<&str>, outcome: Result<Value, Problem>) -> Result<Answer, Problem> {
    match outcome {
        Ok(body) => Ok(Answer::new(body).request_id(request_id)),
        Err(problem) => Err(request_id.into_iter().fold(problem, Problem::request_id)),
    }
}

/// What the client says of its device: one object, rewritten. It is a hint that nothing depends on, so what is none, or
/// is longer than it has to be, is left out.
fn device_info(headers: &HeaderMap) -> Option<DeviceInfo> {
    let mut values = headers.get_all(&DEVICE_INFO).iter();
    let (Some(value), None) = (values.next(), values.next()) else { return None };
    if value.len() > LONGEST_READ {
        return None;
    }
    // Browsers encode header values as Latin-1, other clients as UTF-8.
    let text = match std::str::from_utf8(value.as_bytes()) {
        Ok(text) => Cow::Borrowed(text),
        Err(_) => value.as_bytes().iter().copied().map(char::from).collect(),
    };
    DeviceInfo::parse(&text).ok().filter(|device_info| device_info.len() <= LONGEST_SENT)
}

fn reject(engine: &Engine, principal: &Principal, error: &CaptureError) -> Problem {
    let event = engine.audit.event(EventKind::UploadRejected, principal);
    engine.audit.note(&event.reason(error.to_string()));
    error.into()
}

const DEVICE_INFO: HeaderName = HeaderName::from_static("x-device-info");
const LONGEST_READ: usize = 16 * 1024;
const LONGEST_SENT: usize = 2 * 1024;
