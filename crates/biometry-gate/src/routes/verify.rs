//! The upload of a capture, and what the browser gets to see of its outcome.

use serde_json::{Value, json};

use super::answer::Answer;
use super::call::Call;
use super::upload::{answer, parse, run};
use crate::capture::{Form, Medium, RequestBody};
use crate::challenge::{Code, Problem};
use crate::clock::timestamp;
use crate::decision::Decision;
#[cfg(feature = "login")]
use crate::login::{SignInFlow, SignInOutcome};
use crate::mounted_routes::Dialect;
#[cfg(feature = "login")]
use crate::principal::Authentication;
use crate::verifier::{Next, VerifyFailure, VerifyFlow, VerifyOutcome};

pub(super) async fn verify(mut call: Call, body: RequestBody) -> Result<Answer, Problem> {
    let caller = call.uploader();
    #[cfg(feature = "login")]
    let sign_in = SignInFlow::of(&call.head);
    let submission = parse(&mut call, caller, &FORM, body)?;
    #[cfg(feature = "login")]
    if submission.sender.principal.authentication() != Authentication::LoggedIn {
        let reply = run(sign_in, submission).await?;
        let SignInOutcome { shown, passed } = reply.outcome;
        let mut answer = answer(reply.request_id.as_deref(), render(&call, shown))?;
        if let Some(passed) = passed {
            passed.set_cookies(call.engine(), answer.headers_mut());
        }
        return Ok(answer);
    }
    let reply = run(VerifyFlow, submission).await?;
    answer(reply.request_id.as_deref(), render(&call, reply.outcome))
}

fn render(call: &Call, outcome: VerifyOutcome) -> Result<Value, Problem> {
    let (failure, next, reasons) = match outcome {
        VerifyOutcome::Passed(decision) => return Ok(passed(&decision)),
        VerifyOutcome::Failed { failure, next, reasons } => (failure, next, reasons),
    };
    let mut members = members(&next);
    if call.engine().settings.disclose_reasons {
        members.push(("reasons", reasons.into()));
    }
    match call.dialect {
        Dialect::Native => {
            let problem = Problem::new(failure.code(), failure.detail());
            Err(members.into_iter().fold(problem, |problem, (name, value)| problem.with(name, value)))
        }
        Dialect::Platform => {
            let (result, code) = (failure.scoring_result(), failure.code().as_str());
            let mut body = json!({ "scoring_result": result, "message": failure.detail(), "code": code });
            for (name, value) in members {
                body[name] = value;
            }
            Ok(body)
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

/// What a failure adds: the next phrase, and what of it is the operation, where there is a next try.
fn members(next: &Next) -> Vec<(&'static str, Value)> {
    match next {
        Next::Nothing => vec![("attempts_left", 0.into())],
        Next::Retry { phrase, spoken, attempts_left, expires_at } => {
            let mut members = vec![
                ("phrase", phrase.as_str().into()),
                ("attempts_left", (*attempts_left).into()),
                ("expires_at", timestamp(*expires_at).into()),
            ];
            if !spoken.is_empty() {
                members.push(("spoken", json!(spoken)));
            }
            members
        }
    }
}

impl VerifyFailure {
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
    Form::new("video", Medium::Video).with_texts(&["phrase", "userFullname", "vocabulary", "trigger"]);
