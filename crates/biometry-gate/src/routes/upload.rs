//! What all uploads have in common: nothing is read for strangers, heads are judged first, refusals are told.

use std::borrow::Cow;
use std::sync::Arc;

use biometry_client::DeviceInfo;
use http::{HeaderMap, HeaderName};

use super::call::Call;
use crate::audit::EventKind;
use crate::capture::{CaptureError, Form, RequestBody, open_head};
use crate::challenge::Problem;
use crate::engine::Engine;
use crate::principal::Principal;
use crate::verifier::{About, Arrival, Submission, VerifyError};

/// Hands an upload of `owner` to `work` once its head is in order, and says what kept it from its end.
///
/// `owner` is whom the host knows, or a problem: then the body is not read.
pub(super) async fn take<T>(
    call: &mut Call,
    owner: Result<Principal, Problem>,
    form: &Form,
    body: RequestBody,
    work: impl AsyncFnOnce(&Arc<Engine>, Submission) -> Result<T, VerifyError>,
) -> Result<T, Problem> {
    let engine = Arc::clone(call.engine());
    // INVARIANT: nothing of the body is read for somebody whom the host does not know. Whoever it knows, and who names
    // somebody else, gets to see the refusal.
    let owner = match owner {
        Ok(owner) => owner,
        Err(problem) => return Err(call.let_go(problem, body)),
    };
    let submission = match submission(call, &owner, form, body) {
        Ok(submission) => submission,
        Err((problem, body)) => return Err(call.let_go(problem, body)),
    };
    let awaits_go_ahead = submission.arrival.head.awaits_go_ahead;
    call.forget_head();
    let problem = match work(&engine, submission).await {
        Ok(outcome) => return Ok(outcome),
        Err(VerifyError::Capture(error)) => reject(&engine, &owner, &error),
        Err(error) => error.into(),
    };
    // The body may still come, or never: the client cannot know which of the two it is taken for.
    Err(if awaits_go_ahead { problem.closing() } else { problem })
}

/// What can be told before the body is read: whose name is on it, what it announces to be, which session it is for.
fn submission(
    call: &Call,
    owner: &Principal,
    form: &Form,
    body: RequestBody,
) -> Result<Submission, (Problem, RequestBody)> {
    let engine = call.engine();
    let look = || {
        call.check_names(owner)?;
        let head = open_head(call.headers(), form, &engine.settings.capture);
        let head = head.map_err(|error| reject(engine, owner, &error))?;
        let about = About {
            device_info: device_info(call.headers()),
            geo: engine.caller_facts.geo(owner, &call.head),
        };
        Ok((head, call.named_session()?, about))
    };
    match look() {
        Ok((head, session, about)) => {
            let arrival = Arrival { head, body };
            Ok(Submission { owner: owner.clone(), session, about, arrival })
        }
        Err(problem) => Err((problem, body)),
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

fn reject(engine: &Engine, owner: &Principal, error: &CaptureError) -> Problem {
    let event = engine.audit.event(EventKind::UploadRejected, owner);
    engine.audit.note(&event.reason(error.to_string()));
    error.into()
}

const DEVICE_INFO: HeaderName = HeaderName::from_static("x-device-info");
const LONGEST_READ: usize = 16 * 1024;
const LONGEST_SENT: usize = 2 * 1024;
