use bytes::Bytes;
use http::header::{CACHE_CONTROL, CONTENT_TYPE};
use http::{HeaderMap, HeaderValue, Response};
use http_body_util::Full;
use serde_json::Value;

use crate::challenge::NOSNIFF;
use crate::request_ids::{X_REQUEST_ID, is_plain};

/// A 200.
pub(super) struct Answer {
    body: Value,
    headers: HeaderMap,
}

impl Answer {
    pub(super) fn new(body: Value) -> Self {
        Self { body, headers: HeaderMap::new() }
    }

    pub(super) fn headers_mut(&mut self) -> &mut HeaderMap {
        &mut self.headers
    }

    /// Passes an id of the request on, the platform's or the host's, where it is a plain token.
    pub(super) fn request_id(mut self, id: Option<&str>) -> Self {
        if let Some(id) = id.filter(|id| is_plain(id)).and_then(|id| HeaderValue::from_str(id).ok()) {
            self.headers.insert(X_REQUEST_ID, id);
        }
        self
    }

    pub(super) fn into_response(self, request_id: &str) -> Response<Full<Bytes>> {
        let mut response = Response::new(Full::from(self.body.to_string()));
        *response.headers_mut() = self.headers;
        let headers = response.headers_mut();
        headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
        headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
        headers.insert(NOSNIFF.0, NOSNIFF.1);
        if let Ok(id) = HeaderValue::from_str(request_id) {
            headers.entry(X_REQUEST_ID).or_insert(id);
        }
        response
    }
}
