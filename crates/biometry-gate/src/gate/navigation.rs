//! Browsers that navigate to a gated page are sent to the step-up page and brought back.

use http::HeaderName;
use http::header::ACCEPT;

use crate::engine::is_own_path;
use crate::request_head::RequestHead;

/// The place that a browser navigates to, where it is one that it can be sent back to.
pub(super) fn navigation_target(head: &impl RequestHead) -> Option<String> {
    if head.method() != "GET" || !is_navigation(head) {
        return None;
    }
    let target = head.target()?;
    is_own_path(target).then(|| target.to_owned())
}

/// `Sec-Fetch-Mode` where the browser says it; otherwise a preference for HTML, unless a script says that it asks.
fn is_navigation(head: &impl RequestHead) -> bool {
    let text = |name: &HeaderName| head.values(name).next().map(String::from_utf8_lossy);
    match text(&SEC_FETCH_MODE) {
        Some(mode) => mode == "navigate",
        None => !head.has(&X_REQUESTED_WITH) && text(&ACCEPT).is_some_and(|accept| prefers_html(&accept)),
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

const SEC_FETCH_MODE: HeaderName = HeaderName::from_static("sec-fetch-mode");
const X_REQUESTED_WITH: HeaderName = HeaderName::from_static("x-requested-with");

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
            // Web views of Android name their app there.
            &[("sec-fetch-mode", "navigate"), ("x-requested-with", "com.example.app")],
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
            &[("accept", "text/html, */*; q=0.01"), ("x-requested-with", "XMLHttpRequest")],
        ] {
            assert_eq!(target("/page", other), None, "{other:?}");
        }
    }
}
