use std::sync::Arc;

use http::header::{CONTENT_LENGTH, TRANSFER_ENCODING};
use http::request::Parts;
use http::{HeaderMap, HeaderName, HeaderValue, Request};
use http_body_util::BodyExt as _;
use serde::de::DeserializeOwned;

use super::refusal;
use crate::capture::{Pace, RequestBody, is_limit_of_the_host};
use crate::challenge::{Code, Problem};
use crate::denial::Denial;
use crate::engine::{BiometryGate, Engine, OpenProject};
use crate::gate::Permit;
use crate::id::SessionId;
#[cfg(feature = "login")]
use crate::login;
use crate::mounted_routes::Dialect;
use crate::principal::Principal;

/// One request to a mounted route, its body apart.
pub(super) struct Call {
    pub(super) gate: BiometryGate,
    pub(super) head: Parts,
    pub(super) dialect: Dialect,
}

impl Call {
    pub(super) fn new(gate: &BiometryGate, head: Parts, dialect: Dialect) -> Self {
        Self { gate: gate.clone(), head, dialect }
    }

    pub(super) fn engine(&self) -> &Arc<Engine> {
        &self.gate.0
    }

    /// Two ways to tell where a body ends are one too many (RFC 9112 §6.1), and so is any coding but one.
    pub(super) fn check_framing(&self) -> Result<(), Problem> {
        let headers = &self.head.headers;
        let lengths = headers.get_all(CONTENT_LENGTH).iter().count();
        let codings = headers.get_all(TRANSFER_ENCODING).iter().count();
        let is_chunked = |coding: &HeaderValue| coding.as_bytes().eq_ignore_ascii_case(b"chunked");
        if lengths + codings > 1 || !headers.get_all(TRANSFER_ENCODING).iter().all(is_chunked) {
            let detail = "a request carries either a content length or the transfer encoding chunked";
            return Err(Problem::new(Code::InvalidRequest, detail).broken_framing());
        }
        Ok(())
    }

    /// Whether this gate has let the request in, which asks for what a step-up is there to give.
    pub(super) fn is_behind_its_own_gate(&self) -> bool {
        let permit = Permit::of(&self.head.extensions);
        permit.is_some_and(|permit| Arc::ptr_eq(&permit.gate().0, &self.gate.0))
    }

    pub(super) fn check_site(&self) -> Result<(), Problem> {
        Ok(self.engine().cross_site.check(&self.head)?)
    }

    /// The caller, if the host knows one. A name in the request itself must be the same.
    pub(super) fn principal(&self) -> Result<Option<Principal>, Problem> {
        let owner = self.identify()?;
        owner.map(|owner| self.check_names(&owner).map(|()| owner)).transpose()
    }

    /// The caller that the host knows.
    pub(super) fn member(&self) -> Result<Principal, Problem> {
        self.principal()?.ok_or_else(|| self.not_logged_in())
    }

    /// The caller that the host knows, or the one whom a browser signing in claims to be.
    pub(super) fn member_or_claimed(&self) -> Result<Principal, Problem> {
        let owner = self.uploader()?;
        self.check_names(&owner)?;
        Ok(owner)
    }

    /// [`member_or_claimed`](Self::member_or_claimed), before the names in the request are looked at.
    pub(super) fn uploader(&self) -> Result<Principal, Problem> {
        self.identify()?.or_else(|| self.claimed()).ok_or_else(|| self.not_signing_in())
    }

    /// The caller whom a browser signing in claims to be.
    fn claimed(&self) -> Option<Principal> {
        #[cfg(feature = "login")]
        return login::caller(self.engine(), &self.head);
        #[cfg(not(feature = "login"))]
        None
    }

    fn identify(&self) -> Result<Option<Principal>, Problem> {
        let owner = self.engine().identify(&self.head);
        owner.map_err(|_| self.unplaced())
    }

    /// The project that a caller's verifications belong to.
    pub(super) fn project(&self, owner: &Principal) -> Result<&OpenProject, Problem> {
        self.engine().project(owner).map_err(|_| self.unplaced())
    }

    /// The host cannot tell who is calling, or names a tenant that has no project.
    pub(super) fn unplaced(&self) -> Problem {
        Denial::IdentityUnavailable.problem(&self.engine().challenge_params)
    }

