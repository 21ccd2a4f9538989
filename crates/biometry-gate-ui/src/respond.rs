//! From a request to the file it asks for.

use bytes::Bytes;
use http::header::{
    ACCEPT_ENCODING, CACHE_CONTROL, CONTENT_ENCODING, CONTENT_TYPE, ETAG, IF_NONE_MATCH, LOCATION,
    REFERRER_POLICY, VARY, X_CONTENT_TYPE_OPTIONS,
};
use http::request::Parts;
use http::{HeaderMap, HeaderName, HeaderValue, Method, Response, StatusCode};

use crate::files::{File, find, page, shim, version};

/// Answers `GET` and `HEAD` for a file by its `path` below the mount, which begins with `/ui`; `None` for all else, which is
/// the host's to refuse.
///
/// Only the method and the headers of `head` are read, and the query where `/ui` is completed to `/ui/`.
pub fn respond(head: &Parts, path: &str) -> Option<Response<Bytes>> {
    let below = path.strip_prefix("/ui").filter(|rest| rest.is_empty() || rest.starts_with('/'))?;
    if head.method != Method::GET && head.method != Method::HEAD {
        return None;
    }
    match below.strip_prefix('/') {
        None => Some(complete(head)),
        Some("") => page().map(|page| send(head, page, Caching::Revalidated)),
        Some(name) => named(name).map(|(file, caching)| send(head, file, caching)),
    }
}

#[derive(Clone, Copy)]
enum Caching {
    Immutable,
    Revalidated,
}

fn named(name: &str) -> Option<(&'static File, Caching)> {
    if let Some(file) = shim(name) {
        return Some((file, Caching::Revalidated));
    }
    let (folder, name) = name.split_once('/').filter(|(folder, _)| is_version(folder))?;
    // A page that was opened before the host was updated, or that another replica served, gets what there is now.
    let caching = if folder == version() { Caching::Immutable } else { Caching::Revalidated };
    Some((find(name)?, caching))
}

fn is_version(folder: &str) -> bool {
    folder.len() == 16 && folder.bytes().all(|byte| byte.is_ascii_hexdigit())
}

fn send(head: &Parts, file: &File, caching: Caching) -> Response<Bytes> {
    let mut response = bare(StatusCode::OK, &HEADERS);
    let headers = response.headers_mut();
    headers.insert(CONTENT_TYPE, HeaderValue::from_static(file.content_type));
    headers.insert(CACHE_CONTROL, HeaderValue::from_static(caching.directive()));
    headers.insert(ETAG, HeaderValue::from_static(file.etag));
    if is_known(&head.headers, file.etag) {
        *response.status_mut() = StatusCode::NOT_MODIFIED;
        return response;
    }
    let is_compressed = takes_gzip(&head.headers);
    if is_compressed {
        headers.insert(CONTENT_ENCODING, HeaderValue::from_static("gzip"));
    }
    let body = if is_compressed { file.gzip } else { file.plain };
    if head.method == Method::HEAD {
        headers.insert(http::header::CONTENT_LENGTH, body.len().into());
    } else {
        *response.body_mut() = Bytes::from_static(body);
    }
    response
}

impl Caching {
    fn directive(self) -> &'static str {
        match self {
            Self::Immutable => "public, max-age=31536000, immutable",
            Self::Revalidated => "no-cache",
        }
    }
}

/// Whether the client has this very content (RFC 9110, section 13.1.2: compared weakly).
fn is_known(headers: &HeaderMap, etag: &str) -> bool {
    let lists = headers.get_all(IF_NONE_MATCH).iter().filter_map(|list| list.to_str().ok());
    lists
        .flat_map(|list| list.split(','))
        .map(str::trim)
        .any(|known| known == "*" || known.trim_start_matches("W/") == etag)
}

/// Whether gzip is named, and not with a weight of nothing (RFC 9110, section 12.5.3).
fn takes_gzip(headers: &HeaderMap) -> bool {
    let lists = headers.get_all(ACCEPT_ENCODING).iter().filter_map(|list| list.to_str().ok());
    lists.flat_map(|list| list.split(',')).any(|coding| {
        let mut parts = coding.split(';').map(str::trim);
        let is_gzip = parts.next().is_some_and(|name| name.eq_ignore_ascii_case("gzip"));
        let weight = parts.find_map(|part| part.strip_prefix("q=")).map_or(1.0, |q| q.parse().unwrap_or(0.0));
        is_gzip && weight > 0.0
    })
}

/// The page's own links are relative to the folder.
fn complete(head: &Parts) -> Response<Bytes> {
    let query = head.uri.query().map(|query| format!("?{query}")).unwrap_or_default();
    let mut response = bare(StatusCode::PERMANENT_REDIRECT, &[]);
    if let Ok(location) = HeaderValue::try_from(format!("ui/{query}")) {
        response.headers_mut().insert(LOCATION, location);
    }
    response
}

fn bare(status: StatusCode, headers: &[(HeaderName, &'static str)]) -> Response<Bytes> {
    let mut response = Response::new(Bytes::new());
    *response.status_mut() = status;
    for (name, value) in headers {
        response.headers_mut().insert(name, HeaderValue::from_static(value));
    }
    response
}

/// What goes with every file: nothing foreign runs on the ready page, no other page frames it, and it may use the camera.
const HEADERS: [(HeaderName, &str); 6] = [
    (
        http::header::CONTENT_SECURITY_POLICY,
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data: blob:; \
         media-src 'self' blob:; connect-src 'self'; frame-ancestors 'none'; base-uri 'none'; form-action 'none'",
    ),
    (HeaderName::from_static("permissions-policy"), "camera=(self), microphone=(self)"),
    (REFERRER_POLICY, "no-referrer"),
    (HeaderName::from_static("cross-origin-resource-policy"), "same-origin"),
    (X_CONTENT_TYPE_OPTIONS, "nosniff"),
    (VARY, "accept-encoding"),
];

#[cfg(test)]
mod tests;
