use std::fmt;

use bytes::Bytes;
use http::{HeaderMap, StatusCode};
use serde_json::Value;

/// A response, read to its end.
///
/// The checks say what the contract says of such an answer as a whole, its headers included, so that a test that looks
/// at the status alone does not pass by accident. They panic with the whole answer in the message.
///
/// ```
/// use biometry_gate_testkit::Browser;
///
/// # async fn example(ana: Browser) {
/// let refused = ana.get("/api/statement").send().await;
/// let step_up = &refused.problem("step-up-required")["step_up"];
/// assert_eq!(step_up["policy"], "statement");
/// assert!(refused.header("www-authenticate").is_some());
/// # }
/// ```
#[derive(Clone)]
pub struct Answer {
    /// The status.
    pub status: StatusCode,
    /// The headers.
    pub headers: HeaderMap,
    /// The whole body.
    pub body: Bytes,
}

impl Answer {
    /// The header's one value.
    ///
    /// # Panics
    /// When it is repeated or no visible text.
    #[must_use]
    #[track_caller]
    pub fn header(&self, name: &str) -> Option<&str> {
        let mut values = self.headers.get_all(name).iter();
        let value = values.next()?.to_str().expect("visible text");
        assert!(values.next().is_none(), "{name} comes once: {self:?}");
        Some(value)
    }

    /// The body as text, what is not UTF-8 replaced.
    #[must_use]
    pub fn text(&self) -> String {
        String::from_utf8_lossy(&self.body).into_owned()
    }

    /// The body as JSON.
    ///
    /// # Panics
    /// When it is none.
    #[must_use]
    #[track_caller]
    pub fn json(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap_or_else(|error| panic!("no json ({error}): {self:?}"))
    }

    /// The JSON of a 200 of any route.
    ///
    /// # Panics
    /// When it is none.
    #[track_caller]
    pub fn ok(&self) -> Value {
        assert_eq!(self.status, StatusCode::OK, "{self:?}");
        assert_eq!(self.header("content-type"), Some("application/json"), "{self:?}");
        self.json()
    }

    /// The JSON of a 200 of a mounted route, which no cache keeps, no browser sniffs and whose request has an id.
    ///
    /// # Panics
    /// When it is none.
    #[track_caller]
    pub fn granted(&self) -> Value {
        self.check_headers();
        self.ok()
    }

    /// The members of a problem with this code and the status that goes with it.
    ///
    /// # Panics
    /// When the answer is anything else, or breaks a rule that holds for every problem.
    #[track_caller]
    pub fn problem(&self, code: &str) -> Value {
        self.problem_as(status_of(code), code)
    }

    /// [`problem`](Self::problem) with another status than the code's usual one.
    ///
    /// # Panics
    /// As [`problem`](Self::problem).
    #[track_caller]
    pub fn problem_as(&self, status: u16, code: &str) -> Value {
        assert_eq!((self.status.as_u16(), self.code().as_deref()), (status, Some(code)), "{self:?}");
        self.check_headers();
        assert_eq!(self.header("content-type"), Some("application/problem+json"), "{self:?}");
        let problem = self.json();
        assert_eq!(problem["type"], format!("urn:biometry-gate:problem:{code}"), "{self:?}");
        assert_eq!(problem["status"], status, "{self:?}");
        for text in ["title", "detail", "error"] {
            assert!(problem[text].as_str().is_some_and(|text| !text.is_empty()), "{text}: {self:?}");
        }
        assert_eq!(problem["request_id"].as_str(), self.header("x-request-id"), "{self:?}");
        let says_why =
            ["uploading", "settled", "superseded", "ended"].iter().any(|state| problem["state"] == *state);
        assert!(code != "session-busy" || says_why, "state: {self:?}");
        let waits = matches!(status, 429 | 503);
        assert_eq!(self.retry_after().is_some(), waits, "retry-after: {self:?}");
        problem
    }

    /// The code of a problem; none where the body has none.
    #[must_use]
    pub fn code(&self) -> Option<String> {
        let body: Value = serde_json::from_slice(&self.body).ok()?;
        body["code"].as_str().map(str::to_owned)
    }

    /// `Retry-After` in seconds.
    ///
    /// # Panics
    /// When it is there and no positive number.
    #[must_use]
    #[track_caller]
    pub fn retry_after(&self) -> Option<u64> {
        let seconds = self.header("retry-after")?.parse().expect("seconds");
        assert!(seconds > 0, "{self:?}");
        Some(seconds)
    }

    #[track_caller]
    fn check_headers(&self) {
        assert_eq!(self.header("cache-control"), Some("no-store"), "{self:?}");
        assert_eq!(self.header("x-content-type-options"), Some("nosniff"), "{self:?}");
        assert!(self.header("x-request-id").is_some_and(|id| !id.is_empty()), "no request id: {self:?}");
    }
}

impl fmt::Debug for Answer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {:?} {}", self.status, self.headers, self.text())
    }
}

/// The table of the contract, written down a second time on purpose.
fn status_of(code: &str) -> u16 {
    match code {
        "upload-timeout" => 400,
        "authentication-required" | "step-up-required" => 401,
        "consent-required"
        | "verification-failed"
        | "verification-referred"
        | "enrolled-not-verified"
        | "enrollment-failed"
        | "document-rejected"
        | "match-failed"
        | "enrollment-closed"
        | "subject-conflict"
        | "cross-site" => 403,
        "session-unknown" | "not-found" => 404,
        "method-not-allowed" => 405,
        "session-busy" => 409,
        "session-expired" => 410,
        "upload-too-large" => 413,
        "unsupported-media" => 415,
        "invalid-upload" | "phrase-mismatch" | "invalid-request" => 422,
        "too-many-attempts" => 429,
        "platform-error" => 502,
        "platform-unavailable" | "store-unavailable" | "identity-unavailable" | "overloaded" => 503,
        "platform-timeout" => 504,
        _ => panic!("the contract has no code {code}"),
    }
}
