//! The upload of a capture, and what the browser is told of its outcome.

use serde_json::{Value, json};

use super::answer::{Answer, timestamp};
use super::call::Call;
use super::operation::Dialect;
use super::upload::take;
use crate::capture::{Container, Form, RequestBody};
use crate::challenge::{Code, Problem};
use crate::decision::Decision;
use crate::verifier::{Next, Rejection, Verdict, Verified, verify as judge};

pub(super) async fn verify(mut call: Call, body: RequestBody) -> Result<Answer, Problem> {
    let owner = call.uploader();
    let verified = take(&mut call, owner, &FORM, body, judge).await?;
    render(&call, verified)
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
