//! Just enough of the platform to be passed by: canned answers that agree to everything.

use async_trait::async_trait;
use biometry_client::{Body, Transport, TransportError, TransportErrorKind};
use http_body_util::BodyExt as _;
use serde_json::{Value, json};

/// A key for all services, in form: this stand-in checks no signature.
pub const API_KEY: &str = "eyJhbGciOiJIUzI1NiJ9.eyJpZCI6ICJiZW5jaCIsICJwcm9qZWN0X2lkIjogImJlbmNoIiwgInNlbGVjdGVkX3NlcnZpY2V\
    zIjogWyJBY3RpdmUgU3BlYWtlciBEZXRlY3Rpb24iLCAiVmlzdWFsIFNwZWVjaCBSZWNvZ25pdGlvbiIsICJGYWNlIExpdmV\
    uZXNzIERldGVjdGlvbiIsICJWb2ljZSBSZWNvZ25pdGlvbiIsICJGYWNlIFJlY29nbml0aW9uIl19.dW5zaWduZWQ";

/// The platform without a network: every call is answered at once.
#[derive(Clone, Copy, Debug)]
pub struct Agreeable;

#[async_trait]
impl Transport for Agreeable {
    async fn send(&self, request: http::Request<Body>) -> Result<http::Response<Body>, TransportError> {
        let (head, body) = request.into_parts();
        let body = body.collect().await.map_err(|error| {
            TransportError::maybe_sent(TransportErrorKind::RequestBody).with_source(error)
        })?;
        let answer = answer(head.uri.path(), &body.to_bytes());
        let response = http::Response::builder().header("content-type", "application/json");
        Ok(response.body(Body::from_bytes(answer)).expect("a response"))
    }
}

/// What the platform says to a call on `path` whose body begins with `start`.
pub fn answer(path: &str, start: &[u8]) -> Vec<u8> {
    let answer = match path {
        "/api-gateway/sessions/start" => json!({ "data": "sess_bench", "message": "session started" }),
        "/api-gateway/process-video" => passed(spoken_phrase(start).unwrap_or_default()),
        // A consent is confirmed by repeating it.
        _ => json!({ "data": serde_json::from_slice::<Value>(start).unwrap_or_default(), "message": "ok" }),
    };
    answer.to_string().into_bytes()
}

/// The phrase of an upload, which stands in front of the file.
pub fn spoken_phrase(start: &[u8]) -> Option<&str> {
    let name = b"name=\"phrase\"\r\n\r\n";
    let from = start.windows(name.len()).position(|window| window == name)? + name.len();
    let length = start[from..].iter().position(|&byte| byte == b'\r')?;
    std::str::from_utf8(&start[from..from + length]).ok()
}

fn passed(phrase: &str) -> Value {
    json!({
        "data": {
            "Active Speaker Detection": { "code": 0, "result": 96.3, "score": 96.3 },
            "Face Liveness Detection": { "code": 0, "result": true, "score": 90.5 },
            "Visual Speech Recognition": { "code": 0, "result": phrase.to_uppercase(), "score": 91.0 },
            "Voice Recognition": { "status": "good", "score": 11.8 },
            "Face Recognition": { "code": 0, "description": "Face identified", "score": 97.0 },
        },
        "scoring_result": "pass",
        "score": 92.5,
        "message": "video processed successfully",
    })
}
