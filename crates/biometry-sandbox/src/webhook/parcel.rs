use bytes::Bytes;
use http::header::CONTENT_TYPE;
use http::{HeaderMap, HeaderValue, Method, Request, Uri};
use http_body_util::Full;
use serde_json::Value;

use super::courier::Manner;
use super::signature::{Secret, WebhookDelivery};
use crate::id;

/// One event on its way to one listener. It keeps its id however often it is tried.
#[derive(Debug, Clone)]
pub(crate) struct Parcel {
    id: String,
    url: Uri,
    headers: HeaderMap,
    secret: Secret,
    body: Bytes,
}

impl Parcel {
    pub(super) fn new(url: Uri, headers: HeaderMap, secret: Secret, body: &Value) -> Self {
        Self { id: format!("msg_{}", id::uuid()), url, headers, secret, body: body.to_string().into() }
    }

    pub(super) fn id(&self) -> &str {
        &self.id
    }

    pub(super) fn url(&self) -> &Uri {
        &self.url
    }

    /// What is sent in one try. Each is signed anew, for the time is signed, too.
    pub(super) fn request(&self, manner: &Manner) -> Request<Full<Bytes>> {
        let at = manner.clock.now();
        let delivery = WebhookDelivery { id: &self.id, at, body: &self.body, secret: self.secret.as_str() };
        let mut request = Request::new(Full::new(self.body.clone()));
        *request.method_mut() = Method::POST;
        *request.uri_mut() = self.target();
        let headers = request.headers_mut();
        headers.extend(self.headers.clone());
        headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
        if let Some(host) = self.url.authority().and_then(|host| HeaderValue::from_str(host.as_str()).ok()) {
            headers.insert(http::header::HOST, host);
        }
        for (name, value) in manner.sign.headers(&delivery) {
            if let Ok(value) = HeaderValue::try_from(value) {
                headers.insert(name, value);
            }
        }
        request
    }

    fn target(&self) -> Uri {
        let path = self.url.path_and_query().cloned();
        path.map_or_else(|| Uri::from_static("/"), Uri::from)
    }
}
