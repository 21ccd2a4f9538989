//! `POST /api-gateway/webhooks`.

use std::collections::BTreeMap;
use std::fmt;

use http::{HeaderName, HeaderValue, Method, Uri};

use super::{Call, Draft, Target, unfit};
use crate::Error;
use crate::base_url::is_permitted;
use crate::wire::{WebhookBody, to_json};

/// A webhook to be created.
#[derive(Clone)]
pub struct NewWebhook {
    api_key_id: String,
    url: String,
    events: Vec<String>,
    headers: BTreeMap<String, String>,
}

impl NewWebhook {
    /// Has the events of this key's calls delivered to `url`, which must be `https`, or `http` on the
    /// loopback interface for development, and free of credentials. Subscribes to [`DOCUMENT_CHECKED`](Self::DOCUMENT_CHECKED), the only event the
    /// platform documents, unless others are named.
    pub fn new(api_key_id: impl Into<String>, url: impl Into<String>) -> Self {
        let (api_key_id, url) = (api_key_id.into(), url.into());
        Self { api_key_id, url, events: Vec::new(), headers: BTreeMap::new() }
    }

    /// A document check has finished.
    pub const DOCUMENT_CHECKED: &'static str = "docauth.completed";

    /// Subscribes to an event by its name.
    pub fn event(mut self, name: impl Into<String>) -> Self {
        self.events.push(name.into());
        self
    }

    /// Adds a header to every delivery, as a shared secret of yours.
    pub fn header(mut self, name: &HeaderName, value: impl Into<String>) -> Self {
        self.headers.insert(name.as_str().to_owned(), value.into());
        self
    }

    pub(crate) fn into_call(self, target: Target<'_>) -> Result<Call, Error> {
        let are_headers_fit = self.headers.values().all(|value| HeaderValue::from_str(value).is_ok());
        if self.api_key_id.is_empty() || !is_delivery_address(&self.url) || !are_headers_fit {
            return Err(unfit());
        }
        let mut events: Vec<&str> = self.events.iter().map(String::as_str).collect();
        if events.is_empty() {
            events.push(Self::DOCUMENT_CHECKED);
        }
        let (api_key_id, url, headers) = (&self.api_key_id, &self.url, &self.headers);
        let body = WebhookBody { api_key_id, url, events, headers };
        Draft::new("create_webhook", Method::POST, target, "/api-gateway/webhooks")?.json(to_json(&body))
    }
}

impl fmt::Debug for NewWebhook {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("NewWebhook").field("events", &self.events).finish_non_exhaustive()
    }
}

fn is_delivery_address(url: &str) -> bool {
    url.parse::<Uri>().is_ok_and(|uri| {
        let is_plain = uri.authority().is_some_and(|authority| !authority.as_str().contains('@'));
        is_plain && is_permitted(&uri)
    })
}

#[cfg(test)]
mod tests {
    use super::super::tests::{read_text, target};
    use super::*;

    #[test]
    fn sends_what_the_platform_asks_for() {
        let (base, key) = target();
        let target = Target { base: &base, key: &key };
        let hook = NewWebhook::new("ak_1", "https://app.example/hook");
        let call = hook.clone().into_call(target).unwrap();
        assert_eq!(call.request.uri().path(), "/prefix/api-gateway/webhooks");
        let expected =
            r#"{"api_key_id":"ak_1","url":"https://app.example/hook","events":["docauth.completed"]}"#;
        assert_eq!(read_text(call), expected);
        let hook = hook.event("a").event("b").header(&HeaderName::from_static("x-token"), "t-1");
        assert!(!format!("{hook:?}").contains("t-1"));
        let body = read_text(hook.into_call(target).unwrap());
        assert!(body.ends_with(r#""events":["a","b"],"headers":{"x-token":"t-1"}}"#), "{body}");
    }

    #[test]
    fn refuses_what_must_not_be_delivered_to() {
        let (base, key) = target();
        let target = Target { base: &base, key: &key };
        for url in ["http://127.0.0.1:3000/hook", "http://[::1]/", "http://localhost/"] {
            assert!(NewWebhook::new("ak_1", url).into_call(target).is_ok(), "{url}");
        }
        for url in [
            "",
            "http://app.example/",
            "http://user@127.0.0.1/",
            "http://127.0.0.1.app.example/",
            "/hook",
            "https://user@app.example/",
            "ftp://app.example/",
        ] {
            assert!(NewWebhook::new("ak_1", url).into_call(target).is_err(), "{url}");
        }
        assert!(NewWebhook::new("", "https://app.example/").into_call(target).is_err());
        let hook = NewWebhook::new("ak_1", "https://app.example/");
        assert!(hook.header(&HeaderName::from_static("x-a"), "a\r\nb").into_call(target).is_err());
    }
}
