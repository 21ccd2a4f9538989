//! Browsers that navigate to a gated page are sent to the step-up page and brought back.

use bytes::Bytes;
use http::header::{ACCEPT, CACHE_CONTROL, LOCATION};
use http::{HeaderName, HeaderValue, Response, StatusCode, Uri};

use super::config_error::ConfigError;
use super::facts::Facts;
use crate::id::ReturnHandle;

/// The path and query that a request came with, for gates behind routers that strip prefixes off the request's own
/// URI. Adapters put it into the request's extensions.
#[derive(Clone, Debug)]
pub struct RequestTarget(pub Uri);

/// The host's page that takes people through stepping up.
#[derive(Clone, Debug)]
pub(super) struct StepUpPage(String);

impl StepUpPage {
    pub(super) fn parse(path: &str) -> Result<Self, ConfigError> {
        if is_own_path(path) && !path.contains('#') {
            return Ok(Self(path.to_owned()));
        }
        Err(ConfigError::new("the step-up page has to be a path of this host, /step-up for example"))
    }

    /// 303, so that the browser asks with GET whatever it did before.
    pub(super) fn redirect(&self, handle: &ReturnHandle) -> Response<Bytes> {
        let join = if self.0.contains('?') { '&' } else { '?' };
        let location = format!("{}{join}return={}", self.0, handle.as_str());
        let mut response = Response::new(Bytes::new());
        *response.status_mut() = StatusCode::SEE_OTHER;
        // INVARIANT: both halves are visible ASCII.
        if let Ok(location) = HeaderValue::from_str(&location) {
            response.headers_mut().insert(LOCATION, location);
        }
        response.headers_mut().insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
        response
    }
}

/// The place that a browser navigates to, where it is one that it can be sent back to.
pub(super) fn navigation_target(head: &impl Facts) -> Option<String> {
    if head.method() != "GET" || !is_navigation(head) {
        return None;
    }
    let target = head.target()?;
    is_own_path(target).then(|| target.to_owned())
}

/// `Sec-Fetch-Mode` where the browser says it, otherwise a preference for HTML.
fn is_navigation(head: &impl Facts) -> bool {
    let text = |name: &HeaderName| head.values(name).next().map(String::from_utf8_lossy);
    match text(&SEC_FETCH_MODE) {
        Some(mode) => mode == "navigate",
        None => text(&ACCEPT).is_some_and(|accept| prefers_html(&accept)),
    }
}

/// Whether HTML stands in front of JSON and of anything (RFC 9110 §12.5.1), by weight and then by place.
fn prefers_html(accept: &str) -> bool {
    let best = |wanted: fn(&str) -> bool| {
        let mut best: Option<(f32, usize)> = None;
        for (place, range) in accept.split(',').enumerate() {
            let mut parts = range.split(';').map(str::trim);
            let kind = parts.next().unwrap_or_default().to_ascii_lowercase();
            let weight =
                parts.find_map(|part| part.strip_prefix("q=")).map_or(1.0, |q| q.parse().unwrap_or(0.0));
            if wanted(&kind) && weight > 0.0 && best.is_none_or(|(known, _)| weight > known) {
                best = Some((weight, place));
            }
        }
        best
    };
    let json = best(|kind| kind.ends_with("json"));
    match (best(|kind| kind == "text/html" || kind == "application/xhtml+xml"), json) {
        (Some((html, first)), Some((json, second))) => html > json || (html >= json && first < second),
        (html, _) => html.is_some(),
    }
}

/// A path of this host that no browser reads as another host's: one slash in front, no backslash, nothing invisible.
fn is_own_path(path: &str) -> bool {
    let single_slash = path.starts_with('/') && !path.starts_with("//");
    let plain = path.bytes().all(|b| b.is_ascii_graphic() && b != b'\\');
    single_slash && plain && path.len() <= MAX_TARGET
}

const SEC_FETCH_MODE: HeaderName = HeaderName::from_static("sec-fetch-mode");
const MAX_TARGET: usize = 2048;

#[cfg(test)]
mod tests {
    use super::*;
    use http::Request;

    fn target(uri: &str, headers: &[(&str, &str)]) -> Option<String> {
        let mut request = Request::get(uri);
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        navigation_target(&request.body(()).ok()?.into_parts().0)
    }

    #[test]
    fn only_navigations_are_sent_elsewhere() {
        let browser = "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8";
        for navigation in [
            &[("sec-fetch-mode", "navigate")][..],
            &[("accept", browser)],
            &[("accept", "text/html")],
            &[("accept", "application/json;q=0.5, text/html")],
        ] {
            assert_eq!(target("/page?q=1", navigation).as_deref(), Some("/page?q=1"), "{navigation:?}");
        }
        for other in [
            &[][..],
            &[("sec-fetch-mode", "cors"), ("accept", browser)],
            &[("sec-fetch-mode", "no-cors")],
            &[("accept", "*/*")],
            &[("accept", "application/json")],
            &[("accept", "application/json, text/html")],
            &[("accept", "text/html;q=0")],
        ] {
            assert_eq!(target("/page", other), None, "{other:?}");
        }
    }

    #[test]
    fn a_hostile_target_is_never_kept() {
        let mut hostile = 0;
        for start in
            ["//", "///", "//\\", "/\\", "\\", "/\\/", "/\t/", "/ /", "", "https:", "javascript:", "data:"]
        {
            for host in
                ["evil.example", "evil.example/x", "user@evil.example", "[::1]", "evil%2eexample", "%2fevil"]
            {
                for end in ["", "/", "?a=b", "#f", "/..//x", "\u{2028}"] {
                    hostile += 1;
                    assert!(!is_own_path(&format!("{start}{host}{end}")), "{start}{host}{end}");
                }
            }
        }
        assert!(hostile > 400);
        assert!(!is_own_path(&format!("/{}", "a".repeat(MAX_TARGET))));
    }

    #[test]
    fn the_step_up_page_is_a_path_of_this_host() {
        for bad in ["", "step-up", "//evil.example", "https://evil.example", "/a b", "/a#b", "/a\\b"] {
            assert!(StepUpPage::parse(bad).is_err(), "{bad}");
        }
        let handle = ReturnHandle::random(&crate::entropy::OsEntropy).unwrap();
        for (page, join) in [("/step-up", '?'), ("/app?view=step-up", '&')] {
            let response = StepUpPage::parse(page).unwrap().redirect(&handle);
            let location = response.headers()[LOCATION].to_str().unwrap();
            assert_eq!(location, format!("{page}{join}return={}", handle.as_str()));
        }
    }
}
