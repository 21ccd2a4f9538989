//! A reply before it goes on the wire.

use bytes::Bytes;
use http::header::{HeaderName, HeaderValue};
use http::{HeaderMap, StatusCode, header};
use serde_json::{Value, json};

use crate::operation::ErrorKey;

#[derive(Debug)]
pub(crate) struct Reply {
    pub(crate) status: StatusCode,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Bytes,
    pub(crate) delivery: Delivery,
}

/// How much of a reply reaches the client.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Delivery {
    Whole,
    /// The connection is cut before the first byte.
    CutBeforeReply,
    /// The connection is cut within the body.
    CutAfterHeaders,
    /// Nothing comes, and the connection stays.
    Never,
}

/// A request that is answered with an error.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Refusal {
    pub(crate) status: StatusCode,
    pub(crate) text: &'static str,
    /// What version 2 calls it, where the status alone does not say.
    code: Option<&'static str>,
}

impl Reply {
    pub(crate) fn json(value: &Value) -> Self {
        Self::json_text(value.to_string())
    }

    /// 200 with text that is JSON, or is said to be.
    pub(crate) fn json_text(text: impl Into<Bytes>) -> Self {
        Self::new(StatusCode::OK, "application/json", text)
    }

    pub(crate) fn new(status: StatusCode, content_type: &'static str, body: impl Into<Bytes>) -> Self {
        let mut headers = HeaderMap::new();
        headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(content_type));
        Self { status, headers, body: body.into(), delivery: Delivery::Whole }
    }

    pub(crate) fn refusal(refusal: Refusal, key: ErrorKey, request_id: &str) -> Self {
        let body = match key {
            ErrorKey::Error => json!({ "error": refusal.text }),
            ErrorKey::Message => json!({ "message": refusal.text }),
            ErrorKey::Object => json!({
                "error": { "code": refusal.code(), "message": refusal.text },
                "meta": { "request_id": request_id },
            }),
        };
        Self { status: refusal.status, ..Self::json(&body) }
    }

    pub(crate) fn with_status(self, status: StatusCode) -> Self {
        Self { status, ..self }
    }

    pub(crate) fn with_delivery(self, delivery: Delivery) -> Self {
        Self { delivery, ..self }
    }

    /// Sets a header to `true` where the condition holds; the platform leaves it out otherwise.
    pub(crate) fn flag(mut self, name: &'static str, condition: bool) -> Self {
        if condition {
            self.headers.insert(HeaderName::from_static(name), HeaderValue::from_static("true"));
        }
        self
    }
}

impl Refusal {
    pub(crate) const fn new(status: StatusCode, text: &'static str) -> Self {
        Self { status, text, code: None }
    }

    /// Media that do not do, in version 2.
    pub(crate) const fn unfit(text: &'static str, code: &'static str) -> Self {
        Self { status: StatusCode::UNPROCESSABLE_ENTITY, text, code: Some(code) }
    }

    pub(crate) const fn forbidden(text: &'static str) -> Self {
        Self::new(StatusCode::FORBIDDEN, text)
    }

    fn code(self) -> &'static str {
        self.code.unwrap_or(match self.status.as_u16() {
            401 => "unauthorized",
            403 => "forbidden",
            404 => "not_found",
            405 => "method_not_allowed",
            400..=499 => "invalid_request",
            _ => "internal_error",
        })
    }

    pub(crate) const fn bad_request(text: &'static str) -> Self {
        Self::new(StatusCode::BAD_REQUEST, text)
    }

    pub(crate) const fn not_found(text: &'static str) -> Self {
        Self::new(StatusCode::NOT_FOUND, text)
    }

    pub(crate) const NAME_REQUIRED: Self = Self::bad_request("X-User-Fullname header is required");
    pub(crate) const NAME_LOCKED: Self =
        Self::new(StatusCode::FORBIDDEN, "X-User-Fullname does not match the session's full name");
    pub(crate) const KEY_NOT_ACTIVE_TEXT: &'static str = "api key is not active";
}
