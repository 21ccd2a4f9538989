//! What came back, as far as it is looked at.

use biometry_client::{Body, TransportError, TransportErrorKind};
use http::{HeaderMap, Response, StatusCode};
use http_body_util::{BodyExt as _, Limited};
use serde_json::Value;

pub(super) struct Seen {
    pub(super) status: StatusCode,
    pub(super) headers: HeaderMap,
    /// The code of a problem document.
    pub(super) code: Option<String>,
}

pub(super) async fn read(response: Response<Body>) -> Result<Seen, TransportError> {
    let (head, body) = response.into_parts();
    let body = Limited::new(body, MOST).collect().await;
    // What is longer than a problem is none.
    let bytes = match body {
        Ok(body) => body.to_bytes(),
        Err(error) if error.is::<http_body_util::LengthLimitError>() => bytes::Bytes::new(),
        Err(_) => return Err(TransportError::maybe_sent(TransportErrorKind::Interrupted)),
    };
    let problem = serde_json::from_slice::<Value>(&bytes).ok();
    let code = problem.and_then(|problem| Some(problem.get("code")?.as_str()?.to_owned()));
    Ok(Seen { status: head.status, headers: head.headers, code })
}

const MOST: usize = 64 * 1024;
