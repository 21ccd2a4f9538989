use std::borrow::Cow;
use std::fmt;
use std::time::Duration;

use bytes::Bytes;
use http::header::{CACHE_CONTROL, CONNECTION, CONTENT_TYPE, RETRY_AFTER, WWW_AUTHENTICATE};
use http::{HeaderName, HeaderValue, Response, StatusCode};
use serde::Serialize;
use serde::ser::SerializeMap as _;
use serde_json::Value;
use serde_json::value::{RawValue, to_raw_value};

use crate::request_ids::{RequestIds, X_REQUEST_ID, is_plain};

/// A refusal, ready to be rendered.
#[derive(Clone)]
pub struct Problem(Box<Inner>);

#[derive(Clone)]
struct Inner {
    code: Code,
    status: StatusCode,
    detail: Cow<'static, str>,
    members: Vec<(&'static str, Box<RawValue>)>,
    retry_after: Option<Duration>,
    challenge: Option<HeaderValue>,
    request_id: Option<String>,
    close: bool,
}

macro_rules! codes {
    ($($(#[$doc:meta])* $variant:ident = $text:literal, $status:ident, $title:literal;)*) => {
        /// Every way in which this crate refuses. The text of a code never changes.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
        pub enum Code { $($(#[$doc])* $variant,)* }

        impl Code {
            /// All codes.
            pub const ALL: &'static [Self] = &[$(Self::$variant,)*];

            /// The code's text.
            pub fn as_str(self) -> &'static str {
                match self { $(Self::$variant => $text,)* }
            }

            /// The status that goes with the code.
            pub fn status(self) -> StatusCode {
                match self { $(Self::$variant => StatusCode::$status,)* }
            }

            /// A short description for people.
            pub fn title(self) -> &'static str {
                match self { $(Self::$variant => $title,)* }
            }
        }
    };
}

codes! {
    /// The caller is not logged in.
    AuthenticationRequired = "authentication-required", UNAUTHORIZED, "Authentication required";
    /// No decision satisfies the route's policy.
    StepUpRequired = "step-up-required", UNAUTHORIZED, "Biometric confirmation required";
    /// A purpose has not been agreed to.
    ConsentRequired = "consent-required", FORBIDDEN, "Consent required";
    /// The verification did not pass.
    VerificationFailed = "verification-failed", FORBIDDEN, "Verification failed";
    /// The platform refers the case to a person.
    VerificationReferred = "verification-referred", FORBIDDEN, "Verification needs a review";
    /// The person was enrolled, which proves nothing about who it is.
    EnrolledNotVerified = "enrolled-not-verified", FORBIDDEN, "Enrolled, not yet verified";
    /// The caller's biometrics were not enrolled.
    EnrollmentFailed = "enrollment-failed", FORBIDDEN, "Enrollment failed";
    /// The document was not accepted.
    DocumentRejected = "document-rejected", FORBIDDEN, "Document rejected";
    /// The faces do not match.
    MatchFailed = "match-failed", FORBIDDEN, "Faces do not match";
    /// The host does not let this caller enroll.
    EnrollmentClosed = "enrollment-closed", FORBIDDEN, "Enrollment is closed";
    /// The request names another subject than the caller.
    SubjectConflict = "subject-conflict", FORBIDDEN, "Another subject is named";
    /// A browser sent the request on another site's behalf.
    CrossSite = "cross-site", FORBIDDEN, "Cross-site request refused";
    /// No such session, or another caller's.
    SessionUnknown = "session-unknown", NOT_FOUND, "Unknown session";
    /// The session is being used, settled, superseded or ended.
    SessionBusy = "session-busy", CONFLICT, "Session not available";
    /// The time for the phrase is over.
    SessionExpired = "session-expired", GONE, "Session expired";
    /// The upload is larger than allowed.
    UploadTooLarge = "upload-too-large", PAYLOAD_TOO_LARGE, "Upload too large";
    /// Not multipart, encoded, or not a container that is accepted.
    UnsupportedMedia = "unsupported-media", UNSUPPORTED_MEDIA_TYPE, "Unsupported media";
    /// The upload breaks its rules.
    InvalidUpload = "invalid-upload", UNPROCESSABLE_ENTITY, "Invalid upload";
    /// The phrase sent along is not the one that was issued.
    PhraseMismatch = "phrase-mismatch", UNPROCESSABLE_ENTITY, "Phrase mismatch";
    /// The request breaks its rules.
    InvalidRequest = "invalid-request", UNPROCESSABLE_ENTITY, "Invalid request";
    /// A limit is reached.
    TooManyAttempts = "too-many-attempts", TOO_MANY_REQUESTS, "Too many attempts";
    /// The upload was too slow. Not a 408: browsers and HTTP libraries answer that by sending the whole upload again.
    UploadTimeout = "upload-timeout", BAD_REQUEST, "Upload too slow";
    /// There is no such route under the mount.
    NotFound = "not-found", NOT_FOUND, "No such route";
    /// The route takes another method.
    MethodNotAllowed = "method-not-allowed", METHOD_NOT_ALLOWED, "Method not allowed";
    /// The platform answered nonsense or refused our request.
    PlatformError = "platform-error", BAD_GATEWAY, "Verification service error";
    /// The platform cannot be reached or does not take our key.
    PlatformUnavailable = "platform-unavailable", SERVICE_UNAVAILABLE, "Verification service unavailable";
    /// The store cannot answer.
    StoreUnavailable = "store-unavailable", SERVICE_UNAVAILABLE, "Decision store unavailable";
    /// The host cannot tell who is calling.
    IdentityUnavailable = "identity-unavailable", SERVICE_UNAVAILABLE, "Caller cannot be identified";
    /// Too many uploads are under way.
    Overloaded = "overloaded", SERVICE_UNAVAILABLE, "Too busy";
    /// The platform did not answer in time.
    PlatformTimeout = "platform-timeout", GATEWAY_TIMEOUT, "Verification service too slow";
}

impl Problem {
    /// A problem with the status that goes with its code. The detail is shown to people: no secrets, no subjects.
    pub fn new(code: Code, detail: impl Into<Cow<'static, str>>) -> Self {
        Self(Box::new(Inner {
            code,
            status: code.status(),
            detail: detail.into(),
            members: Vec::new(),
            retry_after: None,
            challenge: None,
            request_id: None,
            close: false,
        }))
    }

    /// A mistake of the host, answered with 500. What it is goes to the log, not to the caller.
    pub fn misconfigured(mistake: &'static str) -> Self {
        tracing::error!(mistake, "the gate is wired wrongly");
        Self::not_set_up()
    }

    /// A handler runs behind another gate than the one that it is written for.
    pub(crate) fn other_policy(expected: &str, found: &str) -> Self {
        let mistake = "the handler expects another policy: put it behind a gate of the one that it expects";
        tracing::error!(mistake, expected, found, "the gate is wired wrongly");
        Self::not_set_up()
    }

    fn not_set_up() -> Self {
        Self::new(Code::InvalidRequest, "this route is not set up")
            .with_status(StatusCode::INTERNAL_SERVER_ERROR)
    }

    /// The extractor of approved operations runs on a route whose gate reads none of its type: answered with 500 and
    /// logged.
    pub fn no_operation() -> Self {
        Self::misconfigured(
            "no approved operation of this type: put a gate around the route with `require_for_json`, `require_for_form` \
             or `require_for_value` and the type that the handler takes",
        )
    }

    /// An extractor of an adapter runs on a route without a gate: answered with 500 and logged, because the caller can do
    /// nothing about it.
    pub fn no_gate() -> Self {
        Self::misconfigured(
            "no gate on this route: put one around it, or hand the gate out to the app's extractors",
        )
    }

    /// The caller has no biometric session: 404.
    pub fn no_session() -> Self {
        Self::new(Code::SessionUnknown, "there is no biometric session")
    }

    /// The HTTP or multipart framing itself is broken: 400 instead of 422, and the connection is of no more use.
    #[must_use]
    pub fn broken_framing(mut self) -> Self {
        self.0.close = true;
        self.with_status(StatusCode::BAD_REQUEST)
    }

    pub(crate) fn with_status(mut self, status: StatusCode) -> Self {
        self.0.status = status;
        self
    }

    pub(crate) fn closing(mut self) -> Self {
        self.0.close = true;
        self
    }

    pub(crate) fn with(self, name: &'static str, value: impl Into<Value>) -> Self {
        self.with_text(name, &value.into())
    }

    /// [`with`](Self::with), without a tree of values in between.
    pub(crate) fn with_text(mut self, name: &'static str, value: &impl Serialize) -> Self {
        // Strings, numbers, lists and structs of them are always JSON; what is none would be left out.
        self.0.members.extend(to_raw_value(value).ok().map(|text| (name, text)));
        self
    }

    pub(crate) fn retry_after(mut self, wait: Duration) -> Self {
        self.0.retry_after = Some(wait);
        self
    }

    pub(crate) fn challenge(mut self, challenge: HeaderValue) -> Self {
        self.0.challenge = Some(challenge);
        self
    }

    /// The id of the request that it refuses, unless it has one, or this is no plain token of at most 128 characters.
    #[must_use]
    pub fn request_id(mut self, id: &str) -> Self {
        if is_plain(id) {
            self.0.request_id.get_or_insert_with(|| id.to_owned());
        }
        self
    }

    /// Another id than the one it may have.
    pub(crate) fn renamed(mut self, id: String) -> Self {
        self.0.request_id = Some(id);
        self
    }

    /// The code.
    pub fn code(&self) -> Code {
        self.0.code
    }

    /// The status it is answered with.
    pub fn status(&self) -> StatusCode {
        self.0.status
    }

    /// Whether the same question may get another answer later: the store, the host or the platform is out of order.
    pub fn is_outage(&self) -> bool {
        matches!(self.code(), Code::StoreUnavailable | Code::PlatformUnavailable | Code::IdentityUnavailable)
    }

    /// What is wrong, for people.
    pub fn detail(&self) -> &str {
        &self.0.detail
    }

    /// A member beyond those of RFC 9457.
    pub fn member(&self, name: &str) -> Option<Value> {
        let (_, text) = self.0.members.iter().find(|(known, _)| *known == name)?;
        serde_json::from_str(text.get()).ok()
    }

    /// The problem as a response of any body that can be made of bytes. Where it carries no id of a request, it
    /// gets one of its own.
    pub fn into_response<B: From<Bytes>>(self) -> Response<B> {
        if self.0.request_id.is_some() {
            return self.rendered();
        }
        self.request_id(&RequestIds::of_process().next()).rendered()
    }

    fn rendered<B: From<Bytes>>(self) -> Response<B> {
        let mut response = Response::new(B::from(self.body()));
        *response.status_mut() = self.0.status;
        let headers = response.headers_mut();
        headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/problem+json"));
        headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
        headers.insert(NOSNIFF.0, NOSNIFF.1);
        if let Some(wait) = self.0.retry_after {
            // Rounded up: a client that waits as long as it says is not refused again for a fraction of a second.
            let seconds = wait.as_secs() + u64::from(wait.subsec_nanos() > 0);
            headers.insert(RETRY_AFTER, HeaderValue::from(seconds.max(1)));
        }
        if let Some(challenge) = self.0.challenge {
            headers.insert(WWW_AUTHENTICATE, challenge);
        }
        if let Some(id) = self.0.request_id.and_then(|id| HeaderValue::try_from(id).ok()) {
            headers.insert(X_REQUEST_ID, id);
        }
        if self.0.close {
            headers.insert(CONNECTION, HeaderValue::from_static("close"));
        }
        response
    }

    fn body(&self) -> Bytes {
        let mut body = Vec::with_capacity(TYPICAL_LEN);
        // Writing strings and numbers to memory does not fail.
        let _ = serde_json::to_writer(&mut body, &Members(&self.0));
        body.into()
    }
}

/// The members of RFC 9457, ours, and what the case needs.
struct Members<'a>(&'a Inner);

impl Serialize for Members<'_> {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let Inner { code, status, detail, members, request_id, .. } = self.0;
        let mut map = serializer.serialize_map(None)?;
        map.serialize_entry("type", &format_args!("urn:biometry-gate:problem:{}", code.as_str()))?;
        map.serialize_entry("title", code.title())?;
        map.serialize_entry("status", &status.as_u16())?;
        map.serialize_entry("detail", detail)?;
        map.serialize_entry("code", code.as_str())?;
        // The official SDK shows `error`, and only if it is a string.
        map.serialize_entry("error", detail)?;
        map.serialize_entry("request_id", request_id)?;
        for (name, value) in members {
            map.serialize_entry(name, value)?;
        }
        map.end()
    }
}

/// Members may hold a phrase, so they are not shown.
impl fmt::Debug for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Problem")
            .field("code", &self.0.code)
            .field("status", &self.0.status)
            .finish_non_exhaustive()
    }
}

