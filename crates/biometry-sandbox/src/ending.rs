//! How a persona's answer ends: replies in place of the usual one, and replies that are cut.

use http::{HeaderValue, StatusCode, header};
use serde_json::json;

use crate::operation::ErrorKey;
use crate::persona::Ending;
use crate::reply::{Delivery, Refusal, Reply};

/// The reply that comes instead of doing anything; `None` where the operation runs.
pub(crate) fn instead(ending: Ending, key: ErrorKey, request_id: &str) -> Option<Reply> {
    let refuse = |refusal| Reply::refusal(refusal, key, request_id);
    Some(match ending {
        Ending::Usual | Ending::CutBeforeReply | Ending::CutAfterHeaders => return None,
        Ending::Status(status) => refuse(error(status)),
        Ending::Malformed => Reply::json_text(r#"{"scoring_result":"pass","score":92.5,"#),
        Ending::Empty => Reply::json_text(""),
        Ending::BadGateway => Reply::new(StatusCode::BAD_GATEWAY, "text/html", BAD_GATEWAY_PAGE),
        Ending::ErrorObject => error_object(),
        Ending::Redirect => redirect(),
        Ending::Huge => Reply::json(&json!({ "scoring_result": "pass", "message": "x".repeat(HUGE) })),
        Ending::KeyNotActive => {
            refuse(Refusal::new(StatusCode::INTERNAL_SERVER_ERROR, Refusal::KEY_NOT_ACTIVE_TEXT))
        }
        Ending::NameLocked => refuse(Refusal::NAME_LOCKED),
    })
}

/// What becomes of the usual reply.
pub(crate) fn deliver(ending: Ending, reply: Reply) -> Reply {
    match ending {
        Ending::CutBeforeReply => reply.with_delivery(Delivery::CutBeforeReply),
        Ending::CutAfterHeaders => reply.with_delivery(Delivery::CutAfterHeaders),
        _ => reply,
    }
}

fn error(status: u16) -> Refusal {
    let status = StatusCode::from_u16(status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    Refusal::new(status, "internal error")
}

fn error_object() -> Reply {
    let error = json!({ "code": "face_not_detected", "message": "no face was detected" });
    Reply::json(&json!({ "error": error, "meta": {} })).with_status(StatusCode::UNPROCESSABLE_ENTITY)
}

/// 307, so that a client that follows it sends the capture once more.
fn redirect() -> Reply {
    let mut reply = Reply::json(&json!({})).with_status(StatusCode::TEMPORARY_REDIRECT);
    reply.headers.insert(header::LOCATION, HeaderValue::from_static("/api-gateway/elsewhere"));
    reply
}

const HUGE: usize = 16 * 1024 * 1024;
const BAD_GATEWAY_PAGE: &str =
    "<html><head><title>502 Bad Gateway</title></head><body>502 Bad Gateway</body></html>\n";
