//! Reading request bodies: forms while they stream, JSON in one bounded piece.

use bytes::BytesMut;
use http::HeaderMap;
use http_body_util::BodyExt as _;
use hyper::body::Incoming;
use serde_json::Value;

use crate::form::{Form, FormReader};
use crate::journal::Record;
use crate::reply::Refusal;
use crate::text;

/// A request's body, understood.
#[derive(Debug)]
pub(crate) enum Payload {
    Form(Form),
    /// `None`: there was no body.
    Json(Option<Value>),
}

/// Why there is no payload.
#[derive(Debug)]
pub(crate) enum Unread {
    Refused(Refusal),
    /// The client went away, or is to be cut off.
    Gone,
}

/// How far an upload is read.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Bounds {
    pub(crate) max_file: u64,
    /// The connection is cut beyond this many bytes of body.
    pub(crate) cut_after: Option<u64>,
}

pub(crate) async fn read_form(
    headers: &HeaderMap,
    body: &mut Incoming,
    bounds: Bounds,
    record: &Record,
) -> Result<Form, Unread> {
    let content_type = text::header(headers, "content-type").unwrap_or_default();
    let mut form = FormReader::new(&content_type, bounds.max_file, record)?;
    let mut read = 0;
    while let Some(frame) = body.frame().await {
        let Ok(data) = frame.map_err(|_| Unread::Gone)?.into_data() else { continue };
        read += data.len() as u64;
        let outcome = form.push(&data);
        record.received(data.len());
        outcome?;
        if bounds.cut_after.is_some_and(|limit| read > limit) {
            return Err(Unread::Gone);
        }
    }
    Ok(form.finish()?)
}

pub(crate) async fn read_json(body: &mut Incoming, record: &Record) -> Result<Option<Value>, Unread> {
    let mut bytes = BytesMut::new();
    while let Some(frame) = body.frame().await {
        let Ok(data) = frame.map_err(|_| Unread::Gone)?.into_data() else { continue };
        record.received(data.len());
        if bytes.len() + data.len() > MAX_JSON {
            return Err(TOO_LARGE.into());
        }
        bytes.extend_from_slice(&data);
    }
    if bytes.is_empty() {
        return Ok(None);
    }
    let value: Value = serde_json::from_slice(&bytes).map_err(|_| NOT_JSON)?;
    record.json(&value);
    Ok(Some(value))
}

impl From<Refusal> for Unread {
    fn from(refusal: Refusal) -> Self {
        Self::Refused(refusal)
    }
}

const MAX_JSON: usize = 1024 * 1024;
const TOO_LARGE: Refusal = Refusal::bad_request("request body is too large");
const NOT_JSON: Refusal = Refusal::bad_request("invalid request body");