    pub(super) fn not_logged_in(&self) -> Problem {
        Denial::AuthenticationRequired.problem(&self.engine().challenge_params)
    }

    /// [`not_logged_in`](Self::not_logged_in) where a session goes on, which may be a sign-in whose cookie the client has not
    /// kept.
    fn not_signing_in(&self) -> Problem {
        let names_session =
            [&SESSION_ID, &PROVIDED_ID].iter().any(|name| self.head.headers.contains_key(*name));
        let lets_sign_in = self.engine().projects.all().any(|project| project.login.is_some());
        if !names_session || !lets_sign_in {
            return self.not_logged_in();
        }
        let detail = "log in first; a sign-in by face goes on where the client sends back the cookie that its start was \
                      given, which browsers keep for https alone and most of them for localhost";
        Problem::new(Code::AuthenticationRequired, detail).challenge(self.engine().challenge_params.plain())
    }

    /// A request may name its subject in these places; another one than the caller is a conflict.
    pub(super) fn check_names(&self, owner: &Principal) -> Result<(), Problem> {
        let in_headers = self.head.headers.get_all(&USER_FULLNAME).iter();
        let (own, upstream) = (owner.subject().as_str(), owner.subject().platform_name());
        let headers_agree = in_headers
            .into_iter()
            .all(|name| name.as_bytes() == own.as_bytes() || name.as_bytes() == upstream.as_bytes());
        let query_agrees =
            NAME_PARAMETERS.iter().flat_map(|name| self.parameters(name)).all(|name| name == own);
        if headers_agree && query_agrees { Ok(()) } else { Err(refusal::subject_conflict()) }
    }

    /// Drops the request's head. Its fields are slices of the buffer that it arrived in, which an upload would hold
    /// for as long as it takes.
    pub(super) fn forget_head(&mut self) {
        self.head = Request::new(()).into_parts().0;
    }

    /// The session that the request names in a header.
    pub(super) fn named_session(&self) -> Result<Option<SessionId>, Problem> {
        let headers = &self.head.headers;
        let mut names = headers.get_all(&SESSION_ID).iter().chain(headers.get_all(&PROVIDED_ID));
        let Some(first) = names.next() else { return Ok(None) };
        if names.any(|other| other != first) {
            return Err(Problem::new(Code::InvalidRequest, "the request names several sessions"));
        }
        parse_session(first.to_str().unwrap_or_default()).map(Some)
    }

    /// A header that is true or false, where it is there.
    pub(super) fn flag(&self, name: &HeaderName) -> Result<Option<bool>, Problem> {
        let mut values = self.head.headers.get_all(name).iter().map(HeaderValue::as_bytes);
        match (values.next(), values.next()) {
            (None, _) => Ok(None),
            (Some(b"true"), None) => Ok(Some(true)),
            (Some(b"false"), None) => Ok(Some(false)),
            _ => Err(Problem::new(Code::InvalidRequest, format!("the header {name} is true or false"))),
        }
    }

    /// The values of a query parameter, decoded.
    pub(super) fn parameters<'a>(&'a self, name: &'a str) -> impl Iterator<Item = String> + 'a {
        let query = self.head.uri.query().unwrap_or_default();
        form_pairs(query).filter(move |(key, _)| key == name).map(|(_, value)| value)
    }

    /// Refuses a query with other parameters than these. That a request names its own subject is fine everywhere.
    pub(super) fn check_parameters(&self, known: &[&str]) -> Result<(), Problem> {
        let query = self.head.uri.query().unwrap_or_default();
        let is_known = |name: &str| known.contains(&name) || NAME_PARAMETERS.contains(&name);
        if form_pairs(query).all(|(name, _)| is_known(&name)) {
            return Ok(());
        }
        Err(Problem::new(Code::InvalidRequest, format!("the query takes nothing but {}", known.join(", "))))
    }

    /// A query parameter that may be there once.
    pub(super) fn parameter(&self, name: &str) -> Result<Option<String>, Problem> {
        let mut values = self.parameters(name);
        match (values.next(), values.next()) {
            (value, None) => Ok(value),
            _ => Err(Problem::new(Code::InvalidRequest, format!("the parameter {name} is repeated"))),
        }
    }

