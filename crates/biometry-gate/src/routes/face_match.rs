//! A face in a picture against the one in a video, and what the browser gets to see of it.

use http::HeaderName;
use serde_json::{Value, json};

use super::answer::Answer;
use super::call::Call;
use super::upload::{answer, parse, run};
use crate::capture::{Form, Medium, RequestBody};
use crate::challenge::{Code, Problem};
use crate::mounted_routes::Dialect;
use crate::verifier::{IMAGE, MatchFlow, MatchOutcome, PROVIDED_ID, Video};

pub(super) async fn compare(mut call: Call, body: RequestBody) -> Result<Answer, Problem> {
    let caller = call.member();
    let (video, form) = match (call.flag(&USE_PREFILLED_VIDEO), &caller) {
        (Ok(Some(true)), _) => (Video::Sessions, &PICTURE),
        (Ok(Some(false) | None), _) | (Err(_), Err(_)) => (Video::Uploaded, &PICTURE_AND_VIDEO),
        (Err(problem), Ok(_)) => return Err(problem),
    };
    let submission = parse(&mut call, caller, form, body)?;
    let reply = run(MatchFlow { video }, submission).await?;
    answer(reply.request_id.as_deref(), render(call.dialect, reply.outcome))
}

fn render(dialect: Dialect, outcome: MatchOutcome) -> Result<Value, Problem> {
    Ok(match (dialect, outcome) {
        (Dialect::Native, MatchOutcome::NotMatched { attempts_left }) => {
            let problem = Problem::new(Code::MatchFailed, NOT_MATCHED);
            return Err(problem.with("attempts_left", attempts_left));
        }
        (Dialect::Native, MatchOutcome::Matched { of_document }) => {
            json!({ "message": MATCHED, "document_matched": of_document })
        }
        (Dialect::Platform, MatchOutcome::Matched { of_document }) => {
            let mut body = platform(0, 1, "pass", MATCHED);
            body["document_matched"] = of_document.into();
            body
        }
        (Dialect::Platform, MatchOutcome::NotMatched { .. }) => platform(1, 0, "fail", NOT_MATCHED),
    })
}

fn platform(code: u8, result: u8, verdict: &str, description: &str) -> Value {
    json!({
        "data": { "code": code, "result": result, "description": description },
        "scoring_result": { "status": verdict },
        "message": "faces match result is here",
    })
}

const MATCHED: &str = "the faces match";
const NOT_MATCHED: &str = "the faces do not match";
const USE_PREFILLED_VIDEO: HeaderName = HeaderName::from_static("x-use-prefilled-video");

/// The official mobile client repeats the session in the form.
const TEXTS: &[&str] = &["userFullname", PROVIDED_ID];
static PICTURE: Form = Form::new(IMAGE, Medium::Picture).with_texts(TEXTS);
static PICTURE_AND_VIDEO: Form =
    Form::new(IMAGE, Medium::Picture).with_file("video", Medium::Video).with_texts(TEXTS);
