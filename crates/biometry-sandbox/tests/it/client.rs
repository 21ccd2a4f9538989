//! A small client in the manner of a customer's backend.

#![expect(clippy::unwrap_used, reason = "a test that cannot be set up fails")]

use biometry_sandbox::{Entry, Sandbox, SandboxBuilder};
use reqwest::multipart::{Form, Part};
use reqwest::{Method, RequestBuilder, StatusCode};
use serde_json::{Value, json};

/// A sandbox and a key for it.
pub(crate) struct Platform {
    pub(crate) sandbox: Sandbox,
    pub(crate) key: String,
    pub(crate) http: reqwest::Client,
}

/// A reply, read to its end.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status: StatusCode,
    pub(crate) headers: reqwest::header::HeaderMap,
    pub(crate) body: Value,
}

impl Platform {
    pub(crate) async fn start() -> Self {
        Self::build(Sandbox::builder()).await
    }

    pub(crate) async fn build(builder: SandboxBuilder) -> Self {
        let sandbox = builder.start().await.unwrap();
        let key = sandbox.mint_key();
        Self { sandbox, key, http: http_client() }
    }

    pub(crate) fn request(&self, method: Method, path: &str) -> RequestBuilder {
        self.http.request(method, format!("{}{path}", self.sandbox.base_url())).bearer_auth(&self.key)
    }

    pub(crate) fn post(&self, path: &str) -> RequestBuilder {
        self.request(Method::POST, path)
    }

    pub(crate) fn get(&self, path: &str) -> RequestBuilder {
        self.request(Method::GET, path)
    }

    pub(crate) async fn start_session(&self) -> String {
        let answer = answer(self.post("/api-gateway/sessions/start")).await;
        answer.body["data"].as_str().unwrap().to_owned()
    }

    pub(crate) async fn consent(&self, kind: &str, user: &str, given: bool) -> Answer {
        let body = json!({ "is_consent_given": given, "user_fullname": user });
        answer(self.post(&format!("/api-consent/{kind}")).json(&body)).await
    }

    pub(crate) async fn consent_to_all(&self, user: &str) {
        for kind in ["consent", "strg-consent"] {
            assert_eq!(self.consent(kind, user, true).await.status, StatusCode::OK);
        }
    }

    pub(crate) fn video(&self, user: &str) -> RequestBuilder {
        self.post("/api-gateway/process-video").header("x-user-fullname", user).multipart(video_form())
    }

    pub(crate) async fn verify(&self, user: &str) -> Answer {
        answer(self.video(user)).await
    }

    /// The only entry of the journal, once the sandbox is done with it.
    pub(crate) async fn only_entry(&self) -> Entry {
        let is_finished = |entries: &[Entry]| matches!(entries, [entry] if entry.finished);
        self.sandbox.journal_when(is_finished).await.unwrap().remove(0)
    }

    /// As [`Self::verify`], after both consents.
    pub(crate) async fn verify_consenting(&self, user: &str) -> Answer {
        self.sandbox.give_consents(user);
        self.verify(user).await
    }
}

pub(crate) async fn answer(request: RequestBuilder) -> Answer {
    let response = request.send().await.unwrap();
    let (status, headers) = (response.status(), response.headers().clone());
    let bytes = response.bytes().await.unwrap();
    let body = serde_json::from_slice(&bytes).unwrap_or(Value::Null);
    Answer { status, headers, body }
}

impl Answer {
    #[track_caller]
    pub(crate) fn is_refused(&self, status: u16, error: &str) {
        assert_eq!((self.status.as_u16(), self.body["error"].as_str()), (status, Some(error)));
    }

    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name).and_then(|value| value.to_str().ok())
    }
}

pub(crate) fn video_form() -> Form {
    Form::new().text("phrase", PHRASE).part("video", file("capture.webm", "video/webm", VIDEO))
}

pub(crate) fn file(name: &'static str, content_type: &str, bytes: &'static [u8]) -> Part {
    Part::bytes(bytes).file_name(name).mime_str(content_type).unwrap()
}

pub(crate) fn http_client() -> reqwest::Client {
    reqwest::Client::builder().no_proxy().redirect(reqwest::redirect::Policy::none()).build().unwrap()
}

pub(crate) const PHRASE: &str = "one two three";
pub(crate) const VIDEO: &[u8] = b"\x1a\x45\xdf\xa3 a very short video";
pub(crate) const JPEG: &[u8] = b"\xff\xd8\xff\xe0 a very small picture";
pub(crate) const PNG: &[u8] = b"\x89PNG\r\n\x1a\n a very small picture";
