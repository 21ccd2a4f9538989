//! The check of an identity document, and what the browser gets to see of it.

use http::HeaderName;
use serde_json::{Map, Value, json};

use super::answer::Answer;
use super::call::Call;
use super::upload::{answer, parse, run};
use crate::capture::{Form, Medium, RequestBody};
use crate::challenge::{Code, Problem};
use crate::mounted_routes::Dialect;
use crate::verifier::{DocumentFlow, DocumentOutcome};

pub(super) async fn check(mut call: Call, body: RequestBody) -> Result<Answer, Problem> {
    // What a client asks for is looked at and goes nowhere: the host chooses who checks, and how.
    let asked = PROVIDER_AND_ZONE.iter().try_for_each(|name| call.flag(name).map(drop));
    let caller = call.member();
    if caller.is_ok() {
        asked?;
    }
    let submission = parse(&mut call, caller, &FORM, body)?;
    let reply = run(DocumentFlow, submission).await?;
    answer(reply.request_id.as_deref(), render(call.dialect, reply.outcome))
}

fn render(dialect: Dialect, outcome: DocumentOutcome) -> Result<Value, Problem> {
    Ok(match (dialect, outcome) {
        (Dialect::Native, DocumentOutcome::Rejected) => {
            return Err(Problem::new(Code::DocumentRejected, REJECTED));
        }
        (Dialect::Native, DocumentOutcome::Accepted(fields)) => {
            json!({ "message": ACCEPTED, "document": fields })
        }
        (Dialect::Platform, DocumentOutcome::Accepted(fields)) => {
            platform("Passed", "pass", ACCEPTED, fields)
        }
        (Dialect::Platform, DocumentOutcome::Rejected) => platform("Failed", "fail", REJECTED, Map::new()),
    })
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
static FORM: Form = Form::new("document", Medium::Picture).with_texts(&["userFullname"]);