    pub(super) fn headers(&self) -> &HeaderMap {
        &self.head.headers
    }
}

/// A handle from outside; what cannot be one is unknown.
pub(super) fn parse_session(text: &str) -> Result<SessionId, Problem> {
    SessionId::parse(text).ok_or_else(refusal::unknown_session)
}

/// Reads a JSON body of at most 16 KiB, which has to be there within the time that an upload may be silent. No body at
/// all is an empty object.
pub(super) async fn read_json<T: DeserializeOwned>(engine: &Engine, body: RequestBody) -> Result<T, Problem> {
    let bytes = read_bytes(engine, body, MAX_JSON).await?;
    parse_object(&bytes)
        .ok_or_else(|| Problem::new(Code::InvalidRequest, "the body is not the json object this route takes"))
}

/// Serde takes an array for an object, its items for the members in their order; we do not. What serde says may quote the
/// body, so it is not passed on.
fn parse_object<T: DeserializeOwned>(body: &[u8]) -> Option<T> {
    let text = body.trim_ascii();
    let text = if text.is_empty() { b"{}" } else { text };
    text.starts_with(b"{").then(|| serde_json::from_slice(text).ok()).flatten()
}

/// Refuses a request that has a body, where the route takes none.
pub(super) async fn refuse_body(engine: &Engine, body: RequestBody) -> Result<(), Problem> {
    match read_bytes(engine, body, 0).await {
        Ok(_) => Ok(()),
        Err(problem) if problem.code() == Code::UploadTooLarge => {
            Err(Problem::new(Code::InvalidRequest, "this route takes no body").closing())
        }
        Err(problem) => Err(problem),
    }
}

/// Reads a body of at most so many bytes, which must be there within the time that an upload may be silent.
pub(super) async fn read_bytes(engine: &Engine, body: RequestBody, most: usize) -> Result<Vec<u8>, Problem> {
    let mut bytes = Vec::new();
    let time = engine.settings.capture.idle();
    match tokio::time::timeout(time, read_short(body, most, &mut bytes)).await {
        Ok(read) => read.map(|()| bytes),
        Err(_) => {
            let pace = Pace { received: bytes.len() as u64, least_rate: 0, idle: time, total: time };
            Err(refusal::too_slow("the request was too slow", Some(pace)))
        }
    }
}

async fn read_short(mut body: RequestBody, most: usize, bytes: &mut Vec<u8>) -> Result<(), Problem> {
    while let Some(frame) = body.frame().await {
        let frame = frame.map_err(|error| broken_off(&*error))?;
        let Ok(data) = frame.into_data() else { continue };
        if bytes.len() + data.len() > most {
            return Err(Problem::new(Code::UploadTooLarge, "the request is too large").closing());
        }
        bytes.extend_from_slice(&data);
    }
    Ok(())
}

fn broken_off(error: &(dyn std::error::Error + 'static)) -> Problem {
    if is_limit_of_the_host(error) {
        return Problem::new(Code::UploadTooLarge, "the request is larger than a limit of the host")
            .closing();
    }
    Problem::new(Code::InvalidRequest, "the request broke off").broken_framing()
}

/// The pairs of a query (WHATWG URL, `application/x-www-form-urlencoded`).
fn form_pairs(query: &str) -> impl Iterator<Item = (String, String)> {
    query.split('&').filter(|pair| !pair.is_empty()).map(|pair| {
        let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
        (decode(name), decode(value))
    })
}

fn decode(text: &str) -> String {
    let spaced = text.replace('+', " ");
    percent_encoding::percent_decode_str(&spaced).decode_utf8_lossy().into_owned()
}

const MAX_JSON: usize = 16 * 1024;
const USER_FULLNAME: HeaderName = HeaderName::from_static("x-user-fullname");
const SESSION_ID: HeaderName = HeaderName::from_static("x-session-id");
/// What older official clients call the session's header.
const PROVIDED_ID: HeaderName = HeaderName::from_static("x-request-user-provided-id");
const NAME_PARAMETERS: [&str; 2] = ["user_fullname", "userFullname"];
