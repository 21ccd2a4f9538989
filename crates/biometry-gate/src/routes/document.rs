//! The check of an identity document, and what the browser is told of it.

use http::HeaderName;
use serde_json::{Map, Value, json};

use super::answer::Answer;
use super::call::Call;
use super::operation::Dialect;
use super::upload::take;
use crate::capture::{Container, Form, RequestBody};
use crate::challenge::{Code, Problem};
use crate::verifier::{DocumentOutcome, Judged, check_document};

pub(super) async fn check(mut call: Call, body: RequestBody) -> Result<Answer, Problem> {
    // What a client asks for is looked at and goes nowhere: the host chooses who checks, and how.
    let asked = PROVIDER_AND_ZONE.iter().try_for_each(|name| call.flag(name).map(drop));
    let owner = call.member();
    if let (Ok(_), Err(problem)) = (&owner, asked) {
        return Err(call.let_go(problem, body));
    }
    let judged = take(&mut call, owner, &FORM, body, check_document).await?;
    render(call.dialect, judged)
}

fn render(dialect: Dialect, judged: Judged<DocumentOutcome>) -> Result<Answer, Problem> {
    let Judged { outcome, platform_request_id } = judged;
    let request_id = platform_request_id.as_deref();
    let body = match (dialect, outcome) {
        (Dialect::Native, DocumentOutcome::Rejected) => {
            let problem = Problem::new(Code::DocumentRejected, REJECTED);
            return Err(request_id.into_iter().fold(problem, Problem::request_id));
        }
        (Dialect::Native, DocumentOutcome::Accepted(fields)) => {
            json!({ "message": ACCEPTED, "document": fields })
        }
        (Dialect::Platform, DocumentOutcome::Accepted(fields)) => {
            platform("Passed", "pass", ACCEPTED, fields)
        }
        (Dialect::Platform, DocumentOutcome::Rejected) => platform("Failed", "fail", REJECTED, Map::new()),
    };
    Ok(Answer::new(body).request_id(request_id))
}

fn platform(result: &str, verdict: &str, message: &str, mut data: Map<String, Value>) -> Value {
    data.insert("current_result".to_owned(), result.into());
    json!({ "data": data, "scoring_result": verdict, "message": message })
}

const ACCEPTED: &str = "the document is accepted";
const REJECTED: &str = "the document was not accepted";
const PROVIDER_AND_ZONE: [HeaderName; 2] =
    [HeaderName::from_static("x-inhouse-docauth"), HeaderName::from_static("x-inhouse-mrz")];

/// The older web components say `userFullname`.
static FORM: Form = Form::new("document", Container::PICTURE).with_texts(&["userFullname"]);
