//! Codes, problems, and how they are written.

use std::borrow::Cow;
use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use http::header::{CACHE_CONTROL, CONNECTION, CONTENT_TYPE, RETRY_AFTER, WWW_AUTHENTICATE};
use http::{HeaderMap, HeaderName, HeaderValue, Response, StatusCode};
use serde::Serialize;
use serde::ser::SerializeMap as _;
use serde_json::Value;
use serde_json::value::{RawValue, to_raw_value};

use crate::request_ids::{RequestIds, X_REQUEST_ID, is_plain};

/// A refusal, ready to be rendered. See the [module](super) for its members.
///
/// The gate makes them; a host meets one in a [renderer](crate::gate::Render), in the rejections of extractors, and
/// makes its own for its routes. The response is never cached (`Cache-Control: no-store`) and never sniffed
/// (`X-Content-Type-Options: nosniff`). `Debug` shows the code and the status alone, because members may hold a phrase.
#[derive(Clone)]
pub struct Problem(Box<Inner>);

#[derive(Clone)]
struct Inner {
    code: Code,
    status: StatusCode,
    detail: Cow<'static, str>,
    members: Vec<(&'static str, Member)>,
    retry_after: Option<Duration>,
    challenge: Option<HeaderValue>,
    request_id: Option<String>,
    close: bool,
}

/// The value of a member, as the text that it is written as.
#[derive(Clone)]
enum Member {
    Word(&'static str),
    Own(Box<RawValue>),
    /// Written once, for many problems.
    Kept(Arc<RawValue>),
}

macro_rules! codes {
    ($($(#[$doc:meta])* $variant:ident = $text:literal, $status:ident, $title:literal;)*) => {
        /// Every way in which this crate refuses.
        ///
        /// The text of a code never changes, and the enum is exhaustive: a new code breaks a `match`, so that a client
        /// in Rust does not miss it. Each variant says when it arises and what a client does about it.
        ///
        /// ```
        /// use biometry_gate::challenge::Code;
        ///
        /// assert_eq!(Code::StepUpRequired.as_str(), "step-up-required");
        /// assert_eq!(Code::StepUpRequired.status(), 401);
        /// // Clients find the code in the member `code`.
        /// let known = |text: &str| Code::ALL.iter().copied().find(|code| code.as_str() == text);
        /// assert_eq!(known("session-busy"), Some(Code::SessionBusy));
        /// ```
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
        pub enum Code { $($(#[$doc])* $variant,)* }

        impl Code {
            /// All codes, in the order of their declaration.
            pub const ALL: &'static [Self] = &[$(Self::$variant,)*];

            /// The code's text, as it stands in the members `code` and `type`.
            pub fn as_str(self) -> &'static str {
                match self { $(Self::$variant => $text,)* }
            }

            /// The status that goes with the code. A few problems have another one: broken framing is 400, and a gate
            /// that is wired wrongly is 500 with [`InvalidRequest`](Self::InvalidRequest).
            pub fn status(self) -> StatusCode {
                match self { $(Self::$variant => StatusCode::$status,)* }
            }

            /// The member `type`.
            fn urn(self) -> &'static str {
                match self { $(Self::$variant => concat!("urn:biometry-gate:problem:", $text),)* }
            }

            /// A short description for people, in English; the member `title`.
            pub fn title(self) -> &'static str {
                match self { $(Self::$variant => $title,)* }
            }
        }
    };
}

codes! {
    /// 401: the caller is not logged in at the host. The client logs in; stepping up does not help.
    AuthenticationRequired = "authentication-required", UNAUTHORIZED, "Authentication required";
    /// 401: no decision satisfies the route's policy. The member `reason` says why (`absent`, `stale`, `level`,
    /// `consumed` or `pending`), the member `step_up` says what to do. The client verifies and repeats the request.
    StepUpRequired = "step-up-required", UNAUTHORIZED, "Biometric confirmation required";
    /// 403: the caller has not agreed to what is needed; the member `purposes` lists it. The client asks the person.
    ConsentRequired = "consent-required", FORBIDDEN, "Consent required";
    /// 403: the verification did not pass. Where attempts remain, the answer has a fresh `phrase` and `attempts_left`.
    VerificationFailed = "verification-failed", FORBIDDEN, "Verification failed";
    /// 403: the platform refers the case to a person. It counts as a verification that did not pass.
    VerificationReferred = "verification-referred", FORBIDDEN, "Verification needs a review";
    /// 403: the platform enrolled the person during the verification, which proves nothing about who it was. The next
    /// verification may pass.
    EnrolledNotVerified = "enrolled-not-verified", FORBIDDEN, "Enrolled, not yet verified";
    /// 403: the platform did not enroll the face or the voice. The client sends a better one.
    EnrollmentFailed = "enrollment-failed", FORBIDDEN, "Enrollment failed";
    /// 403: the platform did not accept the identity document.
    DocumentRejected = "document-rejected", FORBIDDEN, "Document rejected";
    /// 403: the face in the document and the face in the video do not match.
    MatchFailed = "match-failed", FORBIDDEN, "Faces do not match";
    /// 403: the host's [guard](crate::enrollment::EnrollmentGuard) does not let this caller enroll, or there is no
    /// guard.
    EnrollmentClosed = "enrollment-closed", FORBIDDEN, "Enrollment is closed";
    /// 403: the request names another subject than the caller. Nothing was sent to the platform.
    SubjectConflict = "subject-conflict", FORBIDDEN, "Another subject is named";
    /// 403: a browser sent the request on another site's behalf; see [`cross_site`](crate::cross_site).
    CrossSite = "cross-site", FORBIDDEN, "Cross-site request refused";
    /// 404: the caller has no such session. Another caller's session gives the same answer.
    SessionUnknown = "session-unknown", NOT_FOUND, "Unknown session";
    /// 409: the session takes no upload now. The member `state` says why: `uploading` (wait), `settled` (look at its
    /// status), `superseded` or `ended` (start anew).
    SessionBusy = "session-busy", CONFLICT, "Session not available";
    /// 410: the time for the phrase is over. The client starts a new session.
    SessionExpired = "session-expired", GONE, "Session expired";
    /// 413: the body is larger than allowed, by its announced or its counted length. The connection closes.
    UploadTooLarge = "upload-too-large", PAYLOAD_TOO_LARGE, "Upload too large";
    /// 415: the body is not of the form that the route takes, has a `Content-Encoding`, or the file is not of an
    /// accepted type. The member `accepted` then lists the media types that this field takes.
    UnsupportedMedia = "unsupported-media", UNSUPPORTED_MEDIA_TYPE, "Unsupported media";
    /// 422: the parts of the upload break the route's rules: a field is missing, unknown or repeated. 400 where the
    /// framing itself is broken or the upload broke off.
    InvalidUpload = "invalid-upload", UNPROCESSABLE_ENTITY, "Invalid upload";
    /// 422: the phrase that the client sent along is not the one that was issued. The session is as before.
    PhraseMismatch = "phrase-mismatch", UNPROCESSABLE_ENTITY, "Phrase mismatch";
    /// 422: the request breaks the route's rules; the detail says how. 400 where its framing is broken, 403 for a
    /// webhook that is not signed as it should be. A gate or an extractor that is wired wrongly answers it with 500,
    /// and logs the cause.
    InvalidRequest = "invalid-request", UNPROCESSABLE_ENTITY, "Invalid request";
    /// 429: a [limit](crate::Limits) is reached; `Retry-After` says for how long.
    TooManyAttempts = "too-many-attempts", TOO_MANY_REQUESTS, "Too many attempts";
    /// 400: the upload was too slow; members give the limits. Not a 408, because browsers and HTTP libraries answer
    /// that by sending the whole upload again.
    UploadTimeout = "upload-timeout", BAD_REQUEST, "Upload too slow";
    /// 404: there is no such route under the mount.
    NotFound = "not-found", NOT_FOUND, "No such route";
    /// 405: the route takes another method; `Allow` lists them.
    MethodNotAllowed = "method-not-allowed", METHOD_NOT_ALLOWED, "Method not allowed";
    /// 502: the platform gave no usable answer, or refused the gate's call.
    PlatformError = "platform-error", BAD_GATEWAY, "Verification service error";
    /// 503: the platform cannot be reached, rests after failures, or does not take the API key. The client tries again
    /// after `Retry-After`; an operator finds the cause in the log and the audit trail.
    PlatformUnavailable = "platform-unavailable", SERVICE_UNAVAILABLE, "Verification service unavailable";
    /// 503: the store cannot answer, or a required audit trail did not take the event. Nothing was changed for the
    /// caller.
    StoreUnavailable = "store-unavailable", SERVICE_UNAVAILABLE, "Decision store unavailable";
    /// 503: the host cannot tell who is calling, or names a tenant that the gate does not know.
    IdentityUnavailable = "identity-unavailable", SERVICE_UNAVAILABLE, "Caller cannot be identified";
    /// 503: too many uploads, sign-ins or webhooks are under way in this process, or its budget of captures is spent.
    /// The client tries again after `Retry-After`.
    Overloaded = "overloaded", SERVICE_UNAVAILABLE, "Too busy";
    /// 504: the platform did not answer in time. The session and its phrase are as before.
    PlatformTimeout = "platform-timeout", GATEWAY_TIMEOUT, "Verification service too slow";
}

impl Problem {
    /// A problem with the status that goes with its code. The detail is shown to people and stands in the answer: it
    /// must hold no secret and no subject.
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

    /// A mistake of the host: 500 [`InvalidRequest`](Code::InvalidRequest), "this route is not set up". The mistake
    /// goes to the log as an error, and not to the caller.
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

    /// For extractors of approved operations on a route whose gate reads none of their type: 500, and logged, because
    /// the caller can do nothing about it.
    pub fn no_operation() -> Self {
        Self::misconfigured(
            "no approved operation of this type: put a gate around the route with `require_for_json`, `require_for_form` \
             or `require_for_value` and the type that the handler takes",
        )
    }

    /// For extractors on a route without a gate: 500, and logged, because the caller can do nothing about it.
    pub fn no_gate() -> Self {
        Self::misconfigured(
            "no gate on this route: put one around it, or hand the gate out to the app's extractors",
        )
    }

    /// For extractors of the caller's biometric session, where the caller has none: 404.
    pub fn no_session() -> Self {
        Self::new(Code::SessionUnknown, "there is no biometric session")
    }

    /// Says that the HTTP or multipart framing itself is broken: the status becomes 400, and the answer says
    /// `Connection: close`.
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
        self.0.members.extend(to_raw_value(value).ok().map(|text| (name, Member::Own(text))));
        self
    }

    pub(crate) fn with_word(mut self, name: &'static str, word: &'static str) -> Self {
        self.0.members.push((name, Member::Word(word)));
        self
    }

    pub(crate) fn with_kept(mut self, name: &'static str, text: &Arc<RawValue>) -> Self {
        self.0.members.push((name, Member::Kept(Arc::clone(text))));
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

    /// Names the request that is refused. A problem that has an id keeps it; a text that is no plain token of at most
    /// 128 characters is ignored.
    #[must_use]
    pub fn request_id(mut self, id: &str) -> Self {
        if is_plain(id) {
            self.0.request_id.get_or_insert_with(|| id.to_owned());
        }
        self
    }

    /// [`request_id`](Self::request_id), with a text that it may keep.
    pub(crate) fn in_request(mut self, id: String) -> Self {
        if is_plain(&id) {
            self.0.request_id.get_or_insert(id);
        }
        self
    }

    /// Another id than the one it may have.
    pub(crate) fn renamed(mut self, id: String) -> Self {
        self.0.request_id = Some(id);
        self
    }

    /// The code, for programs.
    pub fn code(&self) -> Code {
        self.0.code
    }

    /// The status of the answer.
    pub fn status(&self) -> StatusCode {
        self.0.status
    }

    /// Whether the store, the host or the platform is out of order, so that the same request may get another answer
    /// later.
    pub fn is_outage(&self) -> bool {
        matches!(self.code(), Code::StoreUnavailable | Code::PlatformUnavailable | Code::IdentityUnavailable)
    }

    /// What is wrong, for people.
    pub fn detail(&self) -> &str {
        &self.0.detail
    }

    /// A member beyond those of RFC 9457, `purposes` for example; `None` where the problem has no such member.
    pub fn member(&self, name: &str) -> Option<Value> {
        let (_, member) = self.0.members.iter().find(|(known, _)| *known == name)?;
        serde_json::to_value(member).ok()
    }

    /// The problem as a response, with any body that can be made of [`Bytes`]. A problem without an id of a request
    /// gets a new one.
    pub fn into_response<B: From<Bytes>>(self) -> Response<B> {
        if self.0.request_id.is_some() {
            return self.rendered();
        }
        self.request_id(&RequestIds::of_process().next()).rendered()
    }

    fn rendered<B: From<Bytes>>(self) -> Response<B> {
        let mut response = Response::new(B::from(self.body()));
        *response.status_mut() = self.0.status;
        let mut headers = HeaderMap::with_capacity(MOST_HEADERS);
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
        *response.headers_mut() = headers;
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
        map.serialize_entry("type", code.urn())?;
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

impl Serialize for Member {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::Word(word) => serializer.serialize_str(word),
            Self::Own(text) => text.serialize(serializer),
            Self::Kept(text) => text.serialize(serializer),
        }
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
const MOST_HEADERS: usize = 8;
pub(crate) const NOSNIFF: (HeaderName, HeaderValue) =
    (http::header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));

#[cfg(test)]
mod tests;
