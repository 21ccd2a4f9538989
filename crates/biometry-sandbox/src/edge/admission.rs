//! Who may come in: key, name and session, checked in that order and before the body is read.

use http::request::Parts;
use http::{HeaderMap, StatusCode};
use serde_json::Value;

use crate::operation::{ErrorKey, Operation, Route, Version};
use crate::query;
use crate::reply::Refusal;
use crate::settings::{NameStrictness, Settings};
use crate::state::{KeyRecord, Lookup, NotOpen, State};
use crate::text;

/// A request that was let in.
#[derive(Debug)]
pub(crate) struct Admitted {
    pub(crate) operation: Operation,
    pub(crate) version: Version,
    /// What stood in the place of `{id}` in the path.
    pub(crate) id: Option<String>,
    pub(crate) key: KeyRecord,
    /// From `X-User-Fullname`; in version 2 from the path or the body.
    pub(crate) user: Option<String>,
    /// Whose persona answers: the user, else whom the session is locked to.
    pub(crate) acting: Option<String>,
    pub(crate) session: Option<String>,
    pub(crate) headers: HeaderMap,
    pub(crate) query: Vec<(String, String)>,
    pub(crate) request_id: String,
    /// The part named `request` of an upload in version 2.
    pub(crate) part: Value,
}

pub(crate) fn admit(
    settings: &Settings,
    state: &mut State,
    parts: &Parts,
    route: Route,
    request_id: &str,
) -> Result<Admitted, Refusal> {
    let operation = route.operation;
    let errors = ErrorKey::of_path(parts.uri.path());
    let key = authenticate(settings, state, &parts.headers, errors)?;
    let user = match route.version {
        Version::V1 => text::header(&parts.headers, "x-user-fullname"),
        Version::V2 => route.user.as_deref().map(query::percent_decode),
    };
    if route.version == Version::V1 && user.is_none() && needs_name(settings.names, operation) {
        return Err(Refusal::NAME_REQUIRED);
    }
    let session = session_id(state, &key, &route, &parts.headers);
    let locked_to = match &session {
        Some(id) => enter(state, &key, id, user.as_deref())?,
        None => None,
    };
    Ok(Admitted {
        operation,
        version: route.version,
        id: route.id,
        key,
        acting: user.clone().or(locked_to),
        user,
        session,
        headers: parts.headers.clone(),
        query: query::pairs(parts.uri.query().unwrap_or_default()),
        request_id: request_id.to_owned(),
        part: Value::Null,
    })
}

impl Admitted {
    /// Whether a header says `true`.
    pub(crate) fn asks_for(&self, header: &str) -> bool {
        text::header(&self.headers, header).is_some_and(|value| value.eq_ignore_ascii_case("true"))
    }
}

fn authenticate(
    settings: &Settings,
    state: &State,
    headers: &HeaderMap,
    errors: ErrorKey,
) -> Result<KeyRecord, Refusal> {
    let refused = |status, text| match errors {
        ErrorKey::Error | ErrorKey::Object => Refusal::new(status, text),
        ErrorKey::Message => NO_VALID_TOKEN,
    };
    let Some(authorization) = text::header(headers, "authorization") else {
        return Err(refused(StatusCode::UNAUTHORIZED, "missing authorization token"));
    };
    let Some(token) = authorization.strip_prefix("Bearer ") else {
        return Err(refused(StatusCode::UNAUTHORIZED, "invalid api key format"));
    };
    match state.keys.look_up(token.trim(), settings.trust) {
        Lookup::Active(record) => Ok(record),
        Lookup::Revoked => Err(refused(settings.revoked_key, Refusal::KEY_NOT_ACTIVE_TEXT)),
        Lookup::Unknown => Err(refused(settings.bad_key, "failed to validate api key")),
    }
}

fn needs_name(strictness: NameStrictness, operation: Operation) -> bool {
    match strictness {
        NameStrictness::Nowhere => false,
        NameStrictness::Usual => operation.is_upload() && operation != Operation::MatchFaces,
        NameStrictness::Everywhere => operation.is_upload() || operation == Operation::EndSession,
    }
}

/// The session a request names. The older alias of the header once carried ids of the caller's own making, so a value
/// that is no session means no session.
fn session_id(state: &mut State, key: &KeyRecord, route: &Route, headers: &HeaderMap) -> Option<String> {
    if !route.operation.joins_sessions() {
        return None;
    }
    if route.operation == Operation::EndSession {
        return route.id.clone();
    }
    if route.version == Version::V2 {
        return None;
    }
    text::header(headers, "x-session-id").or_else(|| {
        let alias = text::header(headers, "x-request-user-provided-id")?;
        state.project(&key.project_id).sessions.find(&alias).is_some().then_some(alias)
    })
}

pub(super) fn enter(
    state: &mut State,
    key: &KeyRecord,
    id: &str,
    user: Option<&str>,
) -> Result<Option<String>, Refusal> {
    match state.project(&key.project_id).sessions.enter(id, user) {
        Ok(session) => Ok(session.full_name.clone()),
        Err(NotOpen::Unknown) => Err(Refusal::not_found("session not found")),
        Err(NotOpen::Ended) => Err(Refusal::bad_request("session has ended")),
        Err(NotOpen::OtherName) => Err(Refusal::NAME_LOCKED),
    }
}

const NO_VALID_TOKEN: Refusal = Refusal::new(StatusCode::UNAUTHORIZED, "missing or invalid token");
