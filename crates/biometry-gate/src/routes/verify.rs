//! The upload of a capture, and what the browser is told of its outcome.

use std::sync::Arc;

use serde_json::{Value, json};

use super::answer::{Answer, timestamp};
use super::call::Call;
use super::operation::Dialect;
use super::refusal::unread;
use crate::audit::EventKind;
use crate::capture::{CaptureError, Container, Form, Head, RequestBody, open_head};
use crate::challenge::{Code, Problem};
use crate::decision::Decision;
use crate::gate::Engine;
use crate::id::SessionId;
use crate::principal::Principal;
use crate::verifier::{Next, Rejection, Submission, Verdict, Verified, VerifyError, verify as judge};

pub(super) async fn verify(mut call: Call, body: RequestBody) -> Result<Answer, Problem> {
    let engine = Arc::clone(call.engine());
    // INVARIANT: nothing of the body is read for somebody whom the host does not know.
    let owner = call.uploader().map_err(|problem| unread(problem, &body))?;
    let (head, session) = match look_at_head(&call, &owner) {
        Ok(seen) => seen,
        Err(problem) => return Err(call.let_go(problem, body)),
    };
    let awaits_go_ahead = head.awaits_go_ahead;
    call.forget_head();
    let submission = Submission { owner: owner.clone(), session, head, body };
    let problem = match judge(&engine, submission).await {
        Ok(verified) => return render(&call, verified),
        Err(VerifyError::Capture(error)) => reject(&engine, &owner, &error),
        Err(error) => error.into(),
    };
    // The body may still come, or never: the client cannot know which of the two it is taken for.
    Err(if awaits_go_ahead { problem.closing() } else { problem })
}

/// What can be told before the body is read: whose name is on it, what it announces to be, which session it is for.
fn look_at_head(call: &Call, owner: &Principal) -> Result<(Head, Option<SessionId>), Problem> {
    call.check_names(owner)?;
    let engine = call.engine();
    let head = open_head(call.headers(), &FORM, &engine.settings.capture);
    let head = head.map_err(|error| reject(engine, owner, &error))?;
    Ok((head, call.named_session()?))
}

fn reject(engine: &Engine, owner: &Principal, error: &CaptureError) -> Problem {
    let event = engine.audit.event(EventKind::UploadRejected, owner.key());
    engine.audit.note(&event.reason(error.to_string()));
    error.into()
}

fn render(call: &Call, verified: Verified) -> Result<Answer, Problem> {
    let request_id = verified.platform_request_id.as_deref();
    let (why, next) = match verified.verdict {
        Verdict::Passed(decision) => return Ok(Answer::new(passed(&decision)).request_id(request_id)),
        Verdict::Rejected { why, next } => (why, next),
    };
    let mut members = members(&next);
    if call.engine().settings.disclose_reasons {
        members.push(("reasons", verified.reasons.into()));
    }
    match call.dialect {
        Dialect::Native => {
            let problem = Problem::new(why.code(), why.detail());
            let problem =
                members.into_iter().fold(problem, |problem, (name, value)| problem.with(name, value));
            Err(request_id.into_iter().fold(problem, Problem::request_id))
        }
        Dialect::Platform => {
            let (result, code) = (why.scoring_result(), why.code().as_str());
            let mut body = json!({ "scoring_result": result, "message": why.detail(), "code": code });
            for (name, value) in members {
                body[name] = value;
            }
            Ok(Answer::new(body).request_id(request_id))
        }
    }
}

fn passed(decision: &Decision) -> Value {
    json!({
        "scoring_result": "pass",
        "message": "verified",
        "decision": {
            "id": decision.id().as_str(),
            "policy": decision.policy(),
            "expires_at": timestamp(decision.expires_at()),
            "single_use": decision.is_single_use(),
        },
    })
}

/// What a rejection adds: the next phrase, where there is a next try.
fn members(next: &Next) -> Vec<(&'static str, Value)> {
    match next {
        Next::Nothing => vec![("attempts_left", 0.into())],
        Next::Retry { phrase, attempts_left, expires_at } => vec![
            ("phrase", phrase.as_str().into()),
            ("attempts_left", (*attempts_left).into()),
            ("expires_at", timestamp(*expires_at).into()),
        ],
    }
}

impl Rejection {
    fn code(self) -> Code {
        match self {
            Self::Failed => Code::VerificationFailed,
            Self::Referred => Code::VerificationReferred,
            Self::EnrolledNotVerified => Code::EnrolledNotVerified,
        }
    }

    fn detail(self) -> &'static str {
        match self {
            Self::Failed => "it could not be confirmed that it is you",
            Self::Referred => "it could not be confirmed automatically that it is you",
            Self::EnrolledNotVerified => "your face was enrolled just now: once more, to verify it",
        }
    }

    fn scoring_result(self) -> &'static str {
        match self {
            Self::Failed | Self::EnrolledNotVerified => "fail",
            Self::Referred => "refer",
        }
    }
}

/// The official SDK sends `phrase`, `vocabulary` and `trigger`; the older web components `userFullname`.
static FORM: Form =
    Form::new("video", Container::VIDEO).with_texts(&["phrase", "userFullname", "vocabulary", "trigger"]);