const TYPICAL_LEN: usize = 768;
pub(crate) const NOSNIFF: (HeaderName, HeaderValue) =
    (http::header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));

#[cfg(test)]
mod tests {
    use super::*;
    use http_body_util::{BodyExt as _, Full};

    #[tokio::test]
    async fn a_problem_has_every_member_of_the_contract() {
        let problem = Problem::new(Code::TooManyAttempts, "wait a little")
            .retry_after(Duration::from_millis(1500))
            .request_id("req-1");
        let response = problem.into_response::<Full<Bytes>>();
        assert_eq!(response.status(), 429);
        assert_eq!(response.headers()["retry-after"], "2");
        assert_eq!(response.headers()["cache-control"], "no-store");
        assert_eq!(response.headers()["x-request-id"], "req-1");
        let body = response.into_body().collect().await.unwrap().to_bytes();
        let body: Value = serde_json::from_slice(&body).unwrap();
        assert_eq!(
            body,
            serde_json::json!({
                "type": "urn:biometry-gate:problem:too-many-attempts",
                "title": "Too many attempts",
                "status": 429,
                "detail": "wait a little",
                "code": "too-many-attempts",
                "error": "wait a little",
                "request_id": "req-1",
            })
        );
    }

    /// Browsers send an upload again after 408 and 421, `OkHttp` after 408, and 425 asks for it (RFC 8470).
    #[test]
    fn no_code_makes_a_client_send_its_upload_again_by_itself() {
        for code in Code::ALL {
            assert!(![408, 421, 425].contains(&code.status().as_u16()), "{code:?}");
        }
    }

    #[tokio::test]
    async fn every_problem_has_the_id_of_a_request() {
        let answer = || async {
            let response = Problem::new(Code::CrossSite, "from elsewhere").into_response::<Full<Bytes>>();
            let header = response.headers()["x-request-id"].to_str().unwrap().to_owned();
            let body = response.into_body().collect().await.unwrap().to_bytes();
            (header, serde_json::from_slice::<Value>(&body).unwrap()["request_id"].clone())
        };
        let (one, other) = (answer().await, answer().await);
        assert!(one.1 == one.0.as_str() && other.1 == other.0.as_str() && one.0 != other.0);
    }

    #[test]
    fn codes_are_told_apart() {
        let texts: std::collections::HashSet<_> = Code::ALL.iter().map(|code| code.as_str()).collect();
        assert_eq!(texts.len(), Code::ALL.len());
    }
}
