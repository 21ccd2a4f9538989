//! The upload of a capture, and what the browser is told of its outcome.

use serde_json::{Value, json};

use super::answer::{Answer, timestamp};
use super::call::Call;
use super::operation::Dialect;
use super::refusal::unread;
use crate::audit::EventKind;
use crate::capture::{CaptureError, Container, Form, RequestBody, awaits_go_ahead, drain, open_head};
use crate::challenge::{Code, Problem};
use crate::decision::Decision;
use crate::gate::Engine;
use crate::principal::Principal;
use crate::verifier::{Next, Rejection, Submission, Verdict, Verified, VerifyError, verify as judge};

pub(super) async fn verify(call: Call, body: RequestBody) -> Result<Answer, Problem> {
    let engine = call.engine();
    // INVARIANT: nothing of the body is read for somebody whom the host does not know.
    let owner = call.member_or_claimed().map_err(|problem| unread(problem, &body))?;
    let awaits_go_ahead = awaits_go_ahead(call.headers());
    let opened = open_head(call.headers(), &FORM, &engine.settings.capture)
        .map_err(|error| reject(engine, &owner, &error))
        .and_then(|head| Ok((head, call.named_session()?)));
    let (head, session) = match opened {
        Ok(opened) => opened,
        Err(problem) if awaits_go_ahead => return Err(problem.closing()),
        Err(problem) => {
            engine.tasks.spawn(drain(body));
            return Err(problem);
        }
    };
    let submission = Submission { owner: owner.clone(), session, head, body };
    let problem = match judge(engine, submission).await {
        Ok(verified) => return render(call.dialect, verified),
        Err(VerifyError::Capture(error)) => reject(engine, &owner, &error),
        Err(error) => error.into(),
    };
    // The body may still come, or never: the client cannot know which of the two it is taken for.
    Err(if awaits_go_ahead { problem.closing() } else { problem })
}

fn reject(engine: &Engine, owner: &Principal, error: &CaptureError) -> Problem {
    let event = engine.audit.event(EventKind::UploadRejected, owner.key());
    engine.audit.note(&event.reason(error.to_string()));
    error.into()
}

fn render(dialect: Dialect, verified: Verified) -> Result<Answer, Problem> {
    let request_id = verified.platform_request_id.as_deref();
    match (verified.verdict, dialect) {
        (Verdict::Passed(decision), _) => Ok(Answer::new(passed(&decision)).request_id(request_id)),
        (Verdict::Rejected { why, next }, Dialect::Native) => {
            let problem = members(&next)
                .into_iter()
                .fold(Problem::new(why.code(), why.detail()), |problem, (name, value)| {
                    problem.with(name, value)
                });
            Err(match request_id {
                Some(id) => problem.request_id(id),
                None => problem,
            })
        }
        (Verdict::Rejected { why, next }, Dialect::Platform) => {
            let mut body = json!({ "scoring_result": why.scoring_result(), "message": why.detail(), "code": why.code().as_str() });
            for (name, value) in members(&next) {
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
