//! A face in a picture against the one in a video, and what the browser is told of it.

use std::sync::Arc;

use http::HeaderName;
use serde_json::{Value, json};

use super::answer::Answer;
use super::call::Call;
use super::operation::Dialect;
use super::upload::take;
use crate::capture::{Container, Form, RequestBody};
use crate::challenge::{Code, Problem};
use crate::engine::Engine;
use crate::verifier::{IMAGE, Judged, MatchOutcome, PROVIDED_ID, Video, match_faces};

pub(super) async fn compare(mut call: Call, body: RequestBody) -> Result<Answer, Problem> {
    let owner = call.member();
    let (video, form) = match (call.flag(&USE_PREFILLED_VIDEO), &owner) {
        (Ok(Some(true)), _) => (Video::Sessions, &PICTURE),
        (Ok(Some(false) | None), _) | (Err(_), Err(_)) => (Video::Uploaded, &PICTURE_AND_VIDEO),
        (Err(problem), Ok(_)) => return Err(call.let_go(problem, body)),
    };
    let work = async |engine: &Arc<Engine>, upload| match_faces(engine, video, upload).await;
    let judged = take(&mut call, owner, form, body, work).await?;
    render(call.dialect, judged)
}

fn render(dialect: Dialect, judged: Judged<MatchOutcome>) -> Result<Answer, Problem> {
    let Judged { outcome, platform_request_id } = judged;
    let request_id = platform_request_id.as_deref();
    let body = match (dialect, outcome) {
        (Dialect::Native, MatchOutcome::NotMatched { attempts_left }) => {
            let problem = Problem::new(Code::MatchFailed, NOT_MATCHED).with("attempts_left", attempts_left);
            return Err(request_id.into_iter().fold(problem, Problem::request_id));
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
    };
    Ok(Answer::new(body).request_id(request_id))
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
static PICTURE: Form = Form::new(IMAGE, Container::PICTURE).with_texts(TEXTS);
static PICTURE_AND_VIDEO: Form =
    Form::new(IMAGE, Container::PICTURE).with_file("video", Container::VIDEO).with_texts(TEXTS);
